// Package render writes the pages of a book as HTML.
//
// The model of the book (numbers, slugs, what links lead to) is package
// outline's. Book.Render reads the text of one page and writes it by the tables
// in rules.go: an element has a function that writes it among blocks and one that
// writes it in a line of text. The output is built by an escaping writer from
// names that stand in this package, so it holds no element, attribute or address
// that the package does not know, whatever an author has written.
//
// Book.Depends writes what the content of a page depends on, without reading a
// text, so that a page that would be the same is not written again.
//
// The package is large because three vocabularies (CNXML, the HTML of Markdown,
// MathML as a whole) are written by one renderer: each element may hold any
// other, so their functions share the state of one page.
package render

import (
	"context"
	"html/template"
	"sync"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// Book is a book that is ready to be rendered. It does not change and may be used
// by many goroutines at a time; the library must not change either, and its tree
// must stay open.
type Book struct {
	*outline.Outline
	rules    rules
	pages    []*Page
	contents []Entry
	pageOf   map[*outline.Page]*Page
}

// Page is one page of a book.
type Page struct {
	*outline.Page
	Title template.HTML // phrasing content

	digests func() digests // of the module
}

// Entry is a line of the table of contents: a page if it has a slug, else a
// heading.
type Entry struct {
	Kind     string // of a generated page; empty for a module's, and for headings
	Number   string
	Title    template.HTML // phrasing content
	Plain    string        // the title as text
	Slug     string
	Module   string // id
	UUID     string
	Children []Entry
}

// NewBook prepares a book of the library; the options say which pages are
// generated besides those of its modules. It reads only the texts that the cache
// does not know; an error is one of reading those, a fault of the storage.
func NewBook(ctx context.Context, lib *collection.Library, book *collection.Book, cache analysis.Cache, options outline.Options) (*Book, error) {
	o, err := outline.New(ctx, lib, book, cache, options)
	if err != nil {
		return nil, err
	}
	b := &Book{Outline: o, rules: newRules(), pageOf: map[*outline.Page]*Page{}}
	for _, p := range o.Pages {
		page := &Page{Page: p, Title: b.titleHTML(p)}
		page.digests = sync.OnceValue(page.digest)
		b.pages, b.pageOf[p] = append(b.pages, page), page
	}
	b.contents = b.entries(o.Contents)
	return b, nil
}

// Pages are the book's pages in reading order.
func (b *Book) Pages() []*Page { return b.pages }

// Contents is the book's table of contents.
func (b *Book) Contents() []Entry { return b.contents }

// entries writes the titles of the contents as HTML. Where the contents call a page as
// it calls itself, the page's own markup is kept.
func (b *Book) entries(list []outline.Entry) []Entry {
	var out []Entry
	for _, e := range list {
		title := template.HTML(template.HTMLEscapeString(e.Plain))
		if p := b.pageOf[b.BySlug[e.Slug]]; p != nil && e.Plain == p.PlainTitle {
			title = p.Title
		}
		out = append(out, Entry{Kind: e.Kind, Number: e.Number, Title: title, Plain: e.Plain, Slug: e.Slug,
			Module: e.Module, UUID: e.UUID, Children: b.entries(e.Children)})
	}
	return out
}
