package search

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/theme"
)

// latestEditions returns the latest releases of a repository's books.
func latestEditions(ctx context.Context, s *resource.Site, repo *resource.Repository) ([]searched, error) {
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

// all is "/search": the latest releases of all books that the reader may
// see.
type all struct {
	decision.Defaults
	Config
	attempt
	json bool
}

// Access refuses wrong credentials.
func (x *all) Access(r *http.Request) (decision.Access, error) {
	return x.accessOnce(func() (decision.Access, error) { return x.Site.CheckCredentials(r) })
}

// Available makes the search.
func (x *all) Available(r *http.Request) (bool, time.Duration, error) {
	ok, retryAfter := x.try(r, x)
	return ok, retryAfter, nil
}

// Representations returns HTML and JSON. They depend on the sender.
func (x *all) Representations(r *http.Request) ([]decision.Representation, error) {
	return x.result(r, x)
}

func (x *all) search(r *http.Request) ([]decision.Representation, error) {
	s := &request{theme: x.Site.Theme, index: x.Index, address: resource.SearchAddress, cache: x.Site.Public("max-age=60"), bySender: true, frame: theme.Frame{Site: x.Site.Name}}
	if r.Header.Get("Authorization") != "" {
		s.cache = "private, no-cache"
	}
	if r.URL.Query().Get("q") != "" {
		repositories, err := x.Site.Repositories.List(r.Context(), r)
		if err != nil {
			return nil, err
		}
		for _, repo := range repositories {
			editions, err := latestEditions(r.Context(), x.Site, repo)
			if err != nil {
				return nil, err
			}
			s.editions = append(s.editions, editions...)
		}
	}
	return s.representations(r, x.json)
}

// repository is "/OWNER/REPO/-/search": the latest releases of a
// repository's books.
type repository struct {
	resource.InRepository
	attempt
	index Index
}

// Access is that of the repository.
func (x *repository) Access(r *http.Request) (decision.Access, error) {
	return x.accessOnce(func() (decision.Access, error) { return x.InRepository.Access(r) })
}

// Available makes the search.
func (x *repository) Available(r *http.Request) (bool, time.Duration, error) {
	ok, retryAfter := x.try(r, x)
	return ok, retryAfter, nil
}

// Representations returns HTML and JSON.
func (x *repository) Representations(r *http.Request) ([]decision.Representation, error) {
	return x.result(r, x)
}

func (x *repository) search(r *http.Request) ([]decision.Representation, error) {
	s := &request{theme: x.Site.Theme, index: x.index, address: resource.SearchOf(x.Repository.Address()), cache: x.CacheControl("max-age=60"), frame: x.Frame("", x.Crumb())}
	var err error
	if s.editions, err = latestEditions(r.Context(), x.Site, x.Repository); err != nil {
		return nil, err
	}
	return s.representations(r, x.Route.Format == "json")
}

// edition is "/OWNER/REPO/BOOK@AT/search": a release or a draft. The
// page is in the language of the book.
type edition struct {
	resource.Edition
	attempt
	index Index
}

// Access is that of the edition.
func (x *edition) Access(r *http.Request) (decision.Access, error) {
	return x.accessOnce(func() (decision.Access, error) { return x.Edition.Access(r) })
}

// Available makes the search.
func (x *edition) Available(r *http.Request) (bool, time.Duration, error) {
	ok, retryAfter := x.try(r, x)
	return ok, retryAfter, nil
}

// Representations returns HTML and JSON.
func (x *edition) Representations(r *http.Request) ([]decision.Representation, error) {
	return x.result(r, x)
}

func (x *edition) search(r *http.Request) ([]decision.Representation, error) {
	m, err := x.Manifest(r.Context())
	if err != nil {
		return nil, err
	}
	address := x.Address()
	s := &request{
		theme: x.Site.Theme,
		index: x.index, address: address + "/search", cache: x.CacheControl("max-age=300"), book: m.Book.Title,
		frame:    x.Frame("", x.Crumb(), theme.Link{Text: x.title(m), URL: address}),
		editions: []searched{{x.ManifestDigest(), m.Book.Title, address}},
	}
	s.frame.Language = m.Book.Language
	return s.representations(r, x.Route.Format == "json")
}

// title returns the book's title with the number or branch of the edition.
func (x *edition) title(m *release.Manifest) string {
	return m.Book.Title + " " + cmp.Or(x.number(), x.draftBranch())
}

func (x *edition) number() string {
	if x.Release == nil {
		return ""
	}
	return x.Release.Number.String()
}

func (x *edition) draftBranch() string {
	if x.Draft == nil {
		return ""
	}
	return x.Draft.Branch
}
