package web

import (
	"mime"
	"net/http"
	"strings"
)

// A page may show what this server sends and nothing else: no script, no form,
// no frame around it.
const contentSecurityPolicy = "default-src 'none'; img-src 'self'; style-src 'self'; font-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// An author's drawing that is opened by itself is a document. It may have its
// own styles, and is an origin of its own.
const drawingSecurityPolicy = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; font-src data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"

// typeUnknown is what no browser shows.
const typeUnknown = "application/octet-stream"

// safeType is the media type, or typeUnknown for what is none: nobody knows
// what a browser makes of that.
func safeType(mediaType string) string {
	if _, _, err := mime.ParseMediaType(mediaType); err != nil || !strings.Contains(mediaType, "/") {
		return typeUnknown
	}
	return mediaType
}

func setSecurityFields(h http.Header) {
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// isForeignDocument reports whether a browser would show a file as a document
// that is not made by us: any SVG, and markup among the media.
func isForeignDocument(path, mediaType string) bool {
	t, _, _ := mime.ParseMediaType(mediaType)
	markup := t == "text/html" || t == "text/xml" || t == "application/xml" || strings.HasSuffix(t, "+xml")
	return t == "image/svg+xml" || markup && strings.HasPrefix(path, "media/")
}
