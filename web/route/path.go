package route

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Path is the path of a request, split into segments.
type Path struct {
	Segments []string // without escapes
	Slash    bool     // whether it ended in a slash that separates nothing

	raw []string // the segments as they were sent
}

// Split splits a path as it was sent, with its escapes. It fails for a path that
// can lead to nothing: one that does not begin with a slash, or has a segment
// that is empty, "." or "..", or has an escaped slash, a control character, or
// bytes that are not UTF-8. The empty path is "/" (RFC 9110, section 4.2.3).
func Split(escaped string) (p Path, ok bool) {
	if escaped == "/" || escaped == "" {
		return Path{}, true
	}
	rest, ok := strings.CutPrefix(escaped, "/")
	if !ok {
		return Path{}, false
	}
	rest, p.Slash = strings.CutSuffix(rest, "/")
	p.raw = strings.Split(rest, "/")
	p.Segments = make([]string, len(p.raw))
	for i, raw := range p.raw {
		if p.Segments[i], ok = unescape(raw); !ok {
			return Path{}, false
		}
	}
	return p, true
}

func unescape(raw string) (string, bool) {
	s, err := url.PathUnescape(raw)
	ok := err == nil && !climbs(s) && utf8.ValidString(s) && !strings.Contains(s, "/") && !strings.ContainsFunc(s, unicode.IsControl)
	return s, ok
}

// climbs reports whether a segment is empty, "." or "..".
func climbs(s string) bool { return s == "" || s == "." || s == ".." }
