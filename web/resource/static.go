package resource

import (
	"net/http"

	"github.com/rhaptos/rhaptos/web/decision"
)

// Static is a resource with the same representations for everyone.
type Static struct {
	decision.Defaults
	All []decision.Representation
}

// Representations returns them all.
func (s Static) Representations(*http.Request) ([]decision.Representation, error) {
	return s.All, nil
}

// Strict is false for media types: a style sheet in the wrong one is better than
// none.
func (Static) Strict(_ *http.Request, field string) bool { return field == "Accept-Encoding" }
