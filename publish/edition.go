package publish

import (
	"bytes"
	"context"
	"errors"
	"html/template"
	"io/fs"
	"log/slog"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/failpoint"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/render"
)

// parallel is how many files are made and stored at a time: storing mostly
// waits for the disk.
const parallel = 4

const pageType = "text/html; charset=utf-8"

// edition is a book in the form in which it is published.
type edition struct {
	book     *collection.Book
	manifest release.Manifest
	digest   blobstore.Digest // of the manifest
	count    int              // of problems that an author should look at
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

	known map[blobstore.Digest]bool // files of previous

	mu       sync.Mutex
	files    map[string]release.File
	problems []collection.Problem
}

// make renders the book and stores all of its files. It returns nil if the
// book cannot be rendered at all; m.problems then says why.
func (m *maker) make(ctx context.Context) (*edition, error) {
	m.files = map[string]release.File{}
	m.known = map[blobstore.Digest]bool{}
	for i := range m.previous.Files {
		m.known[m.previous.Files[i].Digest] = true
	}
	var rendered *render.Book
	var contents []release.Entry
	var err error
	if panicked := guard("numbering the book", func() {
		if rendered, err = render.NewBook(ctx, m.lib, m.book, m.facts(), m.options); err == nil {
			contents = entries(rendered.Contents())
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
	failpoint.Hit("publish-blobs-stored")
	e := &edition{book: m.book, manifest: release.Manifest{Format: release.Format, Book: describe(m.book), Contents: contents}}
	for _, f := range m.files {
		e.manifest.Files = append(e.manifest.Files, f)
	}
	return e, nil
}

func describe(b *collection.Book) release.Book {
	return release.Book{Slug: b.Slug, Title: b.Title, Language: b.Language, UUID: b.UUID,
		Authors: b.Authors, License: b.License.Name, LicenseURL: b.License.URL,
		Publisher: b.Publisher, Edition: b.Edition}
}

func entries(in []render.Entry) []release.Entry {
	var out []release.Entry
	for _, e := range in {
		out = append(out, release.Entry{Kind: e.Kind, Number: e.Number, Title: string(e.Title), Plain: e.Plain, Slug: e.Slug,
			Module: e.Module, UUID: e.UUID, Children: entries(e.Children)})
	}
	return out
}

func (m *maker) pages(ctx context.Context, book *render.Book, pages []*render.Page) error {
	return inParallel(ctx, len(pages), func(ctx context.Context, i int) error {
		document, err := m.page(ctx, book, pages[i], neighbour(pages, i-1), neighbour(pages, i+1))
		if document == nil {
			return err
		}
		return m.keep(ctx, pages[i].Slug, pageType, document)
	})
}

// page is the whole document of a page; nil if it cannot be made, which is then
// among the problems, or if its text cannot be read, a fault of the storage.
func (m *maker) page(ctx context.Context, book *render.Book, page, previous, next *render.Page) ([]byte, error) {
	var document bytes.Buffer
	var err, unread error
	panicked := guard("rendering this page", func() {
		var body template.HTML
		var problems []collection.Problem
		if body, problems, unread = book.Render(ctx, page); unread != nil {
			return
		}
		m.report(problems...)
		err = m.Theme.Page(&document, &PageView{
			Book: m.book, Number: page.Number, Title: page.Title, PlainTitle: page.PlainTitle, Parents: page.Parents,
			Body: body, Previous: link(previous), Next: link(next), Draft: m.draft,
		})
	})
	if unread != nil {
		return nil, unread
	}
	if err := errors.Join(panicked, err); err != nil {
		m.fault(ctx, modulePath(page, m.book), err)
		return nil, nil
	}
	return document.Bytes(), nil
}

// facts are those that the publisher keeps.
func (m *maker) facts() collection.Facts {
	if m.Facts == nil {
		return collection.NoFacts{}
	}
	return m.Facts
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
