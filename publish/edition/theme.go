package edition

import (
	"html/template"
	"io"
	"io/fs"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// Theme turns rendered pages into HTML documents.
type Theme interface {
	// Page writes the whole HTML document of one page.
	Page(w io.Writer, v *PageView) error

	// Assets returns the files (style sheets, fonts) that a page refers to by the
	// relative address "-/NAME". They become part of every release, so a
	// release looks the same for ever.
	Assets() fs.FS

	// EditionStyle returns the style sheet "-/edition.css", by which a draft of the
	// branch shows that it is one; draft is empty in a release.
	EditionStyle(book *collection.Book, draft string) []byte
}

// PageView is the input of a theme for one page. Pages live at BOOK@NUMBER/SLUG,
// and all addresses in them are relative to that: another page is "SLUG", the
// contents "./", media "media/PATH", an asset "-/NAME". So the bytes of a page
// do not depend on the release or draft that it is in, and an unchanged page is
// stored once over all of them.
type PageView struct {
	Book       *collection.Book
	Slug       string
	Number     string        // "1.2"; empty for a page outside the numbering
	Title      template.HTML // phrasing content, may hold MathML
	PlainTitle string
	Above      []PageLink    // what the page is part of, outermost first; a heading leads to its first page
	Near       *Section      // the pages around it; nil in a book of one page
	Body       template.HTML // the article's content
	Previous   *PageLink     // nil on the first page
	Next       *PageLink     // nil on the last page
}

// PageLink leads to another page of the same book.
type PageLink struct {
	Slug   string
	Number string
	Title  template.HTML
}

// Section is the part of the contents that a page shows beside its text: what is below
// it, or else what it is among. It is no more, so that a change of the contents changes
// few pages.
type Section struct {
	Top   *PageLink // what the pages are part of; nil at the top of the book
	Pages []PageLink
}
