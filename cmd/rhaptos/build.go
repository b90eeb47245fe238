package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/edition"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/report"
	"github.com/rhaptos/rhaptos/publish/theme"
)

type buildCmd struct {
	Dir   string      `arg:"" optional:"" help:"Folder with the books." default:"." type:"existingdir"`
	Out   string      `help:"Write the pages to this folder. Open its index.html in a browser; no server is needed." placeholder:"DIR" type:"path"`
	Serve addressFlag `help:"Serve a live preview at http://127.0.0.1:4000, or at the given address. Saved changes appear at once." placeholder:"[=ADDR]"`
	Base  string      `help:"With --serve: mark what has changed since this commit." placeholder:"REF"`
}

// Validate is called by kong, which gives an existing folder no default.
func (k *buildCmd) Validate() error {
	if k.Dir == "" {
		k.Dir = "."
	}
	switch {
	case k.Out == "" && k.Serve == "":
		return errors.New("give --out DIR, --serve, or both")
	case k.Base != "" && k.Serve == "":
		return errors.New("--base needs --serve")
	}
	return nil
}

// Run makes the pages of a folder as they would be published, and says what is
// wrong with them as check does.
func (k *buildCmd) Run(ctx context.Context, con console) (err error) {
	b, err := k.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	if k.Serve != "" {
		return preview(ctx, k, b, con)
	}
	proof, err := b.build(ctx)
	if err != nil {
		return err
	}
	written, err := b.write(ctx)
	if err != nil {
		return err
	}
	if err := tell(con.out, proof.Problems); err != nil {
		return err
	}
	con.printf("%s: %d files written, %d unchanged\n", k.Out, written.new, written.old)
	return verdict(k.Dir, proof)
}

// tell writes the problems in the words of check.
func tell(w io.Writer, problems []collection.Problem) error {
	return (&report.Report{Refs: []report.Ref{report.Of(problems, nil, math.MaxInt)}}).WriteText(w)
}

// verdict is nil if the books could be published.
func verdict(dir string, proof *edition.Proof) error {
	switch {
	case len(proof.Formats) == 0 && len(proof.Problems) == 0:
		return fmt.Errorf("%s: no books found (a book is META-INF/books.xml or book.toml)", dir)
	case collection.HasErrors(proof.Problems):
		return errors.New("this cannot be published")
	}
	return nil
}

// builder makes the books of a folder again and again.
type builder struct {
	*buildCmd
	root     *os.Root
	tree     *stampedTree
	blobs    blobstore.Store
	theme    *theme.Theme
	editions *edition.Builder
	kept     map[string]*release.Manifest // of the build before, by slug
	last     map[string]*release.Manifest // of the last build that had pages of the book, by slug
	order    []string                     // slugs of the books
	base     []*release.Manifest          // of the commit to compare with
	analysis *analysis.Dir                // nil when nothing is written
	log      *slog.Logger
}

// open makes a builder. What it has to know for the next time is in the folder
// that it writes to; without one it is in memory.
func (k *buildCmd) open() (_ *builder, err error) {
	b := &builder{buildCmd: k, kept: map[string]*release.Manifest{}, last: map[string]*release.Manifest{}, log: slog.New(slog.DiscardHandler)}
	if b.theme, err = theme.New(); err != nil {
		return nil, err
	}
	if b.root, err = os.OpenRoot(k.Dir); err != nil {
		return nil, err
	}
	b.tree = &stampedTree{FS: b.root.FS(), hidden: pathWithin(k.Dir, k.Out)}
	config := edition.Config{Theme: b.theme, Log: b.log}
	if k.Out == "" {
		b.blobs, config.Analysis = blobstore.NewMemory(), analysis.NewMemory(analysisBytes)
	} else {
		if err := b.claim(); err != nil {
			return nil, errors.Join(err, b.root.Close())
		}
		if b.blobs, err = blobstore.OpenDir(b.state("blobs")); err == nil {
			b.analysis, err = openAnalysis(b.state("analysis"), b.log)
		}
		if err != nil {
			return nil, errors.Join(err, b.root.Close())
		}
		config.Analysis = b.analysis
		b.load()
	}
	config.Blobs = b.blobs
	b.editions = edition.New(config)
	return b, nil
}

func (b *builder) close() error {
	err := b.root.Close()
	if b.analysis != nil {
		err = errors.Join(err, b.analysis.Close())
	}
	return err
}

// pathWithin is the path of a folder inside of another; empty if it is not in it.
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

// build makes all books anew, as far as anything has changed. What a book was
// made of is kept while it, or its contents, cannot be found: the file may be back
// in a moment.
func (b *builder) build(ctx context.Context) (*edition.Proof, error) {
	b.tree.now = time.Now()
	proof, err := b.editions.Proof(ctx, b.tree, func(slug string) *release.Manifest { return b.last[slug] })
	if err != nil {
		return nil, err
	}
	b.kept, b.order = map[string]*release.Manifest{}, nil
	for _, m := range proof.Manifests {
		b.kept[m.Book.Slug] = m
		if len(m.Contents) > 0 {
			b.last[m.Book.Slug] = m
		}
		b.order = append(b.order, m.Book.Slug)
	}
	return proof, nil
}

// sweep removes what no longer belongs to the books. What is a minute old may
// be read by somebody.
func (b *builder) sweep(ctx context.Context) error {
	blobs, ok := b.blobs.(blobstore.Sweepable)
	if !ok {
		return nil
	}
	_, _, err := blobstore.Sweep(ctx, blobs, time.Now().Add(-time.Minute), b.references)
	return err
}

// references are the digests that the next build needs.
func (b *builder) references(_ context.Context, f func(blobstore.Digest) error) error {
	for _, m := range slices.Concat(slices.Collect(maps.Values(b.last)), slices.Collect(maps.Values(b.kept)), b.base) {
		for _, file := range m.Files {
			if err := f(file.Digest); err != nil {
				return err
			}
			for _, v := range file.Variants {
				if err := f(v.Digest); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// addressFlag is a flag that may be given without a value.
type addressFlag string

// defaultPreview is where books are shown, on this machine alone.
const defaultPreview = "127.0.0.1:4000"

// IsBool implements kong.BoolMapperValue: a value must be joined by "=".
func (a *addressFlag) IsBool() bool { return true }

// Decode implements kong.MapperValue.
func (a *addressFlag) Decode(ctx *kong.DecodeContext) error {
	text := ""
	if ctx.Scan.Peek().Type == kong.FlagValueToken {
		text = fmt.Sprint(ctx.Scan.Pop().Value)
	}
	switch {
	case text == "" || text == "true":
		*a = defaultPreview
	case strings.HasPrefix(text, ":"):
		*a = addressFlag("127.0.0.1" + text)
	default:
		*a = addressFlag(text)
	}
	return nil
}
