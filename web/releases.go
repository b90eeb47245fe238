package web

import (
	"context"
	"io"
	"net/http"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/theme"
)

// releases is "/OWNER/REPO/-/releases": all releases of a repository.
type releases struct{ inRepository }

// releasesJSON is the list as data.
type releasesJSON struct {
	Releases []releaseJSON `json:"releases"` // newest first
}

// Representations are HTML and JSON, or just JSON for the address that ends so.
func (x *releases) Representations(r *http.Request) ([]decision.Representation, error) {
	found, err := x.site.Releases.Releases(r.Context(), x.repository.ID)
	if err != nil {
		return nil, err
	}
	list := releaseList(x.repository, found)
	cache, address := x.cacheControl("no-cache"), x.repository.releasesAddress()
	data := made(typeJSON, cache, func(_ context.Context, w io.Writer) error { return writeJSON(w, releasesJSON{list}) })
	data.Location = address + ".json"
	if x.route.json {
		return []decision.Representation{data}, nil
	}
	page := made(typeHTML, cache, func(_ context.Context, w io.Writer) error {
		frame := x.frame(address, x.crumb())
		frame.Alternates = jsonAlternate(address + ".json")
		return x.site.Theme.Releases(w, &theme.ReleasesView{Frame: frame, Name: x.repository.Path(), Releases: releaseLines(list)})
	})
	return []decision.Representation{page, data}, nil
}
