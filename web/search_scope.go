package web

import (
	"cmp"
	"context"
	"net/http"

	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
	"github.com/rhaptos/rhaptos/web/theme"
)

// latestEditions returns the latest releases of a repository's books.
func (s *site) latestEditions(ctx context.Context, repo *resource.Repository) ([]searched, error) {
	all, err := s.Releases.Releases(ctx, repo.ID)
	if err != nil {
		return nil, err
	}
	var list []searched
	for _, t := range resource.Titles(all) {
		if t.Latest != nil {
			list = append(list, searched{t.Latest.Manifest, t.Latest.Title, repo.Address().Release(t.Slug, t.Latest.Number)})
		}
	}
	return list, nil
}

func openSearchAll(s *site, m route.Match) decision.Resource {
	if s.Search == nil {
		return nil
	}
	return &searchAll{site: s, json: m.Format == "json"}
}

func openSearchRepository(s *site, m route.Match) decision.Resource {
	if s.Search == nil {
		return nil
	}
	return &searchRepository{s.in(m)}
}

func openSearchEdition(s *site, m route.Match) decision.Resource {
	if s.Search == nil {
		return nil
	}
	return &searchEdition{s.edition(m)}
}

// searchAll is "/search": the latest releases of all books that the reader may
// see.
type searchAll struct {
	decision.Defaults
	site *site
	json bool
}

// Representations returns HTML and JSON. They depend on the sender.
func (x *searchAll) Representations(r *http.Request) ([]decision.Representation, error) {
	s := &searching{site: x.site, address: resource.SearchAddress, cache: "public, max-age=60", frame: theme.Frame{Site: x.site.Name}}
	if r.Header.Get("Authorization") != "" {
		s.cache = "private, no-cache"
	}
	if r.URL.Query().Get("q") != "" {
		repositories, err := x.site.Repositories.List(r.Context(), r)
		if err != nil {
			return nil, err
		}
		for _, repo := range repositories {
			editions, err := x.site.latestEditions(r.Context(), repo)
			if err != nil {
				return nil, err
			}
			s.editions = append(s.editions, editions...)
		}
	}
	return s.representations(r, x.json)
}

// searchRepository is "/OWNER/REPO/-/search": the latest releases of a
// repository's books.
type searchRepository struct{ inRepository }

// Representations returns HTML and JSON.
func (x *searchRepository) Representations(r *http.Request) ([]decision.Representation, error) {
	s := &searching{site: x.site, address: resource.SearchOf(x.Repository.Address()), cache: x.CacheControl("max-age=60"), frame: x.Frame("", x.Crumb())}
	var err error
	if s.editions, err = x.site.latestEditions(r.Context(), x.Repository); err != nil {
		return nil, err
	}
	return s.representations(r, x.Route.Format == "json")
}

// searchEdition is "/OWNER/REPO/BOOK@AT/search": a release or a draft. The
// page is in the language of the book.
type searchEdition struct{ edition }

// Representations returns HTML and JSON.
func (x *searchEdition) Representations(r *http.Request) ([]decision.Representation, error) {
	m, err := x.Manifest(r.Context())
	if err != nil {
		return nil, err
	}
	address := x.Address()
	s := &searching{
		site: x.site, address: address + "/search", cache: x.CacheControl("max-age=300"), book: m.Book.Title,
		frame:    x.Frame("", x.Crumb(), theme.Link{Text: x.title(m), URL: address}),
		editions: []searched{{x.ManifestDigest(), m.Book.Title, address}},
	}
	s.frame.Language = m.Book.Language
	return s.representations(r, x.Route.Format == "json")
}

// title returns the book's title with the number or branch of the edition.
func (x *searchEdition) title(m *release.Manifest) string {
	return m.Book.Title + " " + cmp.Or(x.number(), x.draftBranch())
}

func (x *searchEdition) number() string {
	if x.Release == nil {
		return ""
	}
	return x.Release.Number.String()
}

func (x *searchEdition) draftBranch() string {
	if x.Draft == nil {
		return ""
	}
	return x.Draft.Branch
}
