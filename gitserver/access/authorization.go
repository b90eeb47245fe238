package access

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// ParseAuthorization reads the Authorization header (RFC 9110 section 11.6.2):
// Basic with NAME:TOKEN (RFC 7617), or Bearer with TOKEN (RFC 6750), whose name
// is empty. Given is false without such a header; ok is false for one that is
// neither. What it gives is for [Access.ByToken].
func ParseAuthorization(h http.Header) (name, token string, given, ok bool) {
	values := h.Values("Authorization")
	if len(values) == 0 {
		return "", "", false, false
	}
	if len(values) > 1 {
		return "", "", true, false
	}
	scheme, rest, _ := strings.Cut(values[0], " ")
	rest = strings.TrimLeft(rest, " ")
	switch strings.ToLower(scheme) {
	case "basic":
		name, token, ok = basic(rest)
	case "bearer":
		token, ok = rest, rest != ""
	}
	if !ok {
		return "", "", true, false
	}
	return name, token, true, true
}

// basic decodes NAME:TOKEN. An empty name or token is none.
func basic(encoded string) (name, token string, ok bool) {
	text, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return "", "", false
	}
	name, token, ok = strings.Cut(string(text), ":")
	if !ok || name == "" || token == "" {
		return "", "", false
	}
	return name, token, true
}
