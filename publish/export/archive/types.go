package archive

import (
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/release"
)

// Book is a book as OpenStax's readers fetch it: contents/UUID@NUMBER.json.
type Book struct {
	Title         string  `json:"title"`
	ID            string  `json:"id"`
	Version       string  `json:"version"`
	SchemaVersion int     `json:"repo_schema_version"`
	Revised       string  `json:"revised"` // RFC 3339
	Language      string  `json:"language"`
	License       License `json:"license"`
	Slug          string  `json:"slug"`
	Tree          Node    `json:"tree"`
	Content       string  `json:"content"` // an XHTML document, the table of contents
	StyleName     string  `json:"style_name"`
	StyleHref     string  `json:"style_href"` // relative to contents/
}

// License is the licence of a book.
type License struct {
	URL  string `json:"url"`
	Name string `json:"name"`
}

// Node is a line of a book's tree.
type Node struct {
	ID       string `json:"id"`    // UUID@NUMBER; readers keep trees by the whole of it
	Title    string `json:"title"` // HTML
	Slug     string `json:"slug"`
	Type     string `json:"toc_type,omitempty"` // book, unit, chapter; book-content for a page
	Target   string `json:"toc_target_type,omitempty"`
	Contents []Node `json:"contents,omitempty"` // of all but pages, which have none
}

// Page is a page in that form: contents/UUID@NUMBER:UUID.json.
type Page struct {
	ID       string  `json:"id"`
	Title    string  `json:"title"` // HTML
	Slug     string  `json:"slug"`
	Abstract *string `json:"abstract"` // HTML
	Revised  string  `json:"revised"`
	Content  string  `json:"content"` // an XHTML document
	NoIndex  bool    `json:"noindex"`
}

// Place is a book of a repository.
type Place struct {
	Owner, Name string // of the repository
	Book        string // slug
}

// Resource is a file that pages in the archive's form refer to, by its SHA-1.
type Resource struct {
	Place
	Number release.Number // the latest release that is known to have it
	Digest blobstore.Digest
	Type   string
	Size   int64
}
