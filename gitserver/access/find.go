package access

import (
	"context"
	"errors"

	"github.com/rhaptos/rhaptos/gitserver"
)

// Find returns the repository OWNER/NAME if p may do action on it. Its errors are
// those of [Access.Authorize]; a missing repository is treated as a hidden one. With
// an error that matches [ErrForbidden] it returns the repository too.
func (a *Access) Find(ctx context.Context, p Principal, owner, name string, action Action) (*gitserver.Repository, error) {
	repo, err := a.repositories.Lookup(ctx, owner, name)
	if err != nil && !errors.Is(err, gitserver.ErrNoRepository) {
		return nil, err
	}
	if err != nil {
		repo = nil
	}
	if err := a.Authorize(ctx, p, repo, action); err != nil {
		if !errors.Is(err, ErrForbidden) {
			repo = nil
		}
		return repo, err
	}
	return repo, nil
}
