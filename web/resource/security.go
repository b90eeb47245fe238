package resource

import (
	"mime"
	"net/http"
	"strings"
)

// A page may show what this server sends and nothing else: no script, no frame
// around it, and no form but one that asks this server. What it frames are
// authors' documents.
const ContentPolicy = "default-src 'none'; img-src 'self'; style-src 'self'; font-src 'self'; frame-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// An author's drawing that is opened by itself is a document. It may have its
// own styles, and is an origin of its own.
const DrawingPolicy = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; font-src data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"

// An author's HTML document may run scripts of its own book, wherever it is
// opened, and is an origin of its own: it can read neither the page around it
// nor anything that this server keeps for readers. It sends nothing by itself,
// and only our pages may frame it.
const ProgramPolicy = "sandbox allow-scripts; default-src 'none'; " +
	"script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' data: blob:; " +
	"connect-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"

// TypeUnknown is what no browser shows.
const TypeUnknown = "application/octet-stream"

// SafeType is the media type, or TypeUnknown for what is none: nobody knows
// what a browser makes of that.
func SafeType(mediaType string) string {
	if _, _, err := mime.ParseMediaType(mediaType); err != nil || !strings.Contains(mediaType, "/") {
		return TypeUnknown
	}
	return mediaType
}

func SetSecurityFields(h http.Header) {
	h.Set("Content-Security-Policy", ContentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// SetForeignFields are the fields for a file of an author's that a browser may show
// as a document or load into one: any SVG, and what lies among the media.
// private says whether only some may read it.
//
// Documents in a sandbox are strangers to this server too, so their parts are
// for everybody to load, where everybody may read them.
func SetForeignFields(h http.Header, path, mediaType string, private bool) {
	t, _, _ := mime.ParseMediaType(mediaType)
	media := strings.HasPrefix(path, "media/")
	switch {
	case media && (t == "text/html" || t == "application/xhtml+xml"):
		h.Set("Content-Security-Policy", ProgramPolicy)
	case t == "image/svg+xml", media && (t == "text/xml" || t == "application/xml" || strings.HasSuffix(t, "+xml")):
		h.Set("Content-Security-Policy", DrawingPolicy)
	}
	if media && !private {
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		if strings.HasPrefix(t, "font/") {
			h.Set("Access-Control-Allow-Origin", "*")
		}
	}
}
