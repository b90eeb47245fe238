package web

import (
	"net/http"
	"strings"

	"github.com/rhaptos/rhaptos/web/decision"
)

const targetAddress = "/-/flow-target"

// flowTarget is one of the resources on which clients can be tried, or the list
// of them.
func (s *site) flowTarget(name string) decision.Resource {
	switch {
	case s.target == nil:
		return nil
	case name == "":
		return &targetList{site: s}
	}
	return s.target.Find(name)
}

// targetList is the addresses of the targets, one a line.
type targetList struct {
	decision.Defaults
	site *site
}

// Representations are the list.
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
