package web

import (
	"cmp"
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/route"
)

// typeAtom is the media type of Atom (RFC 4287, section 7).
const typeAtom = "application/atom+xml"

// maxFeed is how many releases a feed has.
const maxFeed = 50

// feedAddress is that of the feed of all repositories.
const feedAddress = "/-/releases.atom"

// atomFeed is a feed of releases (RFC 4287, section 4.1.1).
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string       `xml:"id"`
	Title     string       `xml:"title"`
	Updated   string       `xml:"updated"`
	Published string       `xml:"published"`
	Authors   []atomPerson `xml:"author"`
	Links     []atomLink   `xml:"link"`
	Summary   string       `xml:"summary"`
}

type atomPerson struct {
	Name string `xml:"name"`
}

// feed is what a feed is made of: releases with the repositories that they are
// in.
type feed struct {
	site    *site
	address string // its own
	page    string // what is to be read as a page there
	title   string
	list    []feedEntry
}

type feedEntry struct {
	repository *Repository
	*release.Release
}

// add takes in the releases of a repository that can be read.
func (f *feed) add(repo *Repository, releases []*release.Release) {
	for _, r := range releases {
		if r.State == release.Current {
			f.list = append(f.list, feedEntry{repo, r})
		}
	}
}

// representation is the feed as Atom.
func (f *feed) representation(cache string) decision.Representation {
	r := generated(typeAtom, cache, f.write)
	r.Location = f.address
	return r
}

func (f *feed) write(ctx context.Context, w io.Writer) error {
	slices.SortStableFunc(f.list, func(a, b feedEntry) int { return b.Published.Compare(a.Published) })
	f.list = f.list[:min(len(f.list), maxFeed)]
	updated := time.Unix(0, 0)
	if len(f.list) > 0 {
		updated = f.list[0].Published
	}
	out := atomFeed{
		ID: f.site.iri(f.address), Title: f.title, Updated: stamp(updated),
		Links: []atomLink{{"self", typeAtom, f.site.iri(f.address)}, {"alternate", "text/html", f.site.iri(f.page)}},
	}
	for _, e := range f.list {
		url := f.site.iri(e.repository.address().Release(e.Book, e.Number))
		out.Entries = append(out.Entries, atomEntry{
			ID: url, Title: e.Title + " " + e.Number.String(), Updated: stamp(e.Published), Published: stamp(e.Published),
			Authors: f.authors(ctx, e), Links: []atomLink{{"alternate", "text/html", url}},
			Summary: e.Title + " " + e.Number.String() + " (" + e.repository.Path() + ")",
		})
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	return xml.NewEncoder(w).Encode(out)
}

// authors are those of the book; an entry has to have one (section 4.1.2).
func (f *feed) authors(ctx context.Context, e feedEntry) []atomPerson {
	var people []atomPerson
	if m, err := f.site.Releases.Manifest(ctx, e.Manifest); err == nil {
		for _, name := range m.Book.Authors {
			people = append(people, atomPerson{name})
		}
	}
	if len(people) == 0 {
		people = []atomPerson{{e.repository.Owner}}
	}
	return people
}

// iri is the absolute address of a path. A server that does not know its own has
// names that stay the same all the same.
func (s *site) iri(path string) string { return cmp.Or(s.canonical(path), "urn:rhaptos:"+path) }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// releasesFeed is "/-/releases.atom": the latest releases of all repositories
// that the reader may see.
type releasesFeed struct {
	decision.Defaults
	site *site
}

func openFeed(s *site, _ route.Match) decision.Resource { return releasesFeed{site: s} }

// Representations is the feed.
func (x releasesFeed) Representations(r *http.Request) ([]decision.Representation, error) {
	c := catalogue{site: x.site}
	return []decision.Representation{c.atom(r)}, nil
}

// atom is the feed as a representation.
func (c *catalogue) atom(r *http.Request) decision.Representation {
	feed := generated(typeAtom, feedCache(r), func(ctx context.Context, w io.Writer) error {
		f, err := c.feed(r)
		if err != nil {
			return err
		}
		return f.write(ctx, w)
	})
	feed.Location = feedAddress
	return feed
}

// feed is the feed of all repositories that the reader may see.
func (c *catalogue) feed(r *http.Request) (*feed, error) {
	repositories, err := c.site.Repositories.List(r.Context(), r)
	if err != nil {
		return nil, err
	}
	f := &feed{site: c.site, address: feedAddress, page: "/", title: cmp.Or(c.site.Site, "Rhaptos")}
	for _, repo := range repositories {
		releases, err := c.site.Releases.Releases(r.Context(), repo.ID)
		if err != nil {
			return nil, err
		}
		f.add(repo, releases)
	}
	return f, nil
}

// feedCache is who may keep a feed: it depends on who asks.
func feedCache(r *http.Request) string {
	if r.Header.Get("Authorization") != "" {
		return "private, no-cache"
	}
	return "no-cache"
}
