package collection

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// Format reads one layout of books. The trees it is given are safe for use by
// many goroutines.
type Format interface {
	// Detect reports whether the tree is laid out in this format.
	Detect(fsys fs.FS) bool

	// Read reads the library and checks it. It always returns as much of it as
	// can be understood, with problems for the rest; an error means that the
	// tree itself could not be read (a storage fault, a cancelled context),
	// which says nothing about the books. Files whose analysis is cached are not
	// opened; the modules' texts are read from the tree later, when they are
	// wanted.
	Read(ctx context.Context, fsys fs.FS, cache analysis.Cache) (*Library, []Problem, error)
}

// ErrNoBooks says that a tree holds no books in any format.
var ErrNoBooks = errors.New("no books found")

// Read reads the library with each format that detects it. A tree without books
// gives ErrNoBooks.
func Read(ctx context.Context, fsys fs.FS, cache analysis.Cache, formats ...Format) (*Library, []Problem, error) {
	all := &Library{Modules: map[string]*Module{}}
	var problems []Problem
	for _, f := range formats {
		if !f.Detect(fsys) {
			continue
		}
		lib, found, err := f.Read(ctx, fsys, cache)
		if err != nil {
			return nil, nil, err
		}
		problems = append(append(problems, found...), all.join(lib)...)
	}
	if len(all.Formats) == 0 {
		return nil, nil, ErrNoBooks
	}
	SortProblems(problems)
	return all, slices.Compact(problems), nil // files that books of two formats show are checked twice
}

// join adds the books of another format. One whose slug is taken is left out.
func (lib *Library) join(other *Library) (problems []Problem) {
	lib.Formats = append(lib.Formats, other.Formats...)
	for _, b := range other.Books {
		if slices.ContainsFunc(lib.Books, func(a *Book) bool { return a.Slug == b.Slug && a.Format != b.Format }) {
			p := Place{}.Problem(Error, "duplicate-slug", "another book has the slug %s already; give each its own", cnxml.Quote(b.Slug))
			p.Path = b.Path
			problems = append(problems, p)
			continue
		}
		lib.Books = append(lib.Books, b)
	}
	for id, m := range other.Modules {
		if lib.Modules[id] != nil {
			id = m.Path
		}
		lib.Modules[id] = m
	}
	return problems
}
