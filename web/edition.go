package web

import (
	"net/http"

	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/decision"
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

// manifested is an edition whose manifest a resource needs beside it.
type manifested struct {
	edition
	of *release.Manifest // read by State
}

// State is that of the edition.
func (x *manifested) State(r *http.Request) (decision.State, error) {
	state, err := x.edition.State(r)
	if err != nil || state.Existence != decision.Exists {
		return state, err
	}
	x.of, err = x.Manifest(r.Context())
	return state, err
}
