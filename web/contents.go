package web

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/cite"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
	"github.com/rhaptos/rhaptos/web/theme"
)

// contents is "/OWNER/REPO/BOOK@AT": the table of contents of a release or a
// draft. Its JSON is the manifest; a release also has exports to download.
type contents struct {
	edition
	download download
	byName   bool // the address names an export by its extension
	json     bool // the address ends in .json

	looked bool // whether Access was called; its results follow
	access decision.Access
	err    error
}

func openContents(s *site, m route.Match) decision.Resource {
	return &contents{edition: s.edition(m)}
}

// Access finds the edition. It does so once.
func (c *contents) Access(r *http.Request) (decision.Access, error) {
	if !c.looked {
		c.access, c.err = c.lookUp(r)
		c.looked = true
	}
	return c.access, c.err
}

func (c *contents) lookUp(r *http.Request) (decision.Access, error) {
	access, err := c.edition.Access(r)
	if err != nil || resource.Refused(access) || !c.Missing() {
		return access, err
	}
	if at, ok := strings.CutSuffix(c.Route.At, ".json"); ok {
		if err := c.Find(r.Context(), at); err != nil {
			return decision.Access{}, err
		}
		c.json = !c.Missing()
		return c.Blocked(), nil
	}
	at, format, ok := cutFormat(c.Route.At)
	if !ok || c.site.Exports == nil {
		return access, nil
	}
	if err := c.Find(r.Context(), at); err != nil {
		return decision.Access{}, err
	}
	c.byName = !c.Missing()
	c.download.asked, c.download.format = c.byName, format
	return c.Blocked(), nil
}

// State returns that of the edition, or says that the requested export is missing.
func (c *contents) State(r *http.Request) (decision.State, error) {
	state, err := c.edition.State(r)
	if err != nil || state.Existence != decision.Exists {
		return state, err
	}
	if none, ok := c.noFile(); ok {
		return none, nil
	}
	return state, nil
}

// contentsJSON is the manifest with the data of the release or draft.
type contentsJSON struct {
	Number    string    `json:"number,omitempty"` // of a release
	Branch    string    `json:"branch,omitempty"` // of a draft
	Commit    string    `json:"commit"`
	Published time.Time `json:"published"` // of a draft: when it was last updated
	Problems  int       `json:"problems,omitempty"`
	*release.Manifest
}

// keptContents lets caches keep the contents for five minutes. They list later
// releases, so they change, unlike the pages.
const keptContents = "max-age=300"

// Representations returns HTML, JSON and, if it was requested, an export.
func (c *contents) Representations(r *http.Request) ([]decision.Representation, error) {
	if c.byName && c.download.export != nil {
		return []decision.Representation{c.exported(resource.Immutable)}, nil
	}
	m, err := c.Manifest(r.Context())
	if err != nil {
		return nil, err
	}
	cache := c.CacheControl(keptContents)
	data := resource.Generated(resource.TypeJSON, cache, func(_ context.Context, w io.Writer) error { return resource.WriteJSON(w, c.data(m)) })
	data.Location, data.Modified, data.Header = c.Address()+".json", c.Modified(), c.Header()
	if c.json {
		return []decision.Representation{data}, nil
	}
	page := resource.Generated(resource.TypeHTML, cache, func(ctx context.Context, w io.Writer) error {
		v, err := c.view(ctx, m)
		if err != nil {
			return err
		}
		return c.site.Theme.Contents(w, v)
	})
	page.Header = c.Header()
	files, err := c.downloads(r.Context())
	if err != nil {
		return nil, err
	}
	page.Header["Link"] = append(page.Header["Link"], alternateLinks(files)...)
	list := []decision.Representation{page, data}
	if c.download.export != nil {
		list = append(list, c.exported(keptContents))
	}
	return list, nil
}

func (c *contents) data(m *release.Manifest) contentsJSON {
	d := contentsJSON{Published: c.Created(), Manifest: m}
	if c.Release != nil {
		d.Number, d.Commit = c.Release.Number.String(), c.Release.Commit
	} else {
		d.Branch, d.Commit, d.Problems = c.Draft.Branch, c.Draft.Commit, c.Draft.Problems
	}
	return d
}

func (c *contents) view(ctx context.Context, m *release.Manifest) (*theme.ContentsView, error) {
	edition, data := c.Address(), c.data(m)
	v := &theme.ContentsView{
		Frame:      c.Frame(edition, c.Crumb()),
		Book:       m.Book,
		Number:     data.Number,
		Draft:      data.Branch,
		Problems:   data.Problems,
		Published:  data.Published,
		Commit:     data.Commit,
		State:      release.Current,
		Contents:   theme.Entries(m.Contents, func(slug string) string { return address.Page(edition, slug) }),
		Repository: c.Crumb(),
	}
	files, err := c.downloads(ctx)
	if err != nil {
		return nil, err
	}
	v.Downloads, v.Alternates = files, resource.JSONAlternate(edition+".json")
	v.Search = c.site.SearchForm(edition + "/search")
	if c.Release == nil {
		v.NoIndex = true
	} else {
		v.Citations = c.citations(m, c.site.Canonical(edition))
	}
	return v, c.addReleases(ctx, v)
}

// citations returns how to cite this release, with its number, year and address.
func (c *contents) citations(m *release.Manifest, address string) []theme.Citation {
	w := cite.Work{Key: m.Book.Slug, Title: m.Book.Title, Authors: m.Book.CitedAuthors(), Edition: m.Book.Edition,
		Publisher: cmp.Or(m.Book.Publisher, c.site.Name), Year: c.Created().Year(), Version: c.Release.Number.String(),
		Language: m.Book.Language, URL: address}
	return []theme.Citation{{Style: "APA", Text: cite.APA(w)}, {Style: "MLA", Text: cite.MLA(w)}, {Style: "Chicago", Text: cite.Chicago(w)}}
}

// addReleases adds the book's other releases to the view.
func (c *contents) addReleases(ctx context.Context, v *theme.ContentsView) error {
	all, err := c.site.Releases.Releases(ctx, c.Repository.ID)
	if err != nil {
		return err
	}
	releases := ofBook(all, c.Route.Book)
	if before := c.before(releases); before != nil {
		v.Changes = theme.Link{Text: before.Number.String(), URL: c.Repository.Address().Comparison(c.Route.Book, before.Number.String(), c.At())}
	}
	for _, r := range releaseLines(releaseList(c.Repository, releases)) {
		if r.Number == v.Number {
			continue
		}
		v.Releases = append(v.Releases, r)
		if r.Latest {
			v.LatestURL = r.URL
		}
	}
	return nil
}

// before returns the release before this edition; for a draft the latest one. It
// is nil if there is none.
func (c *contents) before(releases []*release.Release) *release.Release {
	if c.Release != nil {
		return resource.Before(releases, c.Release)
	}
	return resource.Latest(releases)
}

func ofBook(all []*release.Release, slug string) []*release.Release {
	var list []*release.Release
	for _, r := range all {
		if r.Book == slug {
			list = append(list, r)
		}
	}
	return list
}
