package publish

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/release"
)

// Proof is what would be published of a tree.
type Proof struct {
	Judgement                     // its problems include those that only rendering finds
	Manifests []*release.Manifest // of the books that could be made
}

// Proof makes the books of a tree in the form in which they would be published,
// errors in them or not, and stores their files; of p it needs Blobs, Theme and
// Log, and uses Facts. No release comes of it. previous gives the manifest
// whose files may be used again by the slug of the book; nil: none.
func (p *Publisher) Proof(ctx context.Context, tree fs.FS, previous func(slug string) *release.Manifest) (*Proof, error) {
	lib, problems, err := readGuarded(ctx, tree, p.Analysis)
	if broken := (*panicError)(nil); errors.As(err, &broken) {
		return &Proof{Judgement: Judgement{Problems: []collection.Problem{broken.problem(".")}}}, nil
	}
	if err != nil {
		return nil, err
	}
	settings, _ := ReadSettings(tree, "") // what is wrong with them is among the problems
	proof, shared := &Proof{}, newMade(tree)
	for _, book := range lib.Books {
		if book.Slug == "" {
			continue
		}
		before := previous(book.Slug)
		if before == nil {
			before = &release.Manifest{}
		}
		m := &maker{Publisher: p, log: p.Log, tree: tree, lib: lib, book: book, previous: before, shared: shared, options: settings.Matter, moved: settings.Redirects}
		e, err := m.make(ctx)
		if err != nil {
			return nil, fmt.Errorf("make %s: %w", book.Slug, err)
		}
		problems = append(problems, m.problems...)
		if e != nil {
			slices.SortFunc(e.manifest.Files, func(a, b release.File) int { return strings.Compare(a.Path, b.Path) })
			proof.Manifests = append(proof.Manifests, &e.manifest)
		}
	}
	collection.SortProblems(problems)
	proof.Judgement = *judgementOf(lib, problems)
	return proof, nil
}
