package web

import (
	"net/http"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/route"
)

// robots is "/robots.txt" (RFC 9309). Drafts need no line here: their answers
// say noindex, which a crawler only sees if it may come.
type robots struct {
	static
	sitemap string // absolute URL of the site's; may be empty
}

func openRobots(s *site, _ route.Match) decision.Resource {
	return robots{sitemap: s.canonical(sitemapsAddress)}
}

const robotsText = "User-agent: *\nAllow: /-/theme/\nDisallow: /-/\nDisallow: /search\n"

// Representations is the one text.
func (x robots) Representations(*http.Request) ([]decision.Representation, error) {
	content := robotsText
	if x.sitemap != "" {
		content += "Sitemap: " + x.sitemap + "\n"
	}
	text := decision.Bytes(typeText, []byte(content))
	text.CacheControl = "public, max-age=86400"
	return []decision.Representation{text}, nil
}
