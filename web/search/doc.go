// Package search serves the results of full-text searches, as pages and JSON: in
// the latest releases of all books, in those of a repository, or in one edition.
package search

import (
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
)

// Config holds what the resources need.
type Config struct {
	Site  *resource.Site
	Index Index // nil: nothing can be searched
}

// All opens "/search"; nil without an index.
func (c Config) All(m route.Match) decision.Resource {
	if c.Index == nil {
		return nil
	}
	return &all{Config: c, json: m.Format == "json"}
}

// Repository opens "/OWNER/REPO/-/search"; nil without an index.
func (c Config) Repository(m route.Match) decision.Resource {
	if c.Index == nil {
		return nil
	}
	return &repository{InRepository: c.Site.In(m), index: c.Index}
}

// Edition opens "/OWNER/REPO/BOOK@AT/search"; nil without an index.
func (c Config) Edition(m route.Match) decision.Resource {
	if c.Index == nil {
		return nil
	}
	return &edition{Edition: resource.Edition{InRepository: c.Site.In(m)}, index: c.Index}
}
