// Package render turns the pages of a book into HTML.
//
// NewBook gives every page of a book a slug and a number, counts figures,
// tables, examples, equations and exercises, and remembers what each id stands
// for, so that a link without text of its own gets one ("Figure 3.4"). It needs
// no texts for that but what is known about each module ([Survey]), which is
// kept among the facts. Among the pages are those that are made of others, at
// the ends of chapters and of the book ([Options], chapter.go).
//
// Book.Render then reads the text of one page and writes it, by the tables in
// rules.go: an element has a function that writes it among blocks and one that
// writes it in a line of text. What comes out is built by an escaping writer
// from names that stand in this package, so it holds no element, attribute or
// address that the package does not know, whatever an author has written.
package render

import (
	"context"
	"html/template"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// Book is a book made ready for rendering. It does not change any more and may
// be used by many goroutines at a time; the library must not change either, and
// its tree must stay open.
type Book struct {
	*outline
	rules   rules
	others  map[string]*outline // by module id: the other books that links lead to
	sources *sourceCache
}

// Page is one page of a book.
type Page struct {
	Kind       string             // of a page that is made; empty for a module's
	Module     *collection.Module // nil for a page that is made
	Slug       string             // unique in the book
	Number     string             // "1.2"; empty for a page outside the numbering
	Title      template.HTML      // phrasing content
	PlainTitle string
	Parents    []template.HTML // titles of what the page is part of, outermost first

	chapter string // the number that its figures begin with; may be empty
	order   int    // among the pages
	title   *cnxml.Node
	facts   *moduleFacts // of the module; nil for a page that is made
	shown   func() shown // of the module
	termIDs func() map[string]string

	// Of a module's page: where its sections and its glossary are; nil for those
	// that are in the page itself.
	sections []*Page
	glossary *Page

	// Of a page that is made: what it shows.
	parts  []part
	ending *ending // of one at the end of a chapter; nil for others
}

// Kinds of pages that are made.
const (
	Collected = "collected" // sections of a chapter's modules
	Answers   = "answers"   // of a chapter's exercises
	Glossary  = "glossary"  // definitions of a chapter, or of the book
	Index     = "index"     // of the book's terms
	About     = "about"     // whose the book is, and how to cite it
)

// part is what a page that is made shows of a module.
type part struct {
	of       *Page // the module's own
	class    int   // of its page's ending
	sections []int // see moduleFacts.sections
	glossary bool
	answers  bool
}

// has are the sections that the part shows.
func (q *part) has() map[int]bool {
	set := make(map[int]bool, len(q.sections))
	for _, s := range q.sections {
		set[s] = true
	}
	return set
}

// ranks are the places, among the parts of their pages, of the sections that
// are not in the module's own page.
func (p *Page) ranks() map[int]int {
	ranks := map[int]int{}
	for _, to := range p.others() {
		for i, q := range to.parts {
			if q.of != p {
				continue
			}
			for _, s := range q.sections {
				ranks[s] = i
			}
		}
	}
	return ranks
}

// home is the section that a section of the module's has been moved with: noSection
// and inGlossary if it is in the page itself, where what is in no section and
// the glossary are.
func (p *Page) home(section int) int {
	for s := section; s >= 0; s = p.facts.sections[s].parent {
		if p.sections == nil || p.sections[s] == nil {
			continue
		}
		if up := p.facts.sections[s].parent; up < 0 || p.sections[up] == nil {
			return s
		}
	}
	if section == inGlossary {
		return inGlossary
	}
	return noSection
}

// other is the page that has what is in a section of the module, or in none, if
// that is not the module's own.
func (p *Page) other(section int) *Page {
	switch home := p.home(section); {
	case home >= 0:
		return p.sections[home]
	case home == inGlossary:
		return p.glossary
	}
	return nil
}

// Entry is a line of the table of contents: a page when it has a slug, a mere
// heading when not.
type Entry struct {
	Kind     string // of a page that is made; empty for a module's, and for headings
	Number   string
	Title    template.HTML // phrasing content
	Plain    string        // the title as text
	Slug     string
	Module   string // id
	UUID     string
	Children []Entry

	page *Page // one that is made
}

// NewBook prepares a book of the library; the options say which pages are made
// besides those of its modules. It reads no more texts than facts are
// missing; an error is one of reading those, a fault of the storage.
func NewBook(ctx context.Context, lib *collection.Library, book *collection.Book, cache analysis.Cache, options Options) (*Book, error) {
	b := &Book{rules: newRules(), others: map[string]*outline{}}
	var err error
	if b.outline, err = newOutline(ctx, book, cache, options); err != nil {
		return nil, err
	}
	if err := b.findOthers(ctx, lib, cache); err != nil {
		return nil, err
	}
	b.sources = newSourceCache(b.pages)
	b.markTitles()
	return b, nil
}

// Pages are the book's pages in reading order.
func (b *Book) Pages() []*Page { return b.pages }

// Contents is the book's table of contents.
func (b *Book) Contents() []Entry { return b.contents }

// findOthers looks through the books that hold a page which this book links to
// and does not hold itself. The first such book of the library is taken.
func (b *Book) findOthers(ctx context.Context, lib *collection.Library, cache analysis.Cache) error {
	holder := b.holders(lib)
	made := map[*collection.Book]*outline{}
	for _, p := range b.pages {
		if p.Module == nil {
			continue
		}
		for _, m := range p.Module.Pages {
			if m == nil || b.byModule[m.ID] != nil || holder[m.ID] == nil {
				continue
			}
			other := holder[m.ID]
			if made[other] == nil {
				o, err := newOutline(ctx, other, cache, b.options)
				if err != nil {
					return err
				}
				made[other] = o
			}
			b.others[m.ID] = made[other]
		}
	}
	return nil
}

// holders are the first of the library's other books that holds each module, by
// the module's id.
func (b *Book) holders(lib *collection.Library) map[string]*collection.Book {
	first := map[string]*collection.Book{}
	for _, book := range lib.Books {
		if book == b.book || book.Collection == nil {
			continue
		}
		forModules(book.Collection.Entries, func(m *collection.Module) {
			if first[m.ID] == nil {
				first[m.ID] = book
			}
		})
	}
	return first
}

// markTitles writes the titles as HTML, which needs the rules. Where the
// contents call a page as it calls itself, the page's own markup is kept.
func (b *Book) markTitles() {
	for _, p := range b.pages {
		p.Title = b.titleHTML(p)
	}
	setTitles(b.contents, nil, func(e *Entry, parents []template.HTML) {
		e.Title = template.HTML(template.HTMLEscapeString(e.Plain))
		if p := b.bySlug[e.Slug]; p != nil {
			p.Parents = parents
			if e.Plain == p.PlainTitle {
				e.Title = p.Title
			}
		}
	})
}

func setTitles(entries []Entry, parents []template.HTML, set func(*Entry, []template.HTML)) {
	for i := range entries {
		e := &entries[i]
		set(e, parents)
		below := append(parents[:len(parents):len(parents)], e.Title)
		setTitles(e.Children, below, set)
	}
}
