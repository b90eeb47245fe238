package openstax

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// checkIdentity holds names against each other: those of files, of folders and
// in metadata. A UUID names a page for ever.
func (r *reader) checkIdentity(context.Context) error {
	r.checkBooks()
	owner := map[string]string{} // of UUIDs
	for _, p := range r.listedPages() {
		f := p.analysis.result
		if other := owner[f.uuid]; f.uuid != "" && other != "" {
			p.report.Add(f.uuidAt.Problem(collection.Error, "duplicate-uuid", "the module %s has the same UUID; give this one its own", cnxml.Quote(other)))
		} else {
			owner[f.uuid] = p.id
		}
		if f.contentID != "" && f.contentID != p.id {
			problem := f.contentAt.Problem(collection.Warning, "content-id-mismatch",
				"the content-id is %s, but the module's folder is %s; make them the same", cnxml.Quote(f.contentID), cnxml.Quote(p.id))
			if problem.EndLine > 0 {
				problem.Replacement = escaper.Replace(p.id)
			}
			p.report.Add(problem)
		}
		if f.injected > 0 {
			p.report.Add(f.firstAt.Problem(collection.Note, "exercise-not-included",
				"exercises of this module that are kept outside of the repository: %d; readers see a placeholder for each", f.injected))
		}
	}
	for _, id := range r.outside {
		p := r.pages[id]
		if !p.checked() {
			continue
		}
		f := p.analysis.result
		if other := owner[f.uuid]; f.uuid != "" && other != "" {
			p.report.Add(f.uuidAt.Problem(collection.Warning, "duplicate-uuid",
				"the module %s has the same UUID; give this one its own before it is added to a book", cnxml.Quote(other)))
		} else {
			owner[f.uuid] = id
		}
	}
	return nil
}

// checkBooks compares the collections' names, and the UUIDs of books.
func (r *reader) checkBooks() {
	owner := map[string]string{}
	byPath := slices.SortedFunc(slices.Values(r.collections), func(a, b *listed) int { return cmp.Compare(a.path, b.path) })
	for _, l := range byPath {
		f := l.analysis
		if want := f.slug + ".collection.xml"; collection.ValidSlug(f.slug) && path.Base(l.path) != want {
			r.report(l.path).Add(f.slugAt.Problem(collection.Error, "file-name-mismatch",
				"the file of the book %s must be called %s; rename it and correct the list of books, or correct the slug", cnxml.Quote(f.slug), cnxml.Escape(want)))
		}
		if other := owner[f.uuid]; f.uuid != "" && other != "" {
			r.report(l.path).Add(f.uuidAt.Problem(collection.Error, "duplicate-uuid", "the book in %s has the same UUID; give this one its own", cnxml.Quote(other)))
		} else {
			owner[f.uuid] = l.path
		}
	}
}

// checkShared notes how many modules of a book other books have as well: a
// change to one shows in all of them.
func (r *reader) checkShared(context.Context) error {
	books := map[string]int{}
	for _, l := range r.collections {
		forModules(l.analysis.entries, func(e entry) { books[e.module]++ })
	}
	for _, l := range r.collections {
		shared, first := 0, collection.Place{}
		forModules(l.analysis.entries, func(e entry) {
			if books[e.module] > 1 {
				if shared++; shared == 1 {
					first = e.at
				}
			}
		})
		if shared > 0 {
			r.report(l.path).Add(first.Problem(collection.Note, "module-shared",
				"modules of this book, from here on, that another book has as well: %d; a change to one shows in both", shared))
		}
	}
	return nil
}

func forModules(entries []entry, f func(entry)) {
	for _, e := range entries {
		if e.module != "" {
			f(e)
		}
		forModules(e.entries, f)
	}
}

// checkUnused notes what no book needs, as far as it is known what they need.
func (r *reader) checkUnused(context.Context) error {
	if r.unreadBooks {
		return nil
	}
	for _, id := range r.outside {
		p := r.pages[id]
		p.report.Warning(cnxml.Pos{}, "module-unused", "the module is in no book; add it to a collection or remove it")
		if p.checked() {
			for _, s := range p.analysis.result.sources {
				if file, err := locate(r.files, path.Dir(p.path), s.src); err != nil {
					return err
				} else if file != "" {
					r.shown[file] = true
				}
			}
		}
	}
	if r.unreadPages || r.roots.media == "." { // everything is in "."
		return nil
	}
	used := r.usedFolders()
	var unused []string
	err := r.files.Below(r.roots.media, func(name string) {
		if !r.shown[name] && !used[r.topFolder(name)] && !strings.HasPrefix(path.Base(name), ".") {
			unused = append(unused, name)
		}
	})
	slices.Sort(unused)
	for i, name := range unused {
		if i == unusedListed {
			r.report(r.roots.media).Note(cnxml.Pos{}, "media-unused", "%d more files in this folder are not shown on any page", len(unused)-i)
			break
		}
		r.report(name).Note(cnxml.Pos{}, "media-unused", "no page shows this file; remove it if nobody needs it")
	}
	return err
}

// unusedListed limits the unused files that are listed one by one.
const unusedListed = 100

// usedFolders are the folders in which web pages stand that modules show: what
// those pages need lies beside them.
func (r *reader) usedFolders() map[string]bool {
	used := map[string]bool{}
	for name := range r.shown {
		if ext := strings.ToLower(path.Ext(name)); ext == ".html" || ext == ".htm" {
			if top := r.topFolder(name); top != "" {
				used[top] = true
			}
		}
	}
	return used
}

// topFolder is the folder of the media folder that a file is in or below;
// empty if it is in none.
func (r *reader) topFolder(name string) string {
	rest, ok := strings.CutPrefix(name, r.roots.media+"/")
	top, _, below := strings.Cut(rest, "/")
	if !ok || !below {
		return ""
	}
	return top
}

// checkCase reports files whose paths differ in case only: on many computers
// they are one file, and a clone has only one of them.
func (r *reader) checkCase(context.Context) error {
	var names []string
	add := func(name string) { names = append(names, name) }
	folders := map[string]bool{r.roots.media: true}
	for _, l := range r.collections {
		folders[path.Dir(l.path)] = true
	}
	delete(folders, ".")
	for folder := range folders {
		if err := r.files.Below(folder, add); err != nil {
			return err
		}
	}
	for id := range r.pages {
		add(r.modulePath(id))
	}
	slices.Sort(names)
	first := map[string]string{}
	for _, name := range slices.Compact(names) {
		folded := strings.ToLower(name)
		if other, ok := first[folded]; ok {
			r.report(name).Error(cnxml.Pos{}, "case-collision",
				"the file %s differs from this one in case only, and many computers cannot hold both; rename one", cnxml.Quote(other))
			continue
		}
		first[folded] = name
	}
	return nil
}
