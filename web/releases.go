package web

import (
	"context"
	"io"
	"net/http"

	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/decision"
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

// Representations are HTML, JSON and Atom, or just the one that the address ends
// in.
func (x *releases) Representations(r *http.Request) ([]decision.Representation, error) {
	found, err := x.site.Releases.Releases(r.Context(), x.repository.ID)
	if err != nil {
		return nil, err
	}
	list := releaseList(x.repository, found)
	cache, address := x.cacheControl("no-cache"), x.repository.address().Releases()
	data := generated(typeJSON, cache, func(_ context.Context, w io.Writer) error { return writeJSON(w, releasesJSON{list}) })
	data.Location = address + ".json"
	atom := x.feed(found).representation(cache)
	switch {
	case x.route.Format == "json":
		return []decision.Representation{data}, nil
	case x.route.Format == "atom":
		return []decision.Representation{atom}, nil
	}
	page := generated(typeHTML, cache, func(_ context.Context, w io.Writer) error {
		frame := x.frame(address, x.crumb())
		frame.Alternates = append(jsonAlternate(address+".json"), theme.Alternate{Name: "Atom", Type: typeAtom, URL: address + ".atom"})
		return x.site.Theme.Releases(w, &theme.ReleasesView{Frame: frame, Name: x.repository.Path(), Releases: releaseLines(list)})
	})
	return []decision.Representation{page, data, atom}, nil
}

// feed is the releases as a feed.
func (x *releases) feed(found []*release.Release) *feed {
	address := x.repository.address().Releases()
	f := &feed{site: x.site, address: address + ".atom", page: address, title: x.repository.Path()}
	f.add(x.repository, found)
	return f
}
