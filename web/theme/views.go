package theme

import (
	"cmp"
	"html/template"
	"time"

	"github.com/rhaptos/rhaptos/publish/cite"
	"github.com/rhaptos/rhaptos/publish/release"
)

// Frame is the part of every page around its content. The zero Frame is in
// English, of a site called Rhaptos.
type Frame struct {
	Site       string      // the site's name; "Rhaptos" when empty
	Language   string      // BCP 47 of the page; "en" when empty
	Crumbs     []Link      // where the page is, outermost first, without the page itself
	Alternates []Alternate // other representations of the same resource
	Canonical  string      // absolute URL of the page, for rel=canonical; may be empty
	Search     string      // address of the search form; no form and no OpenSearch if empty
	Query      string      // shown in the search form
	Style      string      // address of a further stylesheet; may be empty
	NoIndex    bool        // asks search engines to leave the page out
}

// Link is the text and the target of a link.
type Link struct {
	Text string
	URL  string
}

// Alternate is another representation of the page's resource.
type Alternate struct {
	Name string // shown to the reader: "JSON", "EPUB", "Atom"
	Type string // media type
	URL  string
	Size int64 // bytes; 0 when not known
}

// CatalogueView lists the books that the reader may see.
type CatalogueView struct {
	Frame
	Title  string // of the page; the word for books when empty
	Books  []BookLine
	Total  int    // number of books on all pages
	Recent bool   // whether the latest releases come first; else they are by title
	Owners []Link // of repositories
	Newer  string // address of the page before this one; may be empty
	Older  string // address of the page after this one; may be empty
}

// OwnerView lists the repositories of an owner that the reader may see.
type OwnerView struct {
	Frame
	Name         string
	Repositories []OwnerRepository
}

// OwnerRepository is a repository with its books.
type OwnerRepository struct {
	Name    string // OWNER/REPO
	URL     string
	Private bool
	Books   []BookLine
}

// BookLine is one book with its latest release.
type BookLine struct {
	Title     string
	Language  string // BCP 47; empty when the same as the page's
	URL       string // of the book, which redirects to the latest release
	Authors   []string
	License   string
	Number    string    // of the latest release, "1.4"; empty when there is none yet
	Published time.Time // of the latest release
	Releases  int       // number of releases; 0 if unknown

	Description string
	Subject     string

	Cover      string // address of a picture; may be empty
	Private    bool
	Repository Link // where the book comes from; may be empty
}

// RepositoryView shows one repository.
type RepositoryView struct {
	Frame
	Name          string // OWNER/REPO
	Private       bool
	DefaultBranch string
	Mirror        *MirrorView // nil unless it is a mirror
	DerivedFrom   []Link      // the repository that it was derived from, at most one
	Derivatives   []Link      // the public repositories that were derived from it
	Empty         bool        // whether nothing has been pushed yet
	Clone         []Link      // how to clone it: Text is the transport ("HTTPS", "SSH"), URL the address
	Books         []BookLine
	Releases      []ReleaseLine // the latest ones, newest first
	AllReleases   string        // address of the list of all releases; may be empty
	Drafts        []DraftLine
	Pushes        []PushLine // recent ones, newest first; may be empty
	Links         []Link     // files, log and the like; may be empty
}

// MirrorView shows the upstream of a mirror.
type MirrorView struct {
	URL     string
	State   string    // "new", "current", "updated", "refused" or "failed"
	Pulled  time.Time // zero: never
	Next    time.Time // zero: only on request
	Asked   bool      // the next pull is requested or running
	PushURL string    // the last push that a pull led to; may be empty
}

// ReleaseLine is one release in a list.
type ReleaseLine struct {
	Book      string // title
	Number    string
	URL       string
	Published time.Time
	Commit    string        // hexadecimal object id
	CommitURL string        // may be empty
	Ref       string        // the ref that was pushed
	State     release.State // release.Current when empty
	Reason    string        // why it was withdrawn or blocked
	Latest    bool          // whether it is the book's latest release
	Changes   Link          // what has changed since the release before, which is the text; may be empty
}

// DraftLine is one book on a branch that is not published.
type DraftLine struct {
	Branch    string
	Book      string // title
	URL       string
	Updated   time.Time
	Commit    string
	CommitURL string // may be empty
	Problems  int
}

// PushLine is one push.
type PushLine struct {
	URL     string // may be empty
	Actor   string
	At      time.Time
	Summary string // the updated refs
	Verdict string // "accepted", "refused", ... ; may be empty
}

// ContentsView is the table of contents of a release or a draft.
type ContentsView struct {
	Frame
	Book       release.Book
	Number     string // "1.4"; empty in a draft
	Draft      string // the branch; empty in a release
	Problems   int    // of a draft
	Published  time.Time
	Commit     string
	CommitURL  string // may be empty
	State      release.State
	Reason     string // why it was withdrawn or blocked
	Contents   []ContentsEntry
	Downloads  []Alternate   // the book in one file
	Releases   []ReleaseLine // other releases of the book, newest first
	LatestURL  string        // the latest release, when this is an older one; may be empty
	Repository Link          // where the book comes from
	Changes    Link          // what has changed since a release, whose number is the text; may be empty
	Citations  []Citation    // how to cite the release
}

// maxUnfolded is how many pages a table of contents lists without folding the parts of
// the book.
const maxUnfolded = 40

// Fold reports whether the contents are too long to be shown without folding.
func (v *ContentsView) Fold() bool { return countEntries(v.Contents) > maxUnfolded }

func countEntries(list []ContentsEntry) int {
	n := len(list)
	for _, e := range list {
		n += countEntries(e.Children)
	}
	return n
}

// First returns the address of the first page; empty if there is none.
func (v *ContentsView) First() string { return firstURL(v.Contents) }

func firstURL(list []ContentsEntry) string {
	for _, e := range list {
		if url := cmp.Or(e.URL, firstURL(e.Children)); url != "" {
			return url
		}
	}
	return ""
}

// Citation is a citation in one style.
type Citation struct {
	Style string
	Text  cite.Text
}

// ContentsEntry is a line of the table of contents, its address made absolute.
type ContentsEntry struct {
	Number   string
	Title    template.HTML // phrasing content from the manifest, written by publish/render
	Slug     string        // of the page; empty for a mere heading
	URL      string        // absolute path of the page; empty for a mere heading
	Children []ContentsEntry
}

// Entries converts the entries of a manifest; page returns the absolute path of the
// page with the slug.
func Entries(contents []release.Entry, page func(slug string) string) []ContentsEntry {
	out := make([]ContentsEntry, 0, len(contents))
	for _, e := range contents {
		c := ContentsEntry{
			Number:   e.Number,
			Title:    template.HTML(e.Title),
			Children: Entries(e.Children, page),
		}
		if e.Slug != "" {
			c.Slug, c.URL = e.Slug, page(e.Slug)
		}
		out = append(out, c)
	}
	return out
}

// ReleasesView lists all releases of a repository.
type ReleasesView struct {
	Frame
	Name     string // OWNER/REPO
	Releases []ReleaseLine
	Newer    string // address of the page before this one; may be empty
	Older    string // address of the page after this one; may be empty
}

// SearchView shows search results. The query is in Frame.Query.
type SearchView struct {
	Frame
	Book  string // title of the only book searched; empty when all were
	Total int
	Hits  []SearchHit
	Newer string // address of the page before this one; may be empty
	Older string // address of the page after this one; may be empty
}

// SearchHit is one page that matches.
type SearchHit struct {
	Title    string
	Book     string
	Number   string // of the page; may be empty
	URL      string
	Language string // BCP 47 of title and excerpt; may be empty
	Excerpt  []Fragment
}

// Fragment is a part of an excerpt.
type Fragment struct {
	Text  string
	Match bool // whether it matches the query
}

// ErrorView explains an error.
type ErrorView struct {
	Frame
	Status int    // of RFC 9110
	Title  string // "Not found"; the status's own text when empty
	What   string // what happened, a sentence
	Do     string // what the reader can do, a sentence; may be empty
	Links  []Link // where to go on; may be empty
	ID     string // of the request, to report to an operator; may be empty
}
