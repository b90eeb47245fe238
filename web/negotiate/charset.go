package negotiate

import "strings"

// Charset chooses among the charsets that are offered, in the server's order of
// preference. A charset that the field does not name is acceptable only through
// "*" (12.5.2). False means that none is acceptable.
func Charset(acceptCharset []string, offers []string) (int, bool) {
	if len(acceptCharset) == 0 {
		return 0, len(offers) > 0
	}
	var space [16]weighted
	charsets := parseWeighted(space[:0], acceptCharset, isToken)
	if len(charsets) == 0 {
		return 0, len(offers) > 0
	}
	return best(offers, func(offer string) Quality {
		quality := Quality(0)
		for _, c := range charsets {
			switch {
			case strings.EqualFold(c.value, offer):
				return c.quality
			case c.value == "*":
				quality = c.quality
			}
		}
		return quality
	})
}
