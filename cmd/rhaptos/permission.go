package main

import (
	"context"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
)

// restricted is an administration command that says who may use it over SSH. One
// without a permission cannot be used over SSH. At the command line of the machine
// no permission is asked for: whoever can read the data folder has everything.
type restricted interface {
	permission(*env) access.Permission
}

// owner returns a function that finds the repository whose id repositoryID returns;
// nil if that is empty, so that the server is the owner.
func (r *env) owner(repositoryID func(context.Context) (string, error)) func(context.Context) (*gitserver.Repository, error) {
	return func(ctx context.Context) (*gitserver.Repository, error) {
		id, err := repositoryID(ctx)
		if err != nil || id == "" {
			return nil, err
		}
		return r.repositories.ByID(ctx, r.db, id)
	}
}
