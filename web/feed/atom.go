package feed

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
	"github.com/rhaptos/rhaptos/web/resource"
)

// TypeAtom is the media type of Atom (RFC 4287, section 7).
const TypeAtom = "application/atom+xml"

// maxFeed limits the releases in a feed.
const maxFeed = 50

// Address is the address of the feed of all repositories.
const Address = "/-/releases.atom"

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

// feed is a list of releases with their repositories, to be written as Atom.
type feed struct {
	site    *resource.Site
	address string // of the feed
	page    string // address of the same list as a page
	title   string
	list    []feedEntry
}

type feedEntry struct {
	repository *resource.Repository
	*release.Release
	at time.Time // for the order among all repositories, and for readers
}

// add adds those releases of a repository that can be read, given newest first. A
// release that bears a later time than a newer one, or than now, since the clock was
// set back, takes that one's time.
func (f *feed) add(repo *resource.Repository, releases []*release.Release) {
	latest := time.Now()
	for _, r := range releases {
		if r.State == release.Current {
			if r.Published.Before(latest) {
				latest = r.Published
			}
			f.list = append(f.list, feedEntry{repo, r, latest})
		}
	}
}

func (f *feed) write(ctx context.Context, w io.Writer) error {
	slices.SortStableFunc(f.list, func(a, b feedEntry) int { return b.at.Compare(a.at) })
	f.list = f.list[:min(len(f.list), maxFeed)]
	updated := time.Unix(0, 0)
	if len(f.list) > 0 {
		updated = f.list[0].at
	}
	out := atomFeed{
		ID: f.site.IRI(f.address), Title: f.title, Updated: stamp(updated),
		Links: []atomLink{{"self", TypeAtom, f.site.IRI(f.address)}, {"alternate", "text/html", f.site.IRI(f.page)}},
	}
	for _, e := range f.list {
		url := f.site.IRI(e.repository.Address().Release(e.Book, e.Number))
		out.Entries = append(out.Entries, atomEntry{
			ID: url, Title: e.Title + " " + e.Number.String(), Updated: stamp(e.at), Published: stamp(e.at),
			Authors: f.authors(ctx, e), Links: []atomLink{{"alternate", "text/html", url}},
			Summary: e.Title + " " + e.Number.String() + " (" + e.repository.Path() + ")",
		})
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	return xml.NewEncoder(w).Encode(out)
}

// authors returns the authors of the book, or the owner of the repository: an
// entry needs an author (section 4.1.2).
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

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// catalogue is "/-/releases.atom": the latest releases of all repositories that
// the reader may see.
type catalogue struct {
	decision.Defaults
	site *resource.Site
}

// Catalogue opens "/-/releases.atom".
func Catalogue(s *resource.Site) decision.Resource { return catalogue{site: s} }

// Access refuses wrong credentials.
func (x catalogue) Access(r *http.Request) (decision.Access, error) {
	return x.site.CheckCredentials(r)
}

// Representations returns the feed.
func (x catalogue) Representations(r *http.Request) ([]decision.Representation, error) {
	return []decision.Representation{OfCatalogue(x.site, r)}, nil
}

// OfCatalogue returns the feed of all repositories that the sender of a request
// may see.
func OfCatalogue(s *resource.Site, r *http.Request) decision.Representation {
	atom := resource.Generated(TypeAtom, CacheControl(r), func(ctx context.Context, w io.Writer) error {
		repositories, err := s.Repositories.List(ctx, r)
		if err != nil {
			return err
		}
		f := &feed{site: s, address: Address, page: "/", title: cmp.Or(s.Name, "Rhaptos")}
		for _, repo := range repositories {
			releases, err := s.Releases.Releases(ctx, repo.ID)
			if err != nil {
				return err
			}
			f.add(repo, releases)
		}
		return f.write(ctx, w)
	})
	atom.Location, atom.Header = Address, resource.BySender()
	return atom
}

// OfRepository returns the feed of a repository's releases.
func OfRepository(s *resource.Site, repo *resource.Repository, releases []*release.Release, cacheControl string) decision.Representation {
	page := repo.Address().Releases()
	f := &feed{site: s, address: page + ".atom", page: page, title: repo.Path()}
	f.add(repo, releases)
	atom := resource.Generated(TypeAtom, cacheControl, f.write)
	atom.Location = f.address
	return atom
}

// CacheControl returns the value of the field for a list of what the sender of
// the request may see.
func CacheControl(r *http.Request) string {
	if r.Header.Get("Authorization") != "" {
		return "private, no-cache"
	}
	return "no-cache"
}
