package web

import (
	"net/http"

	"github.com/rhaptos/rhaptos/web/decision"
)

// elsewhere is an address in another form than the one that we write.
type elsewhere struct {
	decision.Defaults
	location string
}

// State is that the resource has moved for good. This depends on the address
// alone, so nothing has to be found for it, and nothing is given away.
func (e elsewhere) State(*http.Request) (decision.State, error) {
	return decision.State{Existence: decision.MovedPermanently, Location: e.location, CacheControl: "max-age=86400"}, nil
}
