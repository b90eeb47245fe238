// Package site builds the books of a folder as they would be published, again
// and again, and writes them to another folder as pages that a browser opens
// without a server.
//
// A build reuses what the one before has made: in memory, or from the folder
// that is written to. The files of the source folder are known by size and time
// of change (stamp.go), so that a build reads only what has changed.
package site

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/edition"
	"github.com/rhaptos/rhaptos/publish/release"
)

// Config is the input of a builder.
type Config struct {
	Dir   string // the folder with the books
	Out   string // the folder to write to; empty: everything is kept in memory
	Theme edition.Theme
	Log   *slog.Logger

	// CheckPaths adds the problems of the paths in a tree to others; nil: none. Hidden
	// is a folder that is none of the books'; empty: there is none.
	CheckPaths func(ctx context.Context, fsys fs.FS, hidden string, problems []collection.Problem) ([]collection.Problem, error)

	// OpenAnalysis opens an analysis cache in a folder below Out.
	OpenAnalysis func(dir string) (*analysis.Dir, error)
}

// Builder builds the books of a folder. It is not safe for concurrent use.
type Builder struct {
	config   Config
	root     *os.Root
	tree     *stampedTree
	blobs    blobstore.Store
	editions *edition.Builder
	analysis *analysis.Dir                // nil without Out
	latest   map[string]*release.Manifest // of the latest build, by slug
	last     map[string]*release.Manifest // of the last build that had pages of the book, by slug
	order    []string                     // slugs of the books
	base     []*release.Manifest          // of the tree to compare with
}

// analysisBytes bounds the analysis cache without Out.
const analysisBytes = 128 << 20

// Open returns a builder. A folder Out that is neither empty nor of an earlier
// build is an error.
func Open(c Config) (_ *Builder, err error) {
	b := &Builder{config: c, latest: map[string]*release.Manifest{}, last: map[string]*release.Manifest{}}
	if b.root, err = os.OpenRoot(c.Dir); err != nil {
		return nil, err
	}
	b.tree = &stampedTree{FS: b.root.FS(), hidden: pathWithin(c.Dir, c.Out)}
	builds := edition.Config{Theme: c.Theme, Log: c.Log}
	if c.Out == "" {
		b.blobs, builds.Analysis = blobstore.NewMemory(), analysis.NewMemory(analysisBytes)
	} else {
		if err := b.openOut(); err != nil {
			return nil, errors.Join(err, b.root.Close())
		}
		builds.Analysis = b.analysis
	}
	builds.Blobs = b.blobs
	b.editions = edition.New(builds)
	return b, nil
}

// openOut opens the folder to write to, and what the last build left in it.
func (b *Builder) openOut() (err error) {
	if err := b.claim(); err != nil {
		return err
	}
	if b.blobs, err = blobstore.OpenDir(b.state("blobs")); err != nil {
		return err
	}
	if b.analysis, err = b.config.OpenAnalysis(b.state("analysis")); err != nil {
		return err
	}
	for _, m := range b.readState().Manifests {
		b.last[m.Book.Slug] = m
	}
	return nil
}

// Close releases the folders.
func (b *Builder) Close() error {
	err := b.root.Close()
	if b.analysis != nil {
		err = errors.Join(err, b.analysis.Close())
	}
	return err
}

// Dir is the folder with the books.
func (b *Builder) Dir() string { return b.config.Dir }

// Hidden is the path below the folder that is not the books'; empty: none.
func (b *Builder) Hidden() string { return b.tree.hidden }

// Blobs holds the files of the builds.
func (b *Builder) Blobs() blobstore.Store { return b.blobs }

// Writes reports whether there is a folder to write to.
func (b *Builder) Writes() bool { return b.config.Out != "" }

// Latest returns the manifests of the latest build, by the slug of the book.
func (b *Builder) Latest() map[string]*release.Manifest { return b.latest }

// Order returns the slugs of the latest build in the order of the books.
func (b *Builder) Order() []string { return b.order }

// pathWithin returns the path of a folder inside another; empty if it is not in it.
func pathWithin(dir, inner string) string {
	if inner == "" {
		return ""
	}
	a, errA := filepath.Abs(dir)
	b, errB := filepath.Abs(inner)
	rel, err := filepath.Rel(a, b)
	if errors.Join(errA, errB, err) != nil || rel == "." || !filepath.IsLocal(rel) {
		return ""
	}
	return filepath.ToSlash(rel)
}
