package pathpolicy

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"
)

// Commit judges the tree of a commit, or of what else a ref names. The error is an
// [*Error] if it is not accepted; a tree that is missing is for others to report.
func (w *Walk) Commit(ctx context.Context, named, tree plumbing.Hash) error {
	problems, err := w.Tree(ctx, tree)
	switch {
	case errors.Is(err, plumbing.ErrObjectNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("tree of %s: %w", named, err)
	case len(problems) > 0:
		return &Error{Commit: named, Problems: problems}
	}
	return nil
}
