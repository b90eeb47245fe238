package resource

import (
	"mime"
	"net/http"
	"strings"
)

// ContentPolicy is for our pages: nothing from other sites, no script, no frame
// around the page, and forms that are sent to this server. Frames in it show
// documents of authors.
const ContentPolicy = "default-src 'none'; img-src 'self'; style-src 'self'; font-src 'self'; frame-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// DrawingPolicy is for an author's SVG that is opened as a document. It may have
// styles of its own, and is its own origin.
const DrawingPolicy = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; font-src data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"

// ProgramPolicy is for an author's HTML document. It may run scripts of its own
// book and is its own origin: it can read neither the page around it nor what this
// server stores for readers. It cannot send anything with what the policy governs,
// and only our pages may frame it. See ProgramConnections for the rest.
const ProgramPolicy = "sandbox allow-scripts; default-src 'none'; " +
	"script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' data: blob:; " +
	"connect-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"

// ProgramConnections is the value of Connection-Allowlist for an author's HTML
// document: the browser connects to this server only, whatever the document does.
// The Content-Security-Policy does not govern peer connections, looking up names and
// connecting ahead, or a document that goes elsewhere itself. Chromium knows the
// field (https://wicg.github.io/connection-allowlists/); docs/operators.md says what
// other browsers let through.
const ProgramConnections = "(response-origin)"

// TypeUnknown is the media type of files that browsers do not show.
const TypeUnknown = "application/octet-stream"

// SafeType returns the media type, or TypeUnknown if it is malformed, since browsers
// would guess.
func SafeType(mediaType string) string {
	if _, _, err := mime.ParseMediaType(mediaType); err != nil || !strings.Contains(mediaType, "/") {
		return TypeUnknown
	}
	return mediaType
}

// SetSecurityFields sets the security fields of every response.
func SetSecurityFields(h http.Header) {
	h.Set("Content-Security-Policy", ContentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// SetForeignFields sets the security fields for a file of an author that browsers
// may show as a document or load into one: any SVG, and media. Private tells
// whether the repository is.
//
// A document in a sandbox is a foreign origin, so media of public repositories may
// be loaded by any origin.
func SetForeignFields(h http.Header, path, mediaType string, private bool) {
	t, _, _ := mime.ParseMediaType(mediaType)
	media := strings.HasPrefix(path, "media/")
	switch {
	case media && (t == "text/html" || t == "application/xhtml+xml"):
		h.Set("Content-Security-Policy", ProgramPolicy)
		h.Set("Connection-Allowlist", ProgramConnections)
		h.Set("X-Dns-Prefetch-Control", "off")
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
