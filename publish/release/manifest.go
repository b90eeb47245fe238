// Package release holds what has been published.
//
// A Release is one book at one commit. It is written once and then only read;
// withdrawing it changes its state, never its bytes. Its Manifest lists every
// file of it by path, with the digest of the bytes in the blob store and the
// source that they were made from. A Draft is a branch's latest state in the
// same form under a name that moves.
package release

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
)

// Number is a release's number, for example 1.4: the major part is the
// author's, the minor part counts up by itself.
type Number struct {
	Major int
	Minor int
}

func (n Number) String() string { return fmt.Sprintf("%d.%d", n.Major, n.Minor) }

// ParseNumber reads MAJOR.MINOR, decimal without signs or leading zeros.
func ParseNumber(s string) (Number, bool) {
	major, minor, ok := strings.Cut(s, ".")
	if !ok {
		return Number{}, false
	}
	a, errA := strconv.Atoi(major)
	b, errB := strconv.Atoi(minor)
	n := Number{a, b}
	if errA != nil || errB != nil || n.String() != s || a < 0 || b < 0 {
		return Number{}, false
	}
	return n, true
}

// Manifest says everything that a release or a draft consists of. It holds no
// number, date or commit: those belong to the release's row, so two equal books
// have equal manifests.
type Manifest struct {
	Format   int     `json:"format"` // 1
	Book     Book    `json:"book"`
	Contents []Entry `json:"contents"`
	Files    []File  `json:"files"` // sorted by path

	// Redirects are the old addresses that the author lets lead to pages.
	Redirects []Redirect `json:"redirects,omitempty"`
}

// Book is the book's own data.
type Book struct {
	Slug        string   `json:"slug"`
	Title       string   `json:"title"`
	Language    string   `json:"language,omitempty"`
	UUID        string   `json:"uuid,omitempty"`
	Authors     []string `json:"authors,omitempty"`
	Cited       []string `json:"cited,omitempty"` // the authors as the source writes them, where it has organisations in braces
	Description string   `json:"description,omitempty"`
	Subject     string   `json:"subject,omitempty"`
	License     string   `json:"license,omitempty"`
	LicenseURL  string   `json:"license_url,omitempty"`
	Publisher   string   `json:"publisher,omitempty"`
	Edition     string   `json:"edition,omitempty"` // as the author names it
}

// CitedAuthors are the authors as citations need them: organisations may stand
// in braces.
func (b *Book) CitedAuthors() []string {
	if b.Cited != nil {
		return b.Cited
	}
	return b.Authors
}

// Entry is a line of the table of contents: a page when it has a slug, a mere
// heading when not.
type Entry struct {
	Kind     string  `json:"kind,omitempty"` // what made the page; empty: a module of the author's
	Number   string  `json:"number,omitempty"`
	Title    string  `json:"title"` // HTML phrasing content
	Plain    string  `json:"plain"` // the title as text
	Slug     string  `json:"slug,omitempty"`
	Module   string  `json:"module,omitempty"`
	UUID     string  `json:"uuid,omitempty"`
	Path     string  `json:"path,omitempty"` // the module's file in the repository
	Children []Entry `json:"children,omitempty"`
}

// File is one file of a release.
type File struct {
	Path   string           `json:"path"` // relative to BOOK@NUMBER/: "1-2-title", "media/a.png", "-/style.css"
	Type   string           `json:"type"` // media type with parameters
	Size   int64            `json:"size"` // bytes
	Digest blobstore.Digest `json:"digest"`
	Source string           `json:"source,omitempty"` // what it was made from, for reuse by the next publication

	// Variants are the same bytes in content codings (RFC 9110, section 8.4.1),
	// smallest first; none where coding saves nothing.
	Variants []Variant `json:"variants,omitempty"`
}

// Variant is a file in a content coding.
type Variant struct {
	Coding string           `json:"coding"` // "zstd", "br", "gzip"
	Size   int64            `json:"size"`   // bytes
	Digest blobstore.Digest `json:"digest"`
}

// Same reports whether two files are published alike: at one path, of one type,
// with the same bytes.
func (f *File) Same(other *File) bool {
	return f.Path == other.Path && f.Type == other.Type && f.Digest == other.Digest
}

// File finds a file by its path.
func (m *Manifest) File(path string) (File, bool) {
	i, ok := slices.BinarySearchFunc(m.Files, path, func(f File, p string) int { return strings.Compare(f.Path, p) })
	if !ok {
		return File{}, false
	}
	return m.Files[i], true
}

// Pages calls f for every page in reading order, until f returns false.
func (m *Manifest) Pages(f func(Entry) bool) { walk(m.Contents, f) }

func walk(entries []Entry, f func(Entry) bool) bool {
	for _, e := range entries {
		if e.Slug != "" && !f(e) {
			return false
		}
		if !walk(e.Children, f) {
			return false
		}
	}
	return true
}

// State says whether a release can be read.
type State string

// The states of a release.
const (
	Current   State = "current"
	Withdrawn State = "withdrawn" // 410
	Blocked   State = "blocked"   // 451
	Embargoed State = "embargoed" // 404: its time has not come
)

// Release is the row of one release.
type Release struct {
	RepositoryID string
	Book         string // slug
	Number       Number
	Title        string
	Commit       string // hexadecimal object id
	Ref          string // the ref whose push made it
	Manifest     blobstore.Digest
	State        State
	Reason       string // why it was withdrawn or blocked
	BlockedBy    string // who demanded that it be blocked, a URL; may be empty
	Published    time.Time
	Publication  int64     // number of the publication that made it
	Appears      time.Time // when an embargoed one is to appear; zero if it never was one
	ChangedBy    string    // who withdrew, blocked or restored it last; empty: nobody, or the operator
	Changed      time.Time // when; zero: never
}

// Draft is the latest state of a book on a branch that is not published.
type Draft struct {
	RepositoryID string
	Branch       string // short name
	Book         string
	Title        string
	Commit       string
	Manifest     blobstore.Digest
	Problems     int
	Updated      time.Time
}
