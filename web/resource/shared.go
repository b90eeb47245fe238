package resource

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Public returns the value of Cache-Control for a response that everybody may get,
// given the directives other than public. A shared cache may keep the response for
// the site's SharedMaxAge at most (RFC 9111, section 5.2.2.10): it may be withdrawn,
// blocked or private by then. Private caches belong to readers who have it anyway.
func (s *Site) Public(directives string) string {
	age, ok := maxAge(directives)
	if !ok {
		return "public, " + directives
	}
	age = min(age, s.SharedMaxAge)
	value := "public, " + directives + ", s-maxage=" + strconv.FormatInt(int64(age/time.Second), 10)
	if age > 0 {
		// Varnish would serve a stale response while it asks (RFC 5861, section 3).
		value += ", stale-while-revalidate=0"
	}
	return value
}

// maxAge returns the freshness lifetime that the directives give; false if there is
// none.
func maxAge(directives string) (time.Duration, bool) {
	_, rest, found := strings.Cut(directives, "max-age=")
	if !found {
		return 0, false
	}
	digits, _, _ := strings.Cut(rest, ",")
	seconds, err := strconv.ParseInt(digits, 10, 32)
	return time.Duration(seconds) * time.Second, err == nil
}

// VaryBySender adds that the response depends on who sends the request.
func VaryBySender(h http.Header) { h.Add("Vary", "Authorization") }

// BySender returns the fields of a response that depends on who sends the request:
// a cache must not reuse it for somebody else (RFC 9110, section 12.5.5).
func BySender() http.Header {
	h := http.Header{}
	VaryBySender(h)
	return h
}
