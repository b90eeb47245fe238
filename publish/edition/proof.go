package edition

import (
	"context"
	"errors"
	"io/fs"

	"github.com/rhaptos/rhaptos/publish/check"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/fault"
	"github.com/rhaptos/rhaptos/publish/release"
)

// Proof holds the editions that would be published of a tree.
type Proof struct {
	*check.Result                     // its problems include those that only building finds
	Manifests     []*release.Manifest // of the books that can be rendered
}

// Proof checks a tree and builds its books, whether or not it has errors. The
// files are stored, nothing is published. previous returns the manifest whose
// files may be reused by the slug of the book; nil: none.
func (b *Builder) Proof(ctx context.Context, tree fs.FS, previous func(slug string) *release.Manifest) (*Proof, error) {
	checked, err := check.Tree(ctx, tree, b.config.Analysis)
	if broken := (*fault.Panic)(nil); errors.As(err, &broken) {
		return &Proof{Result: &check.Result{Problems: []collection.Problem{broken.Problem(".")}}}, nil
	}
	if err != nil {
		return nil, err
	}
	proof := &Proof{Result: checked}
	in := Input{Tree: tree, Checked: checked, Previous: func(slug string) (*release.Manifest, error) { return previous(slug), nil }}
	err = b.Each(ctx, in, func(e *Edition) error {
		proof.Problems = append(proof.Problems, e.Problems...)
		if e.Manifest != nil {
			proof.Manifests = append(proof.Manifests, e.Manifest)
		}
		return nil
	})
	collection.SortProblems(proof.Problems)
	return proof, err
}
