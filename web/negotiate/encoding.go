package negotiate

import (
	"slices"
	"strings"
)

// Identity names the absence of any content coding (8.4.1, 12.5.3).
const Identity = "identity"

// unlisted is the weight of identity in a field that does not name it:
// acceptable, but after everything that is named.
const unlisted Quality = 1

// Encoding chooses among the content codings that are offered, in the server's
// order of preference; "" and [Identity] are the same. Without the field it
// chooses identity if that is offered: the client did not ask for a coding.
// With an empty field only identity is acceptable (12.5.3). False means that
// none is acceptable.
func Encoding(acceptEncoding []string, offers []string) (int, bool) {
	if acceptEncoding == nil {
		identity := slices.IndexFunc(offers, func(offer string) bool { return offer == "" || offer == Identity })
		return max(identity, 0), len(offers) > 0
	}
	var space [16]weighted
	codings := parseWeighted(space[:0], acceptEncoding, isToken)
	return best(offers, func(offer string) Quality { return encodingQuality(codings, offer) })
}

// encodingQuality returns the weight that a parsed Accept-Encoding gives to a
// content coding.
func encodingQuality(codings []weighted, offer string) Quality {
	if offer == "" {
		offer = Identity
	}
	quality := Quality(0)
	if offer == Identity {
		quality = unlisted
	}
	for _, c := range codings {
		switch {
		case strings.EqualFold(c.value, offer), isOldName(c.value, offer):
			return c.quality
		case c.value == "*":
			quality = c.quality
		}
	}
	return quality
}

// isOldName reports whether the name is that of the coding with "x-" before it,
// which means the same (8.4.1.3).
func isOldName(name, coding string) bool {
	return len(name) == len(coding)+2 && strings.EqualFold(name[:2], "x-") && strings.EqualFold(name[2:], coding)
}
