package negotiate

import (
	"slices"
	"strings"
)

// Language chooses among the language tags that are offered, in the server's
// order of preference, by lookup (12.5.4, RFC 4647 section 3.4): the range that
// is wanted most is shortened from its end until it is one of the tags; then
// the next range is tried. A range that is no tag's beginning but is begun by
// none either finds the first tag that is more specific: "en" finds "en-GB"
// where nobody offers "en". A range with weight zero excludes every tag under
// it, unless a longer range wants it. False means that no tag was found.
func Language(acceptLanguage []string, offers []string) (int, bool) {
	if len(acceptLanguage) == 0 {
		return 0, len(offers) > 0
	}
	var space [16]weighted
	ranges := parseWeighted(space[:0], acceptLanguage, isLanguageRange)
	if len(ranges) == 0 {
		return 0, len(offers) > 0
	}
	slices.SortStableFunc(ranges, func(a, b weighted) int { return int(b.quality - a.quality) })
	allowed := func(i int) bool { return !excluded(ranges, offers[i]) }
	for _, r := range ranges {
		if r.quality == 0 {
			break
		}
		if i, ok := lookup(r.value, offers, allowed); ok {
			return i, true
		}
	}
	return 0, false
}

// lookup finds the offer for one language range.
func lookup(languageRange string, offers []string, allowed func(int) bool) (int, bool) {
	if languageRange == "*" {
		return find(offers, allowed, func(string) bool { return true })
	}
	for prefix := languageRange; prefix != ""; prefix = shorten(prefix) {
		if i, ok := find(offers, allowed, func(tag string) bool { return strings.EqualFold(tag, prefix) }); ok {
			return i, true
		}
	}
	return find(offers, allowed, func(tag string) bool { return under(tag, languageRange) })
}

func find(offers []string, allowed func(int) bool, matches func(string) bool) (int, bool) {
	for i, offer := range offers {
		if matches(offer) && allowed(i) {
			return i, true
		}
	}
	return 0, false
}

// shorten takes the last subtag off, and a single letter or digit that then
// stands at the end (RFC 4647 section 3.4).
func shorten(tag string) string {
	i := strings.LastIndexByte(tag, '-')
	if i < 0 {
		return ""
	}
	if j := strings.LastIndexByte(tag[:i], '-'); j >= 0 && j == i-2 {
		i = j
	}
	return tag[:i]
}

// under reports whether the tag is the range or begins with it (RFC 4647
// section 3.3.1).
func under(tag, languageRange string) bool {
	n := len(languageRange)
	return len(tag) >= n && strings.EqualFold(tag[:n], languageRange) && (len(tag) == n || tag[n] == '-')
}

// excluded reports whether the most specific range that the tag falls under
// has weight zero. Only a range by name excludes: "*;q=0" says no more than
// that the ranges before it are all.
func excluded(ranges []weighted, tag string) bool {
	length, zero := -1, false
	for _, r := range ranges {
		if under(tag, r.value) && len(r.value) > length {
			length, zero = len(r.value), r.quality == 0
		}
	}
	return zero
}

// isLanguageRange reports whether s is a basic language range (RFC
// 4647 section 2.1).
func isLanguageRange(s string) bool {
	if s == "*" {
		return true
	}
	first := true
	for subtag := range strings.SplitSeq(s, "-") {
		if len(subtag) < 1 || len(subtag) > 8 {
			return false
		}
		for _, c := range []byte(subtag) {
			letter := 'a' <= c|0x20 && c|0x20 <= 'z'
			if !letter && (c < '0' || c > '9' || first) {
				return false
			}
		}
		first = false
	}
	return true
}
