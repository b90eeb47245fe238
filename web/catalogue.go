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

// catalogue is "/": all repositories that the sender of the request may see, with
// their books.
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
	list, err := c.read(r)
	if err != nil {
		return nil, err
	}
	cache := feed.CacheControl(r)
	page := resource.Generated(resource.TypeHTML, cache, func(_ context.Context, w io.Writer) error { return c.site.Theme.Catalogue(w, c.view(list)) })
	data := resource.Generated(resource.TypeJSON, cache, func(_ context.Context, w io.Writer) error { return resource.WriteJSON(w, catalogueJSON{list}) })
	page.Header, data.Header = resource.BySender(), resource.BySender()
	return []decision.Representation{page, data, feed.OfCatalogue(&c.site.Site, r)}, nil
}

func (c *catalogue) read(r *http.Request) ([]catalogueEntry, error) {
	ctx := r.Context()
	repositories, err := c.site.Repositories.List(ctx, r)
	if err != nil {
		return nil, err
	}
	return c.site.entries(ctx, repositories)
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

func (c *catalogue) view(list []catalogueEntry) *theme.CatalogueView {
	v := &theme.CatalogueView{Frame: theme.Frame{
		Site: c.site.Name, Canonical: c.site.Canonical("/"), Search: c.site.SearchForm(resource.SearchAddress),
	}}
	for _, e := range list {
		v.Repositories = append(v.Repositories, theme.OwnerRepository{
			Name: e.Owner + "/" + e.Name, URL: e.URL, Private: e.Private, Books: bookLines(e.Books),
		})
	}
	return v
}
