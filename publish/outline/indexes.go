package outline

import (
	"cmp"
	"slices"
)

// subjects is the index of terms that belong in no other.
const subjects = "term"

// newIndexes makes the pages of the book's index, or of its indexes.
func (o *Outline) newIndexes() []*Page {
	if len(o.Recipe.Indexes) == 0 {
		return []*Page{o.generate(Index, o.titleOf(Index, o.Messages.Page.BookIndex))}
	}
	var pages []*Page
	for _, name := range o.Recipe.Indexes {
		title := "index-" + name
		p := o.generate(Index, o.titleOf(title, cmp.Or(o.Messages.Sections[title], o.Messages.Page.BookIndex)))
		p.index = name
		pages = append(pages, p)
	}
	return pages
}

// indexes reports whether a term belongs in the index of a page.
func (p *Page) indexes(t *indexed) bool {
	name := t.index
	if name != "name" && name != "foreign" {
		name = subjects
	}
	return p.index == "" || p.index == name
}

// hasEntries reports whether the text of a page has entries for an index.
func (p *Page) hasEntries(of *Page) bool {
	return p.index == "" || slices.ContainsFunc(unpack(of.scan.terms, codeIndexed), func(t indexed) bool { return p.indexes(&t) })
}
