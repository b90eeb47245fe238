// Package openstax reads books in the layout that OpenStax keeps them in:
//
//	META-INF/books.xml                  the list of books
//	collections/SLUG.collection.xml     a book: metadata and table of contents (collxml)
//	modules/ID/index.cnxml              a page's source (CNXML)
//	media/...                           images and other files
//
// The folders are a convention: books.xml names each collection by its path,
// and may move the modules with <var name="PAGES_ROOT" value="/elsewhere"/>.
package openstax

import (
	"context"
	"io/fs"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/rhaptos/rhaptos/publish/collection"
)

const containerPath = "META-INF/books.xml"

// Format is the layout of OpenStax. The zero value is ready for use.
type Format struct{}

var _ collection.Format = Format{}

// Detect reports whether there is a list of books. A tree whose storage fails
// is detected too, so that Read tells the fault.
func (Format) Detect(fsys fs.FS) bool {
	ok, err := collection.NewFiles(fsys).Exists(containerPath)
	return ok || err != nil
}

// Read reads all books and the modules that they use. Modules are parsed on
// all cores, each once.
func (Format) Read(ctx context.Context, fsys fs.FS) (*collection.Library, []collection.Problem, error) {
	r := &reader{
		files: collection.NewFiles(fsys),
		lib:   &collection.Library{Format: "openstax", Modules: map[string]*collection.Module{}},
		pages: map[string]*page{},
	}
	steps := []func(context.Context) error{r.readBooks, r.readPages, r.readOutside, r.checkLinks, r.checkUUIDs}
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
	lib     *collection.Library
	root    string           // the folder of the modules
	pages   map[string]*page // by module id; also those that only links lead to
	order   []string         // ids of the library's modules, as the books come to them
	reports []*collection.Report
}

func (r *reader) report(path string) *collection.Report {
	report := collection.NewReport(path)
	r.reports = append(r.reports, report)
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

// readPages parses the library's modules.
func (r *reader) readPages(ctx context.Context) error {
	pages := make([]*page, 0, len(r.order))
	for _, id := range r.order {
		p := &page{Module: r.lib.Modules[id], report: r.report(r.lib.Modules[id].Path)}
		pages, r.pages[id] = append(pages, p), p
	}
	return r.each(ctx, pages, func(p *page) error {
		if err := p.read(r.files); err != nil {
			return err
		}
		return p.findMedia(r.files)
	})
}

// each calls f for the pages, on all cores.
func (r *reader) each(ctx context.Context, pages []*page, f func(*page) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, p := range pages {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return f(p)
		})
	}
	return group.Wait()
}
