// Package edition builds the editions of books: it renders every page, stores it
// with the media that it shows, and names all files in a manifest.
//
//   - An edition is a book at one commit in the form in which it is published;
//     it becomes a release or a draft, of which this package knows nothing.
//   - A [Theme] turns the content of a page into an HTML document.
//   - The source of a file names everything that its bytes depend on. A file
//     that the previous manifest, or the cache, has from the same source is
//     reused and not built.
//   - A variant is a file in a content coding, such as zstd.
//   - A program is what an author's HTML document loads when it runs.
//   - A proof is the editions of a tree that nobody publishes.
//
// Bytes are stored before a manifest names them.
package edition

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/check"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/release"
)

// Edition is a book as it would be published at one commit. All files that the
// manifest names are in the blob store.
type Edition struct {
	Book     *collection.Book
	Manifest *release.Manifest    // nil if the book cannot be rendered at all; the problems say why
	Problems []collection.Problem // that only building finds
}

// Config says how a Builder works.
type Config struct {
	Blobs    blobstore.Store
	Theme    Theme
	Analysis analysis.Cache // of analyses and of built pages; nil: none
	Version  string         // of the program and its theme; a page that another version built is built anew
	Log      *slog.Logger
}

// Builder builds the editions of books.
type Builder struct{ config Config }

// New returns a builder.
func New(c Config) *Builder {
	if c.Analysis == nil {
		c.Analysis = analysis.None{}
	}
	return &Builder{c}
}

// Input is a tree whose books are to be built.
type Input struct {
	Tree    fs.FS
	Checked *check.Result // of Tree
	Draft   string        // short name of the branch; empty: the editions are releases

	// Previous returns the manifest of an edition of the book with the slug,
	// whose files are used again where nothing has changed; nil: there is none.
	Previous func(slug string) (*release.Manifest, error)
}

// Each builds an edition of every book that has a slug, whether or not the tree
// has errors, and calls use with it. It stops at the first error, which is one of
// use, of Previous, of the tree or of storage.
func (b *Builder) Each(ctx context.Context, in Input, use func(*Edition) error) error {
	shared := newMedia(in.Tree)
	for _, book := range in.Checked.Library.Books {
		if book.Slug == "" {
			continue
		}
		previous, err := in.Previous(book.Slug)
		if err != nil {
			return err
		}
		if previous == nil {
			previous = &release.Manifest{}
		}
		one := &build{Config: b.config, tree: in.Tree, lib: in.Checked.Library, settings: &in.Checked.Settings, book: book, draft: in.Draft, previous: previous, media: shared}
		manifest, err := one.run(ctx)
		if err != nil {
			return fmt.Errorf("build %s: %w", book.Slug, err)
		}
		if err := use(&Edition{Book: book, Manifest: manifest, Problems: one.problems}); err != nil {
			return err
		}
	}
	return nil
}
