package web

import (
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
)

// inRepository is a resource of a repository, with all that the server has.
type inRepository struct {
	resource.InRepository
	site *site
}

func (s *site) in(m route.Match) inRepository { return inRepository{s.In(m), s} }

// edition is a resource of a release or a draft, with all that the server has.
type edition struct {
	resource.Edition
	site *site
}

func (s *site) edition(m route.Match) edition {
	return edition{resource.Edition{InRepository: s.In(m)}, s}
}
