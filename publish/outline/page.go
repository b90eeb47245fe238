package outline

import (
	"slices"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/recipe"
)

// Page is one page of a book.
type Page struct {
	Kind       string             // of a generated page; empty for a module's
	Module     *collection.Module // nil for a generated page
	Slug       string             // unique in the book
	Number     string             // "1.2"; empty for a page outside the numbering
	PlainTitle string
	Heading    *cnxml.Node // the title with its markup
	Chapter    string      // the number that its figures begin with; may be empty

	// Of a module's page: the pages that show its sections, by section, and its
	// definitions; nil for those that are in the page itself.
	Sections []*Page
	Glossary *Page

	Excerpts []Excerpt // of a generated page: what it shows
	In       *Chapter  // nil for a page outside of chapters

	order   int   // among the pages
	scan    *scan // of the module; nil for a generated page
	termIDs func() map[string]string
	section *recipe.Page // of one that collects sections; nil for others
	under   string       // the heading that it stands under, at the end of a chapter
	index   string       // which one it is, if the book has several
}

// Kinds of generated pages.
const (
	Collected = "collected" // sections of a chapter's modules, or of the book's
	Answers   = "answers"   // of a chapter's exercises
	Glossary  = "glossary"  // definitions of a chapter, or of the book
	Index     = "index"     // of the book's terms
	About     = "about"     // authors, licence, and how to cite the book
)

// Excerpt is the part of a module that a generated page shows.
type Excerpt struct {
	Of       *Page // the module's own
	Class    int   // of the sections, among the classes of the section page
	Sections []int // by their order in the module
	Glossary bool
	Answers  bool
	Cited    bool // the module's references, on a page at the end of the book
}

// Has is the set of the sections that the excerpt shows.
func (e *Excerpt) Has() map[int]bool {
	set := make(map[int]bool, len(e.Sections))
	for _, s := range e.Sections {
		set[s] = true
	}
	return set
}

// Headed reports whether a section page has a heading for each class of sections.
func (p *Page) Headed() bool { return p.section.Headed() }

// OfBook reports whether a section page is for all chapters of the book, with a
// heading for each.
func (p *Page) OfBook() bool { return p.section.OfBook() }

// ByModule reports whether a section page has a heading for each module.
func (p *Page) ByModule() bool { return p.section.ByModule }

// InOrder compares two pages by their order in the book.
func InOrder(a, b *Page) int { return a.order - b.order }

// Ranks are the places of the module's moved sections among the excerpts of
// the pages that show them, by section.
func (p *Page) Ranks() map[int]int {
	ranks := map[int]int{}
	for _, to := range p.Elsewhere() {
		for i, q := range to.Excerpts {
			if q.Of != p {
				continue
			}
			for _, s := range q.Sections {
				ranks[s] = i
			}
		}
	}
	return ranks
}

// Elsewhere has the pages that show a part of the module, in their order.
func (p *Page) Elsewhere() []*Page {
	var pages []*Page
	for _, to := range append(slices.Clone(p.Sections), p.Glossary) {
		if to != nil {
			pages = append(pages, to)
		}
	}
	slices.SortFunc(pages, InOrder)
	return slices.Compact(pages)
}

// Home is the section that a section of the module has been moved with. It is
// NoSection or InGlossary for what the page itself shows: what is in no section,
// and the glossary.
func (p *Page) Home(section int) int {
	for s := section; s >= 0; s = p.scan.sections[s].parent {
		if p.Sections == nil || p.Sections[s] == nil {
			continue
		}
		if up := p.scan.sections[s].parent; up < 0 || p.Sections[up] == nil {
			return s
		}
	}
	if section == InGlossary {
		return InGlossary
	}
	return NoSection
}

// other is the page that shows what is in a section of the module, or in none;
// nil if the module's own does.
func (p *Page) other(section int) *Page {
	switch home := p.Home(section); {
	case home >= 0:
		return p.Sections[home]
	case home == InGlossary:
		return p.Glossary
	}
	return nil
}

// Definitions are those of the module's glossary, in its order.
func (p *Page) Definitions() []*cnxml.Node { return unpack(p.scan.definitions, codeNode) }

// Links are the links of the module, each kind of each section once.
func (p *Page) Links() []Link { return unpack(p.scan.links, codeLink) }

// IsHidden reports whether an id of the module is of what only teachers see.
func (p *Page) IsHidden(id string) bool {
	_, hidden := slices.BinarySearch(p.scan.hidden, id)
	return hidden
}
