package web

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
	"github.com/rhaptos/rhaptos/web/theme"
)

// shownReleases limits the releases on the page of a repository.
const shownReleases = 10

// repository is "/OWNER/REPO": its books, releases and drafts, and how to clone
// it.
type repository struct{ inRepository }

func openRepository(s *site, m route.Match) decision.Resource { return &repository{s.in(m)} }

// repositoryJSON is the repository as data.
type repositoryJSON struct {
	Owner         string        `json:"owner"`
	Name          string        `json:"name"`
	Private       bool          `json:"private"`
	DefaultBranch string        `json:"default_branch"`
	Mirror        *mirrorJSON   `json:"mirror,omitempty"` // its upstream
	DerivedFrom   *Derivation   `json:"derived_from,omitempty"`
	Derivatives   []*Derivation `json:"derivatives,omitempty"`
	Clone         []string      `json:"clone"`
	Books         []bookJSON    `json:"books"`
	Releases      []releaseJSON `json:"releases"` // the newest ones
	Drafts        []draftJSON   `json:"drafts"`
}

// Representations returns HTML and JSON.
func (x *repository) Representations(r *http.Request) ([]decision.Representation, error) {
	data, err := x.read(r.Context())
	if err != nil {
		return nil, err
	}
	cache := x.CacheControl("no-cache")
	return []decision.Representation{
		resource.Generated(resource.TypeHTML, cache, func(_ context.Context, w io.Writer) error { return x.site.Theme.Repository(w, x.view(data)) }),
		resource.Generated(resource.TypeJSON, cache, func(_ context.Context, w io.Writer) error { return resource.WriteJSON(w, data) }),
	}, nil
}

func (x *repository) read(ctx context.Context) (*repositoryJSON, error) {
	repo := x.Repository
	releases, err := x.site.Releases.Releases(ctx, repo.ID)
	if err != nil {
		return nil, err
	}
	drafts, err := x.site.Releases.Drafts(ctx, repo.ID)
	if err != nil {
		return nil, err
	}
	drafts = slices.DeleteFunc(drafts, func(d *release.Draft) bool { return address.IsContribution(d.Branch) })
	mirror, err := x.mirror(ctx)
	if err != nil {
		return nil, err
	}
	list := releaseList(repo, releases)
	data := &repositoryJSON{
		Owner: repo.Owner, Name: repo.Name, Private: repo.Private, DefaultBranch: repo.DefaultBranch, Mirror: mirror,
		Clone: []string{}, Books: x.site.books(ctx, repo, releases), Releases: list[:min(len(list), shownReleases)], Drafts: draftList(repo, drafts),
	}
	for _, c := range x.clone() {
		data.Clone = append(data.Clone, c.URL)
	}
	return data, x.derivations(ctx, data)
}

// clone returns the URLs to clone the repository from, for each transport whose
// address is known.
func (x *repository) clone() []theme.Link {
	var links []theme.Link
	path := x.Repository.Address().String() + ".git"
	if x.site.URL != "" {
		scheme, _, _ := strings.Cut(x.site.URL, ":")
		links = append(links, theme.Link{Text: strings.ToUpper(scheme), URL: x.site.URL + path})
	}
	if x.site.SSH != "" {
		links = append(links, theme.Link{Text: "SSH", URL: x.site.SSH + path})
	}
	return links
}

func (x *repository) view(data *repositoryJSON) *theme.RepositoryView {
	links := []theme.Link{{Text: "Pushes", URL: x.Repository.Address().Pushes()}}
	if x.site.Contributions != nil {
		links = append(links, theme.Link{Text: "Contributions", URL: x.Repository.Address().Contributions()})
	}
	return &theme.RepositoryView{
		Frame:         x.Frame(x.Repository.Address().String()),
		Name:          x.Repository.Path(),
		Private:       data.Private,
		DefaultBranch: data.DefaultBranch,
		Mirror:        mirrorView(data.Mirror),
		DerivedFrom:   derivationLinks([]*Derivation{data.DerivedFrom}),
		Derivatives:   derivationLinks(data.Derivatives),
		Empty:         x.Repository.Version == 0 && data.Mirror == nil,
		Clone:         x.clone(),
		Books:         bookLines(data.Books),
		Releases:      releaseLines(data.Releases),
		AllReleases:   x.Repository.Address().Releases(),
		Drafts:        draftLines(data.Drafts),
		Links:         links,
	}
}
