package resource

import (
	"errors"
	"net/http"
	"slices"

	"golang.org/x/sync/semaphore"

	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/decision"
)

// maxNear is how many similar names an error lists.
const maxNear = 3

// searches limits how many requests at a time look for similar names of repositories,
// since each reads the list of all of them. Further ones get none.
var searches = semaphore.NewWeighted(2)

// notFound returns the access that goes with the error of a repository that cannot be
// shown. A sender without credentials learns that it is missing or hidden, which names
// are similar, and where to sign in.
func (s *Site) notFound(r *http.Request, owner, name string, err error) (decision.Access, error) {
	stranger := errors.Is(err, ErrUnauthorized) && !hasCredentials(r)
	if !stranger && !errors.Is(err, ErrNotFound) {
		return AccessOf(err)
	}
	access := decision.Access{Hidden: true, Reason: "There is no repository " + owner + "/" + name + ", or it is not shown to everybody.", See: s.nearRepositories(r, owner, name)}
	if stranger {
		access.See = append(access.See, signInLink(r))
	}
	return access, nil
}

// nearRepositories links to repositories of similar names that the sender may see.
func (s *Site) nearRepositories(r *http.Request, owner, name string) (links []decision.See) {
	if !searches.TryAcquire(1) {
		return nil
	}
	defer searches.Release(1)
	list, err := s.Repositories.List(r.Context(), r)
	if err != nil {
		return nil
	}
	var paths, sameName []string
	for _, repo := range list {
		paths = append(paths, repo.Path())
		if repo.Name == name && len(sameName) < maxNear {
			sameName = append(sameName, repo.Path())
		}
	}
	for _, path := range append(sameName, cnxml.Near(owner+"/"+name, paths, maxNear)...) {
		see := decision.See{Title: path, URL: address.Of("", path).String()}
		if len(links) < maxNear && !slices.Contains(links, see) {
			links = append(links, see)
		}
	}
	return links
}

// NearBooks links to the current books of a repository whose slugs are similar, and to
// the repository.
func (x *InRepository) NearBooks(releases []*release.Release, slug string) (links []decision.See) {
	titles, slugs := map[string]string{}, []string{}
	for _, t := range Titles(releases) {
		if t.Latest != nil {
			titles[t.Slug], slugs = t.Latest.Title, append(slugs, t.Slug)
		}
	}
	for _, near := range cnxml.Near(slug, slugs, maxNear) {
		links = append(links, decision.See{Title: titles[near], URL: x.Repository.Address().Book(near)})
	}
	return append(links, decision.See{Title: x.Repository.Path(), URL: x.Repository.Address().String()})
}

// NearPages links to the pages of an edition whose slugs are similar.
func NearPages(m *release.Manifest, edition, slug string) (links []decision.See) {
	titles, slugs := map[string]string{}, []string{}
	m.Pages(func(e release.Entry) bool {
		titles[e.Slug], slugs = e.Plain, append(slugs, e.Slug)
		return true
	})
	for _, near := range cnxml.Near(slug, slugs, maxNear) {
		links = append(links, decision.See{Title: titles[near], URL: address.Page(edition, near)})
	}
	return links
}

// NearOwners links to owners of similar names, and to where to sign in if the sender of
// the request has not.
func NearOwners(r *http.Request, name string, owners []string) (links []decision.See) {
	for _, near := range cnxml.Near(name, owners, maxNear) {
		links = append(links, decision.See{Title: near, URL: "/" + near})
	}
	if !hasCredentials(r) {
		links = append(links, signInLink(r))
	}
	return links
}
