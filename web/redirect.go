package web

import (
	"net/http"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/route"
)

// redirect is an address in another form than the canonical one.
type redirect struct {
	decision.Defaults
	location string
}

// State is that the resource has moved for good. This depends on the address
// alone, so nothing has to be found for it, and nothing is given away.
func (e redirect) State(*http.Request) (decision.State, error) {
	return decision.State{Existence: decision.MovedPermanently, Location: e.location, CacheControl: "max-age=86400"}, nil
}

// cloneAddress is where git clones from: in a browser it leads to the
// repository's page.
const cloneAddress = "/{owner}/{repo}.git"

func openCloneAddress(_ *site, m route.Match) decision.Resource {
	return redirect{location: of(m).String()}
}
