package web

import (
	"net/http"
	"strings"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/route"
)

const targetAddress = "/-/flow-target"

// openTargets opens the list of resources to test clients on; nil if the server has
// none.
func openTargets(s *site, _ route.Match) decision.Resource {
	if s.target == nil {
		return nil
	}
	return &targetList{site: s}
}

// openTarget opens one of them; nil if there is none of the name.
func openTarget(s *site, m route.Match) decision.Resource {
	if s.target == nil {
		return nil
	}
	return s.target.Find(m.Name)
}

// targetList lists the URLs of the targets, one per line.
type targetList struct {
	decision.Defaults
	site *site
}

// Representations returns the list as text.
func (x *targetList) Representations(r *http.Request) ([]decision.Representation, error) {
	base := x.site.URL
	if base == "" {
		base = "http://" + r.Host
	}
	var b strings.Builder
	for _, name := range x.site.target.Names() {
		b.WriteString(base + targetAddress + "/" + name + "\n")
	}
	return []decision.Representation{decision.Bytes("text/plain; charset=utf-8", []byte(b.String()))}, nil
}
