package edition

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/failpoint"
	"github.com/rhaptos/rhaptos/publish/cite"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/fault"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/render"
	"github.com/rhaptos/rhaptos/publish/settings"
)

// build builds the edition of one book.
type build struct {
	Config
	tree     fs.FS
	lib      *collection.Library
	settings *settings.Settings
	book     *collection.Book
	draft    string            // the branch, empty in a release
	previous *release.Manifest // whose files may be reused
	media    *media

	known map[blobstore.Digest]*release.File // of previous
	named map[blobstore.Digest]bool          // that previous names
	batch blobstore.Batch

	mu       sync.Mutex
	files    map[string]release.File
	problems []collection.Problem
}

// run renders the book, stores all of its files and returns the manifest. It is
// nil if the book cannot be rendered at all; b.problems then says why.
func (b *build) run(ctx context.Context) (_ *release.Manifest, err error) {
	b.index()
	b.batch = blobstore.NewBatch(b.Blobs)
	defer func() {
		if err != nil { // what is stored is what the next attempt need not build
			err = errors.Join(err, b.batch.Commit(context.WithoutCancel(ctx)))
		}
		err = errors.Join(err, b.batch.Close())
	}()
	var rendered *render.Book
	var contents []release.Entry
	if panicked := fault.Catch("numbering the book", func() {
		if rendered, err = render.NewBook(ctx, b.lib, b.book, b.Analysis, b.settings.Generated); err == nil {
			contents = b.entries(rendered.Contents())
		}
	}); panicked != nil {
		b.fail(ctx, b.book.Path, panicked)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := b.addFiles(ctx, rendered, contents); err != nil {
		return nil, err
	}
	failpoint.Hit("publish-blobs-written")
	if err := b.batch.Commit(ctx); err != nil {
		return nil, fmt.Errorf("store the files: %w", err)
	}
	failpoint.Hit("publish-blobs-stored")
	m := &release.Manifest{Format: release.Format, Book: describe(b.book), Contents: contents}
	m.Redirects = b.redirects(m)
	m.Files = slices.SortedFunc(maps.Values(b.files), func(a, b release.File) int { return strings.Compare(a.Path, b.Path) })
	return m, nil
}

// index prepares for looking up what the previous manifest names.
func (b *build) index() {
	b.files = map[string]release.File{}
	b.known, b.named = map[blobstore.Digest]*release.File{}, map[blobstore.Digest]bool{}
	for i := range b.previous.Files {
		f := &b.previous.Files[i]
		b.known[f.Digest], b.named[f.Digest] = f, true
		for _, v := range f.Variants {
			b.named[v.Digest] = true
		}
	}
}

// addFiles builds the pages, and then what they show and refer to.
func (b *build) addFiles(ctx context.Context, rendered *render.Book, contents []release.Entry) error {
	pages := rendered.Pages()
	if err := b.addPages(ctx, rendered, pages, contents); err != nil {
		return err
	}
	failpoint.Hit("publish-rendered")
	if err := b.addMedia(ctx, pages); err != nil {
		return err
	}
	if err := b.addAssets(ctx); err != nil {
		return err
	}
	return b.addData(ctx, editionStyle, assetType(editionStyle), b.Theme.EditionStyle(b.book, b.draft))
}

// Limits of what the manifest says of a book, in characters.
const (
	maxDescription = 1000
	maxSubject     = 100
)

// clip returns a text on one line, with an ellipsis in the place of what is beyond the
// limit.
func clip(s string, limit int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > limit {
		return string(r[:limit-1]) + "…"
	}
	return s
}

// describe returns what the manifest says of a book.
func describe(b *collection.Book) release.Book {
	book := release.Book{Slug: b.Slug, Title: b.Title, Language: b.Language, UUID: b.UUID,
		Authors: cite.Plain(b.Authors), License: b.License.Name, LicenseURL: b.License.URL,
		Publisher: b.Publisher, Edition: b.Edition,
		Description: clip(b.Description, maxDescription), Subject: clip(b.Subject, maxSubject)}
	if !slices.Equal(book.Authors, b.Authors) {
		book.Cited = b.Authors
	}
	return book
}

// entries returns the table of contents for the manifest.
func (b *build) entries(in []render.Entry) []release.Entry {
	var out []release.Entry
	for _, e := range in {
		path := ""
		if module := b.lib.Modules[e.Module]; module != nil && module.ID == e.Module {
			path = module.Path
		}
		out = append(out, release.Entry{Path: path, Kind: e.Kind, Number: e.Number, Title: string(e.Title), Plain: e.Plain, Slug: e.Slug,
			Module: e.Module, UUID: e.UUID, Children: b.entries(e.Children)})
	}
	return out
}

// add adds a file to the edition. Two different files with one path are a problem
// of the book: the names of its media and pages cannot be told apart.
func (b *build) add(f release.File) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if other, ok := b.files[f.Path]; ok && !other.Same(&f) {
		b.problems = append(b.problems, collection.Problem{Path: b.book.Path, Rule: "path-doubled", Severity: collection.Error,
			Message: fmt.Sprintf("two files of the book would be published as %q; rename one of them", f.Path)})
		return
	}
	b.files[f.Path] = f
}

func (b *build) report(problems ...collection.Problem) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problems = append(b.problems, problems...)
}

// fail reports a fault of the program: to the author as a problem, to the
// operator in the log.
func (b *build) fail(ctx context.Context, path string, err error) {
	var broken *fault.Panic
	if !errors.As(err, &broken) {
		broken = &fault.Panic{What: "rendering this page", Value: err}
	}
	b.Log.ErrorContext(ctx, "page cannot be rendered", "book", b.book.Slug, "path", path, "err", err, "stack", broken.Stack)
	b.report(broken.Problem(path))
}

// parallel bounds the files that are built and stored at a time, and so the
// memory that a book takes.
var parallel = max(4, runtime.GOMAXPROCS(0))

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
