package web

import (
	"context"
	"io"
	"net/http"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/feed"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
	"github.com/rhaptos/rhaptos/web/theme"
)

// releases is "/OWNER/REPO/-/releases": all releases of a repository.
type releases struct{ inRepository }

func openReleases(s *site, m route.Match) decision.Resource { return &releases{s.in(m)} }

// releasesJSON is the list as data.
type releasesJSON struct {
	Releases []releaseJSON `json:"releases"` // newest first
}

// Representations returns HTML, JSON and Atom, or only the one that the address
// ends in.
func (x *releases) Representations(r *http.Request) ([]decision.Representation, error) {
	found, err := x.site.Releases.Releases(r.Context(), x.Repository.ID)
	if err != nil {
		return nil, err
	}
	list := releaseList(x.Repository, found)
	cache, address := x.CacheControl("no-cache"), x.Repository.Address().Releases()
	data := resource.Generated(resource.TypeJSON, cache, func(_ context.Context, w io.Writer) error { return resource.WriteJSON(w, releasesJSON{list}) })
	data.Location = address + ".json"
	atom := feed.OfRepository(&x.site.Site, x.Repository, found, cache)
	switch {
	case x.Route.Format == "json":
		return []decision.Representation{data}, nil
	case x.Route.Format == "atom":
		return []decision.Representation{atom}, nil
	}
	page := resource.Generated(resource.TypeHTML, cache, func(_ context.Context, w io.Writer) error {
		frame := x.Frame(address, x.Crumb())
		frame.Alternates = append(resource.JSONAlternate(address+".json"), theme.Alternate{Name: "Atom", Type: feed.TypeAtom, URL: address + ".atom"})
		return x.site.Theme.Releases(w, &theme.ReleasesView{Frame: frame, Name: x.Repository.Path(), Releases: releaseLines(list)})
	})
	return []decision.Representation{page, data, atom}, nil
}
