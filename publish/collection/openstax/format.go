// Package openstax reads books in the layout that OpenStax keeps them in:
//
//	META-INF/books.xml                  the list of books
//	collections/SLUG.collection.xml     a book: metadata and table of contents (collxml)
//	modules/ID/index.cnxml              a page's source (CNXML)
//	media/...                           images and other files
//	interactives/NAME/h5p.json          interactive exercises
//
// The folders are a convention: books.xml names each collection by its path,
// and may move the others with <var name="PAGES_ROOT" value="/elsewhere"/>.
//
// A library is checked in two steps. What can be said about a file without any
// other is its analysis: the ids in a module, the links, the files that it shows,
// and what is wrong inside. It is a function of the file's bytes and cached under
// its blob's id. What the files say about each other is then looked up in the
// analyses of all of them. The modules' texts are read again when they are needed.
package openstax

import (
	"context"
	"io/fs"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
)

const containerPath = "META-INF/books.xml"

// Format is the layout of OpenStax. The zero value is ready for use.
type Format struct {
	OnParse collection.OnParse // given the text of each module that is parsed to be checked; may be nil
}

var _ collection.Format = Format{}

// Detect reports whether there is a list of books. A tree whose storage fails
// is detected too, so that Read reports the fault.
func (Format) Detect(fsys fs.FS) bool {
	ok, err := collection.NewFiles(fsys).Exists(containerPath)
	return ok || err != nil
}

// Read reads all books and checks the modules that they use. Modules without
// a cached analysis are parsed, on all cores.
func (f Format) Read(ctx context.Context, fsys fs.FS, cache analysis.Cache) (*collection.Library, []collection.Problem, error) {
	r := &reader{
		files:   collection.NewFiles(fsys),
		kept:    cache,
		onParse: f.OnParse,
		lib:     &collection.Library{Formats: []string{"openstax"}, Modules: map[string]*collection.Module{}},
		pages:   map[string]*page{},
		reports: map[string]*collection.Report{},
		linked:  map[string]bool{},
		shown:   map[string]bool{},
		roots:   defaultRoots(),
	}
	steps := []func(context.Context) error{
		r.readBooks, r.readPages, r.checkLinks, r.checkSources, r.checkMedia, r.checkInteractives,
		r.checkIdentity, r.checkShared, r.checkUnused, r.checkCase,
	}
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if err := step(ctx); err != nil {
			return nil, nil, err
		}
	}
	return r.lib, r.problems(), nil
}

// reader is the state of one reading.
type reader struct {
	files   *collection.Files
	kept    analysis.Cache
	onParse collection.OnParse
	lib     *collection.Library

	roots       roots
	unreadBooks bool             // a collection cannot be read or names no module, so which are in books is not known
	unreadPages bool             // a module cannot be read, so which files are shown is not known
	collections []*listed        // of the books, as they are listed
	pages       map[string]*page // by module id, all that the folder of modules holds
	order       []string         // ids of the library's modules, as the books come to them
	outside     []string         // ids of the modules that are in no book, sorted
	linked      map[string]bool  // ids of modules in no book that links lead to
	shown       map[string]bool  // files that pages show
	suggested   int
	reports     map[string]*collection.Report
}

func (r *reader) report(path string) *collection.Report {
	report := r.reports[path]
	if report == nil {
		report = collection.NewReport(path)
		r.reports[path] = report
	}
	return report
}

func (r *reader) problems() []collection.Problem {
	var all []collection.Problem
	for _, report := range r.reports {
		all = append(all, report.Problems()...)
	}
	collection.SortProblems(all)
	return all
}

// each calls f for the items, on all cores.
func each[T any](ctx context.Context, items []T, f func(T) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, item := range items {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return f(item)
		})
	}
	return group.Wait()
}
