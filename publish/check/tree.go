// Package check decides whether the books in a tree can be published.
//
// It is the one place that does: the hook that refuses a push, the publisher and
// the command rhaptos check all call [Tree] and get the same [Result].
//
//   - A tree is an fs.FS: that of a commit, or a folder.
//   - A problem has a path, a line, a rule and a severity. Only errors keep a
//     tree from being published.
//   - The settings in the tree can change severities and name terms to avoid.
//   - The analysis cache keeps what is known of a file by its blob id.
package check

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/budget"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/collection/mdbook"
	"github.com/rhaptos/rhaptos/publish/collection/openstax"
	"github.com/rhaptos/rhaptos/publish/fault"
	"github.com/rhaptos/rhaptos/publish/outline"
	"github.com/rhaptos/rhaptos/publish/settings"
)

// Result has what a tree holds and what is wrong with it.
type Result struct {
	Formats  []string             // "openstax", "mdbook"
	Books    []Book               // in the order of the library
	Problems []collection.Problem // sorted; see collection.SortProblems

	Settings settings.Settings   // of the tree, read without a default branch
	Library  *collection.Library // without books if the tree has none; reads from the tree
}

// Book names a book of the tree.
type Book struct {
	Slug  string // empty if the book has none, which is among the problems
	Title string
}

// maxAnalysis is how many bytes of analyses are kept for the time of one check
// that has no cache.
const maxAnalysis = 64 << 20

// formats are the layouts that a tree may have. A module that has to be parsed
// is analysed for numbering and cross-references at the same time.
var formats = []collection.Format{openstax.Format{OnParse: outline.Scan}, mdbook.Format{OnParse: outline.Scan}}

// Tree checks the tree of a commit, or a folder. It reads the library in every
// format that the tree has, searches the texts for terms to avoid, and gives the
// problems the severities that the settings in the tree set. A push, a
// publication and the check command go by its result.
//
// Files that cache has an analysis of are not read, so the cost follows what has
// changed; cache may be nil. The texts of modules are read when they are needed,
// so the tree must stay open as long as the result's Library is used. A tree may
// have a method Missing() []string, which lists the files that were asked for and
// whose content is not there, such as those of Git LFS.
//
// A tree without books is no error. An error means that the tree could not be
// read, and says nothing about the books; a panic in the course of it is an
// error that matches [*fault.Panic].
//
// A tree that costs more than its budget has no books and one problem, which names
// the file (see package budget).
func Tree(ctx context.Context, fsys fs.FS, cache analysis.Cache) (*Result, error) {
	return treeWithin(ctx, governor, fsys, cache)
}

// governor bounds all checks of the process.
var governor = budget.New(budget.Limits{})

func treeWithin(ctx context.Context, g *budget.Governor, fsys fs.FS, cache analysis.Cache) (*Result, error) {
	if cache == nil {
		cache = analysis.NewMemory(maxAnalysis)
	}
	bounded := g.Tree(ctx, fsys)
	defer bounded.Close()
	type outcome struct {
		result *Result
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		if panicked := fault.Catch("reading the books", func() { o.result, o.err = tree(ctx, bounded, bounded.Cache(cache)) }); panicked != nil {
			o = outcome{nil, panicked}
		}
		done <- o
	}()
	var o outcome
	select {
	case o = <-done:
	case <-bounded.Exceeded():
	}
	if exceeded := bounded.Err(); exceeded != nil {
		return tooCostly(fsys, exceeded), nil
	}
	return o.result, o.err
}

// tooCostly is the result for a tree that exceeded its budget.
func tooCostly(fsys fs.FS, exceeded *budget.Error) *Result {
	set, _ := settings.Read(fsys, "")
	return &Result{Settings: set, Library: &collection.Library{}, Problems: []collection.Problem{{
		Path: cmp.Or(exceeded.File, "."), Rule: "check-limit", Severity: collection.Error, Message: exceeded.What + "; make it smaller or simpler",
	}}}
}

// HasBooks reports whether a tree is laid out as books in one of the formats.
func HasBooks(fsys fs.FS) bool {
	return slices.ContainsFunc(formats, func(f collection.Format) bool { return f.Detect(fsys) })
}

func tree(ctx context.Context, fsys fs.FS, cache analysis.Cache) (*Result, error) {
	set, faults := settings.Read(fsys, "")
	lib, problems, err := collection.Read(ctx, fsys, cache, formats...)
	problems = withMissing(fsys, problems)
	switch {
	case errors.Is(err, collection.ErrNoBooks):
		lib, problems = &collection.Library{}, nil
	case err != nil:
		return nil, err
	}
	found, err := terms(ctx, &set, lib, fsys, cache)
	if err != nil {
		return nil, err
	}
	set.Describe(lib.Books)
	found = append(found, lib.PlainNames()...)
	unknown, err := outline.UnknownClasses(ctx, lib, cache, set.Generated)
	if err != nil {
		return nil, err
	}
	problems = append(problems, unknown...)
	r := &Result{Formats: lib.Formats, Settings: set, Library: lib}
	var slugs []string
	for _, b := range lib.Books {
		slugs = append(slugs, b.Slug)
		r.Books = append(r.Books, Book{Slug: b.Slug, Title: b.Title})
	}
	r.Problems = slices.Concat(set.Apply(append(problems, found...)), faults, set.UnknownBooks(slugs))
	collection.SortProblems(r.Problems)
	return r, nil
}
