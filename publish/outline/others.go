package outline

import (
	"context"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// Other is the outline of another book of the library that has the module, if
// this one links to the module and does not have it; else nil.
func (o *Outline) Other(module string) *Outline { return o.others[module] }

// findOthers makes the outlines of the books that hold a page which this book
// links to and does not hold itself. The first such book of the library is taken.
func (o *Outline) findOthers(ctx context.Context, lib *collection.Library, cache analysis.Cache) error {
	holder := o.holders(lib)
	opened := map[*collection.Book]*Outline{}
	for _, p := range o.Pages {
		if p.Module == nil {
			continue
		}
		for _, m := range p.Module.Pages {
			if m == nil || o.ByModule[m.ID] != nil || holder[m.ID] == nil {
				continue
			}
			book := holder[m.ID]
			if opened[book] == nil {
				other, err := newOutline(ctx, book, cache, o.Options)
				if err != nil {
					return err
				}
				opened[book] = other
			}
			o.others[m.ID] = opened[book]
		}
	}
	return nil
}

// holders are the first of the library's other books that holds each module, by
// the module's id.
func (o *Outline) holders(lib *collection.Library) map[string]*collection.Book {
	first := map[string]*collection.Book{}
	for _, book := range lib.Books {
		if book == o.Source || book.Collection == nil {
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
