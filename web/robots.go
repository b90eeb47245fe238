package web

import (
	"net/http"

	"github.com/rhaptos/rhaptos/web/decision"
)

// robots is "/robots.txt" (RFC 9309). Drafts need no line here: their answers
// say noindex, which a crawler only sees if it may come.
type robots struct{ static }

const robotsText = "User-agent: *\nAllow: /-/theme/\nDisallow: /-/\n"

// Representations is the one text.
func (robots) Representations(*http.Request) ([]decision.Representation, error) {
	text := decision.Bytes(typeText, []byte(robotsText))
	text.CacheControl = "public, max-age=86400"
	return []decision.Representation{text}, nil
}
