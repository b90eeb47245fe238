package site

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/edition"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/report"
)

// Build builds all books as far as anything has changed. The files of a book are
// kept while the book, or its contents, cannot be found: they may be back in a
// moment.
func (b *Builder) Build(ctx context.Context) (*edition.Proof, error) {
	b.tree.now = time.Now()
	proof, err := b.editions.Proof(ctx, b.tree, func(slug string) *release.Manifest { return b.last[slug] })
	if err != nil {
		return nil, err
	}
	if b.config.CheckPaths != nil {
		if proof.Problems, err = b.config.CheckPaths(ctx, b.root.FS(), b.tree.hidden, proof.Problems); err != nil {
			return nil, err
		}
	}
	b.latest, b.order = map[string]*release.Manifest{}, nil
	for _, m := range proof.Manifests {
		b.latest[m.Book.Slug] = m
		if len(m.Contents) > 0 {
			b.last[m.Book.Slug] = m
		}
		b.order = append(b.order, m.Book.Slug)
	}
	return proof, nil
}

// BuildBase builds the books of another tree, to compare with, and keeps them.
func (b *Builder) BuildBase(ctx context.Context, tree fs.FS) (*edition.Proof, error) {
	proof, err := b.editions.Proof(ctx, tree, func(string) *release.Manifest { return nil })
	if err == nil {
		b.base = proof.Manifests
	}
	return proof, err
}

// Sweep removes the blobs of books that are gone. What is a minute old may still
// be read by somebody.
func (b *Builder) Sweep(ctx context.Context) error {
	blobs, ok := b.blobs.(blobstore.Sweepable)
	if !ok {
		return nil
	}
	_, _, err := blobstore.Sweep(ctx, blobs, time.Now().Add(-time.Minute), b.references)
	return err
}

// references calls f for every blob that the next build needs.
func (b *Builder) references(_ context.Context, f func(blobstore.Digest) error) error {
	for _, m := range slices.Concat(slices.Collect(maps.Values(b.last)), slices.Collect(maps.Values(b.latest)), b.base) {
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

// Verdict returns nil if the books can be published, else why not.
func (b *Builder) Verdict(proof *edition.Proof) error {
	switch {
	case len(proof.Formats) == 0 && !collection.HasErrors(proof.Problems):
		return fmt.Errorf("%s: no books found (a book is META-INF/books.xml or book.toml)", b.config.Dir)
	case collection.HasErrors(proof.Problems):
		return errors.New("this cannot be published")
	}
	return nil
}

// WriteProblems writes problems as the check command does.
func WriteProblems(w io.Writer, problems []collection.Problem) error {
	return (&report.Report{Refs: []report.Ref{report.Of(problems, nil, math.MaxInt)}}).WriteText(w)
}
