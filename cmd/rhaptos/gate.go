package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
)

// gate says whether somebody may use a verb over SSH. The command line of the
// machine itself has no gate: whoever can read the data folder has everything.
type gate func(ctx context.Context, rec *records, p access.Principal) error

// gated is a verb that says who may use it. A verb without a gate cannot be
// used over SSH by anybody.
type gated interface{ gate() gate }

// forAccounts lets in everybody with an account. What such a verb shows or does
// depends on who asks.
func forAccounts() gate {
	return func(_ context.Context, _ *records, p access.Principal) error {
		if p.Account == nil {
			return fmt.Errorf("%w: a deploy key fetches and pushes, and does nothing else", access.ErrForbidden)
		}
		return nil
	}
}

// forServerAdmins lets in the admins of the server. A role on a repository,
// whichever, is not enough.
func forServerAdmins() gate {
	return func(_ context.Context, _ *records, p access.Principal) error {
		if !p.ServerAdmin() {
			return fmt.Errorf("%w: that takes an admin of the server", access.ErrForbidden)
		}
		return nil
	}
}

// forAccount lets in an account, for what is its own, and the admins of the
// server.
func forAccount(name string) gate {
	return func(_ context.Context, _ *records, p access.Principal) error {
		if !p.ServerAdmin() && (p.Account == nil || p.Account.Name != name) {
			return fmt.Errorf("%w: that takes %s, or an admin of the server", access.ErrForbidden, name)
		}
		return nil
	}
}

// forRepository lets in those who may do the action on the repository at
// OWNER/NAME. One that is not there is answered like one that is hidden.
func forRepository(path string, action access.Action) gate {
	return func(ctx context.Context, rec *records, p access.Principal) error {
		if err := forAccounts()(ctx, rec, p); err != nil {
			return err
		}
		repo, err := rec.repositories.LookupPath(ctx, path)
		if err != nil && !errors.Is(err, gitserver.ErrNoRepository) {
			return err
		}
		if err != nil {
			repo = nil
		}
		if err := rec.access.Authorize(ctx, p, repo, action); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	}
}

// forRepositoryID is forRepository for what belongs to a repository and is
// named by an id of its own; empty is what belongs to the server.
func forRepositoryID(of func(context.Context, *records) (repositoryID string, err error), action access.Action) gate {
	return func(ctx context.Context, rec *records, p access.Principal) error {
		if err := forAccounts()(ctx, rec, p); err != nil {
			return err
		}
		id, err := of(ctx, rec)
		if err != nil {
			return err
		}
		if id == "" {
			return forServerAdmins()(ctx, rec, p)
		}
		repo, err := rec.repositories.ByID(ctx, rec.db, id)
		if err != nil {
			return err
		}
		return rec.access.Authorize(ctx, p, repo, action)
	}
}
