package edition

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/fault"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/render"
)

const pageType = "text/html; charset=utf-8"

// addPages builds all pages of the book, or reuses them.
func (b *build) addPages(ctx context.Context, book *render.Book, pages []*render.Page, contents []release.Entry) error {
	where := places(contents)
	return inParallel(ctx, len(pages), func(ctx context.Context, i int) error {
		page := pages[i]
		view := &PageView{Book: b.book, Slug: page.Slug, Number: page.Number, Title: page.Title, PlainTitle: page.PlainTitle,
			Above: where[page.Slug].above, Near: where[page.Slug].near,
			Previous: link(neighbour(pages, i-1)), Next: link(neighbour(pages, i+1))}
		return b.addPage(ctx, book, page, view)
	})
}

// addPage adds a page to the edition: as it was built before, if nothing that it
// depends on has changed, or else built anew.
func (b *build) addPage(ctx context.Context, book *render.Book, page *render.Page, view *PageView) error {
	var source string
	if panicked := fault.Catch("rendering this page", func() { source = b.sourceOf(book, page, view) }); panicked != nil {
		b.fail(ctx, modulePath(page, b.book), panicked)
		return nil
	}
	built, found, err := b.reuse(ctx, page, source)
	if err != nil {
		return fmt.Errorf("look for %s: %w", page.Slug, err)
	}
	if !found {
		if built, err = b.newPage(ctx, book, page, view); built == nil {
			return err
		}
		b.cache(source, built)
	}
	f := built.file
	f.Path, f.Source = page.Slug, ""
	if len(built.problems) == 0 {
		f.Source = source
	}
	b.report(built.problems...)
	b.add(f)
	return nil
}

// newPage renders and stores a page. The result is nil if the page cannot be
// rendered, which is then among the problems. An error is one of storage or of
// the tree.
func (b *build) newPage(ctx context.Context, book *render.Book, page *render.Page, view *PageView) (*builtPage, error) {
	built := &builtPage{file: release.File{Type: pageType}}
	var document bytes.Buffer
	var err, unread error
	panicked := fault.Catch("rendering this page", func() {
		if view.Body, built.problems, unread = book.Render(ctx, page); unread == nil {
			err = b.Theme.Page(&document, view)
		}
	})
	if unread != nil {
		return nil, unread
	}
	if err := errors.Join(panicked, err); err != nil {
		b.report(built.problems...)
		b.fail(ctx, modulePath(page, b.book), err)
		return nil, nil
	}
	if err := b.store(ctx, &built.file, document.Bytes(), pageCodings); err != nil {
		return nil, fmt.Errorf("store %s: %w", page.Slug, err)
	}
	return built, nil
}

func modulePath(page *render.Page, book *collection.Book) string {
	if page.Module != nil && page.Module.Path != "" {
		return page.Module.Path
	}
	return book.Path
}

// neighbour returns the page with the index, nil outside the book.
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
