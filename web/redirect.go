package web

import (
	"net/http"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/route"
)

// redirect is an address that is not in its canonical form.
type redirect struct {
	decision.Defaults
	location string
}

// State redirects permanently. It depends on the address alone, so it reveals
// nothing about what exists.
func (e redirect) State(*http.Request) (decision.State, error) {
	return decision.State{Existence: decision.MovedPermanently, Location: e.location, CacheControl: "max-age=86400"}, nil
}

// cloneAddress is where git clones from. A browser is redirected to the page of the
// repository.
const cloneAddress = "/{owner}/{repo}.git"

func openCloneAddress(_ *site, m route.Match) decision.Resource {
	return redirect{location: of(m).String()}
}
