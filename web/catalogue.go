package web

import (
	"context"
	"io"
	"net/http"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/feed"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
)

// catalogue is "/": the books of all repositories that the sender of the request may
// see. Its JSON has the repositories, also those without books.
type catalogue struct {
	decision.Defaults
	site *site
}

func openCatalogue(s *site, _ route.Match) decision.Resource { return &catalogue{site: s} }

// catalogueJSON is the catalogue as data.
type catalogueJSON struct {
	Repositories []catalogueEntry `json:"repositories"`
}

type catalogueEntry struct {
	Owner   string     `json:"owner"`
	Name    string     `json:"name"`
	URL     string     `json:"url"`
	Private bool       `json:"private"`
	Books   []bookJSON `json:"books"`
}

// Access refuses wrong credentials.
func (c *catalogue) Access(r *http.Request) (decision.Access, error) {
	return c.site.CheckCredentials(r)
}

// Representations returns HTML, JSON and Atom. The list depends on the sender, so
// shared caches do not keep it if there are credentials.
func (c *catalogue) Representations(r *http.Request) ([]decision.Representation, error) {
	repositories, err := c.site.Repositories.List(r.Context(), r)
	if err != nil {
		return nil, err
	}
	cache := feed.CacheControl(r)
	page := resource.Generated(resource.TypeHTML, cache, func(ctx context.Context, w io.Writer) error {
		v, err := c.view(ctx, repositories, readCatalogueQuery(r.URL.Query()))
		if err != nil {
			return err
		}
		return c.site.Theme.Catalogue(w, v)
	})
	data := resource.Generated(resource.TypeJSON, cache, func(ctx context.Context, w io.Writer) error {
		list, err := c.site.entries(ctx, repositories)
		if err != nil {
			return err
		}
		return resource.WriteJSON(w, catalogueJSON{list})
	})
	page.Header, data.Header = resource.BySender(), resource.BySender()
	return []decision.Representation{page, data, feed.OfCatalogue(&c.site.Site, r)}, nil
}

// entries returns repositories with their books.
func (s *site) entries(ctx context.Context, repositories []*resource.Repository) ([]catalogueEntry, error) {
	list := make([]catalogueEntry, len(repositories))
	for i, repo := range repositories {
		releases, err := s.Releases.Releases(ctx, repo.ID)
		if err != nil {
			return nil, err
		}
		list[i] = catalogueEntry{repo.Owner, repo.Name, repo.Address().String(), repo.Private, s.books(ctx, repo, releases)}
	}
	return list, nil
}
