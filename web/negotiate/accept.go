package negotiate

import (
	"iter"
	"strings"
)

// MediaRange is one element of Accept, or a media type that is offered.
type MediaRange struct {
	Type    string // lower case; "*" stands for any
	Subtype string // lower case; "*" stands for any
	Quality Quality

	parameters string // as they were written, the weight and what follows it included
	count      int    // how many of them come before that
}

// Parameter is a parameter of a media type.
type Parameter struct {
	Name  string // lower case
	Value string // without quotes
}

// ParseAccept parses Accept (12.5.1). What follows the weight is ignored, and
// so is an element with an invalid weight. A lone "*" counts as "*/*".
func ParseAccept(values []string) []MediaRange { return appendAccept(nil, values) }

// appendAccept appends to list, which may be on the caller's stack.
func appendAccept(list []MediaRange, values []string) []MediaRange {
	for element := range split(join(values), ',') {
		if r, ok := ParseMediaRange(element); ok {
			list = append(list, r)
		}
	}
	return list
}

// ParseMediaRange reads one media range or media type (8.3.1, 12.5.1).
func ParseMediaRange(s string) (MediaRange, bool) {
	name, rest, _ := cut(s, ';')
	name = strings.ToLower(trim(name))
	if name == "*" {
		name = "*/*"
	}
	r := MediaRange{Quality: full, parameters: rest}
	r.Type, r.Subtype, _ = cut(name, '/')
	if !isToken(r.Type) || !isToken(r.Subtype) || r.Type == "*" && r.Subtype != "*" {
		return MediaRange{}, false
	}
	for part := range split(rest, ';') {
		p, ok := parseParameter(part)
		if !ok {
			return MediaRange{}, false
		}
		if p.Name == "q" {
			r.Quality, ok = parseQuality(p.Value)
			return r, ok
		}
		r.count++
	}
	return r, true
}

// Parameters yields the parameters without the weight.
func (r MediaRange) Parameters() iter.Seq[Parameter] {
	return func(yield func(Parameter) bool) {
		for part := range split(r.parameters, ';') {
			if p, _ := parseParameter(part); p.Name == "q" || !yield(p) {
				return
			}
		}
	}
}

func parseParameter(s string) (Parameter, bool) {
	name, value, ok := cut(s, '=')
	name, value = strings.ToLower(trim(name)), trim(value)
	if !ok || !isToken(name) {
		return Parameter{}, false
	}
	if strings.HasPrefix(value, `"`) {
		value, ok = unquote(value)
		return Parameter{name, value}, ok
	}
	return Parameter{name, value}, isToken(value)
}

// unquote reads a quoted-string (5.6.4).
func unquote(s string) (string, bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), i == len(s)-1
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return "", false
}

// String returns the media range as Accept has it, with the weight unless that
// is 1.
func (r MediaRange) String() string {
	var b strings.Builder
	b.WriteString(r.Type + "/" + r.Subtype)
	for p := range r.Parameters() {
		b.WriteString(";" + p.Name + "=" + quote(p.Value))
	}
	if r.Quality != full {
		b.WriteString(";q=0." + string([]byte{
			'0' + byte(r.Quality/100), '0' + byte(r.Quality/10%10), '0' + byte(r.Quality%10)}))
	}
	return b.String()
}

func quote(s string) string {
	if isToken(s) {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// Includes reports whether the media type falls under the range: the names
// agree, and every parameter of the range is one of the type.
func (r MediaRange) Includes(t MediaRange) bool {
	if r.Type != "*" && r.Type != t.Type || r.Subtype != "*" && r.Subtype != t.Subtype {
		return false
	}
	for p := range r.Parameters() {
		if !t.has(p) {
			return false
		}
	}
	return true
}

func (r MediaRange) has(p Parameter) bool {
	for q := range r.Parameters() {
		if q.Name == p.Name && strings.EqualFold(q.Value, p.Value) {
			return true
		}
	}
	return false
}

// precedence orders ranges that include the same type: the most specific one
// decides (12.5.1).
func (r MediaRange) precedence() int {
	parameters := min(r.count, 999)
	switch {
	case r.Type == "*":
		return 1 + parameters
	case r.Subtype == "*":
		return 1000 + parameters
	}
	return 2000 + parameters
}

// MediaTypeQuality returns the weight that Accept gives to a media type. Of
// equally specific ranges the highest weight counts. Without a field every type
// has the full weight.
func MediaTypeQuality(accept []MediaRange, offer MediaRange) Quality {
	if len(accept) == 0 {
		return full
	}
	var best Quality
	precedence := 0
	for _, r := range accept {
		p := r.precedence()
		if p < precedence || !r.Includes(offer) {
			continue
		}
		if p > precedence || r.Quality > best {
			best, precedence = r.Quality, p
		}
	}
	return best
}

// MediaType chooses among the media types that are offered, in the server's
// order of preference: it returns the index of the one that Accept weighs
// most, the first of equals. False means that none is acceptable.
func MediaType(accept []string, offers []string) (int, bool) {
	if len(accept) == 0 || len(accept) == 1 && accept[0] == "*/*" {
		return 0, len(offers) > 0
	}
	var space [16]MediaRange
	ranges := appendAccept(space[:0], accept)
	return best(offers, func(offer string) Quality {
		t, ok := ParseMediaRange(offer)
		if !ok {
			return 0
		}
		return MediaTypeQuality(ranges, t)
	})
}

// best returns the index of the first offer with the highest quality above
// zero; false if there is none.
func best(offers []string, quality func(string) Quality) (int, bool) {
	index, highest := 0, Quality(0)
	for i, offer := range offers {
		if q := quality(offer); q > highest {
			index, highest = i, q
		}
	}
	return index, highest > 0
}
