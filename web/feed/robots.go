package feed

import (
	"net/http"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
)

// robots is "/robots.txt" (RFC 9309). It does not exclude drafts: their responses
// say noindex, which a crawler only sees if it may fetch them.
type robots struct {
	resource.Static
	sitemap string // absolute URL; may be empty
}

// Robots opens "/robots.txt".
func Robots(s *resource.Site) decision.Resource {
	return robots{sitemap: s.Canonical(SitemapsAddress)}
}

const robotsText = "User-agent: *\nAllow: /-/theme/\nDisallow: /-/\nDisallow: /search\n"

// Representations returns the text.
func (x robots) Representations(*http.Request) ([]decision.Representation, error) {
	content := robotsText
	if x.sitemap != "" {
		content += "Sitemap: " + x.sitemap + "\n"
	}
	text := decision.Bytes(resource.TypeText, []byte(content))
	text.CacheControl = "public, max-age=86400"
	return []decision.Representation{text}, nil
}
