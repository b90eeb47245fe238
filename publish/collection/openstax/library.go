package openstax

import (
	"slices"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// checkSlugs gives each book that can have one its place in the library. The
// list has the last word on the slug; a book whose slug cannot be a name, or is
// taken, is left out, but its contents are checked.
func (r *reader) checkSlugs(report *collection.Report) {
	taken := map[string]bool{}
	for _, l := range r.collections {
		slug := l.slug
		l.book = &collection.Book{Format: "openstax", Title: l.analysis.title, Language: l.analysis.language, UUID: l.analysis.uuid,
			License: l.analysis.license, Authors: l.analysis.authors, Style: l.style, Path: l.path, Collection: &collection.Collection{}}
		switch own := l.analysis.slug; {
		case slug == "":
			report.Add(l.slugAt.Problem(collection.Error, "metadata-missing", `the book has no slug; add slug="..." with the slug of its collection`))
			slug = own
		case own != "" && own != slug:
			p := l.slugAt.Problem(collection.Error, "slug-mismatch",
				"the slug is %s here and %s in the collection; make them the same", cnxml.Quote(slug), cnxml.Quote(own))
			if collection.ValidSlug(own) {
				p.Replacement = `slug="` + escaper.Replace(own) + `"`
			} else {
				r.report(l.path).Add(malformed(l.analysis.slugAt, own))
			}
			report.Add(p)
		}
		switch {
		case slug == "":
			continue
		case !collection.ValidSlug(slug):
			report.Add(malformed(l.slugAt, slug))
			continue
		case taken[slug]:
			report.Add(l.slugAt.Problem(collection.Error, "duplicate-slug",
				"another book has the slug %s already; give each its own", cnxml.Quote(slug)))
			continue
		}
		taken[slug] = true
		if !ascii(slug) {
			report.Add(l.slugAt.Problem(collection.Note, "slug-not-ascii",
				"the slug %s has letters beyond a to z; addresses with it are long when they are copied", cnxml.Quote(slug)))
		}
		l.book.Slug = slug
		r.lib.Books = append(r.lib.Books, l.book)
	}
}

func malformed(at collection.Place, slug string) collection.Problem {
	return at.Problem(collection.Error, "slug-malformed",
		"the slug %s cannot be part of an address; use letters, digits and hyphens", cnxml.Quote(slug))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] > '~' {
			return false
		}
	}
	return true
}

// readContents fills the book's table of contents. The modules of a book
// without subcollections are numbered.
func (r *reader) readContents(l *listed) error {
	flat := true
	for _, e := range l.analysis.entries {
		flat = flat && e.module != ""
	}
	var err error
	l.book.Collection.Entries, err = r.contents(l, l.analysis.entries, flat)
	return err
}

// contents reads one level. Modules that stand beside the outermost
// subcollections are front and back matter and not numbered.
func (r *reader) contents(l *listed, entries []entry, numbered bool) ([]collection.Entry, error) {
	var all []collection.Entry
	for _, e := range entries {
		if e.module != "" {
			m, err := r.module(l, e)
			if err != nil {
				return nil, err
			}
			all = append(all, collection.Entry{Module: m, Numbered: numbered})
			continue
		}
		below, err := r.contents(l, e.entries, true)
		if err != nil {
			return nil, err
		}
		sub := &collection.Subcollection{Title: e.title, Entries: below, Pos: e.at.Pos}
		all = append(all, collection.Entry{Subcollection: sub, Numbered: true})
	}
	return all, nil
}

func (r *reader) module(l *listed, e entry) (*collection.Module, error) {
	m := r.lib.Modules[e.module]
	if m == nil {
		m = &collection.Module{ID: e.module, Path: r.modulePath(e.module),
			Media: map[string]*collection.Media{}, Pages: map[string]*collection.Module{}}
		r.lib.Modules[e.module] = m
		r.order = append(r.order, e.module)
	}
	ok, err := r.files.Exists(m.Path)
	if err != nil || ok {
		return m, err
	}
	p := e.at.Problem(collection.Error, "module-missing", "the module %s does not exist; add %s or remove the entry",
		cnxml.Quote(e.module), cnxml.Escape(m.Path))
	r.unreadBooks = true
	free, err := r.freeModules()
	r.suggest(&p, "document", e.module, free)
	r.report(l.path).Add(p)
	return m, err
}

// freeModules are the folders of modules that no collection names: one of them
// is meant where the name of a module is misspelt.
func (r *reader) freeModules() ([]string, error) {
	folder, err := r.files.Folder(r.roots.pages)
	if folder == nil || err != nil {
		return nil, err
	}
	named := map[string]bool{}
	for _, l := range r.collections {
		forModules(l.analysis.entries, func(e entry) { named[e.module] = true })
	}
	return slices.DeleteFunc(slices.Clone(folder.Folders), func(id string) bool { return named[id] }), nil
}
