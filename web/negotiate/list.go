package negotiate

import (
	"iter"
	"strings"
)

// Quality is the weight of an element in thousandths: 1000 is the most wanted,
// 0 is not acceptable (12.4.2).
type Quality int

const full Quality = 1000

// join returns the field as one list, as if it had come in one line (5.3).
func join(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	return strings.Join(values, ",")
}

// split yields the parts of s between separators outside of quoted strings,
// without the white space around them. Empty parts are left out, as 5.6.1.2
// wants for lists.
func split(s string, separator byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		for s != "" {
			end := until(s, separator)
			if part := trim(s[:end]); part != "" && !yield(part) {
				return
			}
			s = s[min(end+1, len(s)):]
		}
	}
}

// until returns the index of the separator, or the length of s.
func until(s string, separator byte) int {
	end := strings.IndexByte(s, separator)
	if end < 0 {
		end = len(s)
	}
	if strings.IndexByte(s[:end], '"') < 0 {
		return end
	}
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == separator && !quoted:
			return i
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '\\' && quoted && i+1 < len(s):
			i++
		}
	}
	return len(s)
}

// cut is strings.Cut at a byte.
func cut(s string, at byte) (before, after string, found bool) {
	if i := strings.IndexByte(s, at); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// trim removes white space from both ends (5.6.3).
func trim(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// isToken reports whether s is a token (5.6.2).
func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if !tokenBytes[s[i]] {
			return false
		}
	}
	return s != ""
}

var tokenBytes = func() (set [256]bool) {
	for _, c := range []byte("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
		set[c] = true
	}
	return set
}()

// parseQuality parses a weight's value. Beyond the grammar it accepts ".5",
// which Java's URLConnection sends, and more than three digits, of which the
// first three count.
func parseQuality(s string) (Quality, bool) {
	whole, fraction, _ := cut(s, '.')
	if whole != "" && whole != "0" && whole != "1" || whole == "" && fraction == "" {
		return 0, false
	}
	var q Quality
	for i := range len(fraction) {
		c := fraction[i]
		if c < '0' || c > '9' || whole == "1" && c != '0' {
			return 0, false
		}
	}
	for i := range 3 {
		q *= 10
		if i < len(fraction) {
			q += Quality(fraction[i] - '0')
		}
	}
	if whole == "1" {
		q = full
	}
	return q, true
}

// weighted is an element of Accept-Language or Accept-Encoding.
type weighted struct {
	value   string // as it was written: case means nothing
	quality Quality
}

// parseWeighted appends to list, which may be on the caller's stack, the values
// with their weights, except those for which valid is false.
func parseWeighted(list []weighted, values []string, valid func(string) bool) []weighted {
	for element := range split(join(values), ',') {
		value, parameters, _ := cut(element, ';')
		w := weighted{trim(value), full}
		ok := valid(w.value)
		for p := range split(parameters, ';') {
			name, q, _ := cut(p, '=')
			if strings.EqualFold(trim(name), "q") {
				var understood bool
				w.quality, understood = parseQuality(trim(q))
				ok = ok && understood
			}
		}
		if ok {
			list = append(list, w)
		}
	}
	return list
}
