// Package collection is what a repository of books means, whatever its layout.
//
//   - A Library is all that a repository holds: its books and their modules.
//   - A Book is one publishable collection, known by its slug.
//   - A Collection is a book's tree of subcollections and modules.
//   - A Module is a page's source; several books may share one. Its Text is
//     read when it is wanted, so that a library is light however large it is.
//   - Media are the files that modules show: images, downloads.
//   - A Problem says what is wrong with a file, and where. It is data, not an error.
//
// A Format reads one layout from an fs.FS: openstax and mdbook are packages
// below this one. The same reading serves the hook that checks a push and the
// worker that publishes it, so there is no second opinion about what is valid.
package collection

import (
	"context"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// Library is all that a repository holds.
type Library struct {
	Formats []string // the names of those that read it: "openstax", "mdbook"
	Books   []*Book
	Modules map[string]*Module // by id, or by path where books of two formats have the same; those of all books
}

// Book is one publishable collection.
type Book struct {
	Format   string // the name of its layout: "openstax", "mdbook"
	Slug     string // its name in URLs, unique in the library
	Title    string
	Language string // BCP 47, for example "en"
	UUID     string // stable across releases; empty where the format has none
	License  License
	Authors  []string

	Description string // a sentence or two for the catalogue; usually empty
	Subject     string // such as "Mathematics"; usually empty

	Style      string // the recipe that an OpenStax book names; informative
	Path       string // the file that describes it, relative to the library's root
	Collection *Collection
	Redirects  []Redirect // old addresses that the source lets lead to pages

	// What the repository's settings say of the book, since no format has it.
	Publisher string
	Edition   string // "2", "Second edition"
	Year      int    // of this edition; 0 if it is not known
	URL       string // where the book is at home
	Origin    Origin
}

// Redirect is an old address in a book and what it leads to.
type Redirect struct {
	From string // relative to the book, as its format has it: "old/page.html"
	To   string // a module's id, or another old address
}

// License is a book's licence as its source gives it.
type License struct {
	Name string
	URL  string
	Text string // from the repository's settings; usually empty
}

// Origin is the work that a book is adapted from; without a title there is none.
type Origin struct {
	Title      string
	URL        string
	Authors    []string
	License    string
	LicenseURL string
}

// Collection is a book's tree: entries in reading order.
type Collection struct {
	Entries []Entry
}

// Entry is one line of a table of contents: a subcollection or a module, never
// both. An mdBook chapter with chapters below it is a Module with Children.
type Entry struct {
	Subcollection *Subcollection
	Module        *Module
	Title         string  // overrides the module's own title in the contents; may be empty
	Numbered      bool    // whether the entry takes part in the numbering
	Children      []Entry // entries below a module (mdBook's nested chapters)
}

// Subcollection is a titled part, unit or chapter.
type Subcollection struct {
	Title   string
	Entries []Entry
	Pos     cnxml.Pos
}

// Module is the source of one page.
type Module struct {
	ID    string // m12345, or an mdBook chapter's path without .md
	UUID  string
	Class string // of the document: "introduction", "appendix", ...
	Path  string // the file, relative to the library's root

	// Key names everything that the text is a function of: modules with the
	// same key have the same text, in any tree. It is empty if the file is not
	// there or cannot be read as a module.
	Key string

	// Source reads the text from the tree; nil if there is none.
	Source func(context.Context) (*Text, error)

	// Media maps each src that the text uses, verbatim, to the file that it
	// means. A src that leads nowhere is not in the map (it has a Problem).
	Media map[string]*Media
	// Pages maps each link target that names another page of the library by
	// path or id (an mdBook href, a link's document attribute), verbatim and
	// without its fragment, to that module.
	Pages map[string]*Module
}

// Text is the content of a module. It belongs to whoever has read it.
type Text struct {
	Title    *cnxml.Node // a CNXML title element; may hold markup and MathML; nil if there is none
	Abstract *cnxml.Node // learning objectives; nil if there are none
	Content  *cnxml.Node // a CNXML content element; nil if the file cannot be read
	Glossary *cnxml.Node // nil if there is none
}

// Parts are the parts of the text in the order in which they are read, nil for
// those that are not there.
func (t *Text) Parts() []*cnxml.Node {
	return []*cnxml.Node{t.Title, t.Abstract, t.Content, t.Glossary}
}

// Text reads and parses the module's text. One that cannot be read as a module
// has a text without anything in it; an error is a fault of the storage. Each
// call reads anew, and may be made as long as the library's tree is open.
func (m *Module) Text(ctx context.Context) (*Text, error) {
	if m.Source == nil {
		return &Text{}, nil
	}
	return m.Source(ctx)
}

// OnParse is given the text of a module that had to be parsed to be checked, so
// that what else is wanted of it can be put into the analysis cache in the same go. It
// may be called by many goroutines, and keeps nothing of the text.
type OnParse func(cache analysis.Cache, key string, text *Text)

// Media is a file that a module shows.
type Media struct {
	Path string // relative to the library's root
	Type string // media type, derived from the file and never from what an author declares
	Size int64  // bytes

	// Width and Height are those of an image, in pixels; 0 if it is none, or
	// does not say.
	Width, Height int
}
