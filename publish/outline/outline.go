package outline

import (
	"context"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/messages"
	"github.com/rhaptos/rhaptos/publish/recipe"
)

// Outline is the model of one book. It does not change and may be used by many
// goroutines at a time; the library must not change either.
type Outline struct {
	Source   *collection.Book
	Options  Options
	Recipe   *recipe.Recipe
	Messages *messages.Catalogue // in the book's language, with the repository's titles of notes
	Pages    []*Page             // in reading order
	Contents []Entry
	ByModule map[string]*Page // by module id; the first page if there are several
	BySlug   map[string]*Page

	scans    map[*collection.Module]*scan
	titles   map[string]string // of collected sections, by class
	slugs    slugs
	appendix int      // how many appendices there have been
	chapter  *Chapter // in which a page is placed; nil outside of chapters
	bookEnd
	targets
	texts  *textCache
	others map[string]*Outline // by module id
}

// New makes the outline of a book of the library; the options say which pages
// are generated besides those of its modules. It reads only the texts that the
// cache does not know; an error is one of reading those, a fault of the storage.
func New(ctx context.Context, lib *collection.Library, book *collection.Book, cache analysis.Cache, options Options) (*Outline, error) {
	o, err := newOutline(ctx, book, cache, options)
	if err != nil {
		return nil, err
	}
	if err := o.findOthers(ctx, lib, cache); err != nil {
		return nil, err
	}
	o.texts = newTextCache(o.Pages)
	return o, nil
}

// newOutline makes an outline without the other books that links lead to.
func newOutline(ctx context.Context, book *collection.Book, cache analysis.Cache, options Options) (*Outline, error) {
	r := options.recipeFor(book)
	o := &Outline{
		Source: book, Options: options, Recipe: r, slugs: newSlugs(),
		Messages: messages.For(book.Language).WithRecipe(r.Labels, r.NoteTitles).WithNotes(options.noteTitles(book.Language)),
		ByModule: map[string]*Page{}, BySlug: map[string]*Page{}, others: map[string]*Outline{},
		bookEnd: bookEnd{collected: map[string]*Page{}},
	}
	if book.Collection != nil {
		var err error
		if o.scans, err = scanAll(ctx, cache, book.Collection.Entries); err != nil {
			return nil, err
		}
		o.titles = o.sectionTitles()
		o.Contents = o.entries(book.Collection.Entries, &level{numbered: true, top: true})
		o.generateBackMatter()
		o.nameGenerated(o.Contents, "")
	}
	for i, p := range o.Pages {
		p.order = i
	}
	o.targets = o.newTargets()
	return o, nil
}
