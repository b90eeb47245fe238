package markdown

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// cleanAddress is an address as browsers take it: without white space around
// it and without control characters.
func cleanAddress(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return -1
		}
		return r
	}, strings.TrimSpace(s))
}

// Scheme is the scheme of an address in lower case (RFC 3986, section 3.1),
// empty for a relative one.
func Scheme(s string) string {
	for i, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
		case i > 0 && (r >= '0' && r <= '9' || r == '+' || r == '-' || r == '.'):
		case i > 0 && r == ':':
			return strings.ToLower(s[:i])
		default:
			return ""
		}
	}
	return ""
}

// Decoded is s without percent-encoding; as it is if that is malformed.
func Decoded(s string) string {
	if plain, err := url.PathUnescape(s); err == nil && utf8.ValidString(plain) {
		return plain
	}
	return s
}
