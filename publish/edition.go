package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/failpoint"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cite"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/render"
)

// parallel is how many files are made and stored at a time, and so what bounds
// the memory that a book takes.
var parallel = max(4, runtime.GOMAXPROCS(0))

const pageType = "text/html; charset=utf-8"

// edition is a book in the form in which it is published.
type edition struct {
	book     *collection.Book
	manifest release.Manifest
	digest   blobstore.Digest // of the manifest
	count    int              // of problems that an author should look at
	moves    release.Moves    // of pages since the release before; of releases only
}

// maker makes the edition of one book.
type maker struct {
	*Publisher
	log      *slog.Logger
	tree     fs.FS
	lib      *collection.Library
	book     *collection.Book
	draft    string            // the branch, empty in a release
	previous *release.Manifest // whose files may be used again
	shared   *made
	options  render.Options
	moved    []RedirectSetting

	known map[blobstore.Digest]*release.File // of previous
	named map[blobstore.Digest]bool          // that previous names
	batch blobstore.Batch

	mu       sync.Mutex
	files    map[string]release.File
	problems []collection.Problem
}

// make renders the book and stores all of its files. It returns nil if the
// book cannot be rendered at all; m.problems then says why.
func (m *maker) make(ctx context.Context) (_ *edition, err error) {
	m.files = map[string]release.File{}
	m.known, m.named = map[blobstore.Digest]*release.File{}, map[blobstore.Digest]bool{}
	for i := range m.previous.Files {
		f := &m.previous.Files[i]
		m.known[f.Digest], m.named[f.Digest] = f, true
		for _, v := range f.Variants {
			m.named[v.Digest] = true
		}
	}
	m.batch = blobstore.NewBatch(m.Blobs)
	defer func() { err = errors.Join(err, m.batch.Close()) }()
	var rendered *render.Book
	var contents []release.Entry
	if panicked := guard("numbering the book", func() {
		if rendered, err = render.NewBook(ctx, m.lib, m.book, m.cache(), m.options); err == nil {
			contents = m.entries(rendered.Contents())
		}
	}); panicked != nil {
		m.fault(ctx, m.book.Path, panicked)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	pages := rendered.Pages()
	if err := m.pages(ctx, rendered, pages); err != nil {
		return nil, err
	}
	failpoint.Hit("publish-rendered")
	if err := m.media(ctx, pages); err != nil {
		return nil, err
	}
	if err := m.assets(ctx); err != nil {
		return nil, err
	}
	if err := m.style(ctx); err != nil {
		return nil, err
	}
	failpoint.Hit("publish-blobs-written")
	if err := m.batch.Commit(ctx); err != nil {
		return nil, fmt.Errorf("store the files of %s: %w", m.book.Slug, err)
	}
	failpoint.Hit("publish-blobs-stored")
	e := &edition{book: m.book, manifest: release.Manifest{Format: release.Format, Book: describe(m.book), Contents: contents}}
	e.manifest.Redirects = m.redirects(m.moved, &e.manifest)
	for _, f := range m.files {
		e.manifest.Files = append(e.manifest.Files, f)
	}
	return e, nil
}

func describe(b *collection.Book) release.Book {
	book := release.Book{Slug: b.Slug, Title: b.Title, Language: b.Language, UUID: b.UUID,
		Authors: cite.Plain(b.Authors), License: b.License.Name, LicenseURL: b.License.URL,
		Publisher: b.Publisher, Edition: b.Edition}
	if !slices.Equal(book.Authors, b.Authors) {
		book.Cited = b.Authors
	}
	return book
}

func (m *maker) entries(in []render.Entry) []release.Entry {
	var out []release.Entry
	for _, e := range in {
		path := ""
		if module := m.lib.Modules[e.Module]; module != nil && module.ID == e.Module {
			path = module.Path
		}
		out = append(out, release.Entry{Path: path, Kind: e.Kind, Number: e.Number, Title: string(e.Title), Plain: e.Plain, Slug: e.Slug,
			Module: e.Module, UUID: e.UUID, Children: m.entries(e.Children)})
	}
	return out
}

func (m *maker) pages(ctx context.Context, book *render.Book, pages []*render.Page) error {
	return inParallel(ctx, len(pages), func(ctx context.Context, i int) error {
		return m.page(ctx, book, pages[i], neighbour(pages, i-1), neighbour(pages, i+1))
	})
}

// page takes a page into the edition: as it was made before, if nothing that it
// depends on has changed, or else made anew.
func (m *maker) page(ctx context.Context, book *render.Book, page, previous, next *render.Page) error {
	view := &PageView{Book: m.book, Number: page.Number, Title: page.Title, PlainTitle: page.PlainTitle,
		Parents: page.Parents, Previous: link(previous), Next: link(next)}
	var source string
	if panicked := guard("rendering this page", func() { source = m.source(book, page, view) }); panicked != nil {
		m.fault(ctx, modulePath(page, m.book), panicked)
		return nil
	}
	made, found, err := m.again(ctx, page, source)
	if err != nil {
		return fmt.Errorf("look for %s: %w", page.Slug, err)
	}
	if !found {
		if made, err = m.newPage(ctx, book, page, view); made == nil {
			return err
		}
		m.remember(source, made)
	}
	f := made.file
	f.Path, f.Source = page.Slug, ""
	if len(made.problems) == 0 {
		f.Source = source
	}
	m.report(made.problems...)
	m.add(f)
	return nil
}

// newPage renders and stores a page. It is nil if that cannot be done, which is
// then among the problems, or an error if storage or source are in the way.
func (m *maker) newPage(ctx context.Context, book *render.Book, page *render.Page, view *PageView) (*madePage, error) {
	made := &madePage{file: release.File{Type: pageType}}
	var document bytes.Buffer
	var err, unread error
	panicked := guard("rendering this page", func() {
		if view.Body, made.problems, unread = book.Render(ctx, page); unread == nil {
			err = m.Theme.Page(&document, view)
		}
	})
	if unread != nil {
		return nil, unread
	}
	if err := errors.Join(panicked, err); err != nil {
		m.report(made.problems...)
		m.fault(ctx, modulePath(page, m.book), err)
		return nil, nil
	}
	if err := m.store(ctx, &made.file, document.Bytes(), pageCodings); err != nil {
		return nil, fmt.Errorf("store %s: %w", page.Slug, err)
	}
	return made, nil
}

// cache returns the analysis cache; one that keeps nothing if none is given.
func (m *maker) cache() analysis.Cache {
	if m.Analysis == nil {
		return analysis.None{}
	}
	return m.Analysis
}

func modulePath(page *render.Page, book *collection.Book) string {
	if page.Module != nil && page.Module.Path != "" {
		return page.Module.Path
	}
	return book.Path
}

func neighbour(pages []*render.Page, i int) *render.Page {
	if i < 0 || i >= len(pages) {
		return nil
	}
	return pages[i]
}

func link(p *render.Page) *PageLink {
	if p == nil {
		return nil
	}
	return &PageLink{Slug: p.Slug, Number: p.Number, Title: p.Title}
}

func (m *maker) report(problems ...collection.Problem) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.problems = append(m.problems, problems...)
}

// fault reports what is no fault of the book's author.
func (m *maker) fault(ctx context.Context, path string, err error) {
	var broken *panicError
	if !errors.As(err, &broken) {
		broken = &panicError{what: "rendering this page", value: err}
	}
	m.log.ErrorContext(ctx, "page cannot be rendered", "book", m.book.Slug, "path", path, "err", err, "stack", broken.stack)
	m.report(broken.problem(path))
}

// inParallel calls f for 0 to n-1, a few at a time, until one of them fails or
// ctx ends.
func inParallel(ctx context.Context, n int, f func(ctx context.Context, i int) error) error {
	g, each := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for i := 0; i < n && each.Err() == nil; i++ {
		g.Go(func() error { return f(each, i) })
	}
	return errors.Join(g.Wait(), ctx.Err())
}
