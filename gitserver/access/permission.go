package access

import (
	"context"
	"fmt"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver"
)

// Permission decides whether a principal may use an administration command. Its
// error wraps one of [Access.Authorize], or is that of a lookup.
type Permission func(ctx context.Context, a *Access, p Principal) error

// AnyAccount permits everybody with an account. What such a command shows or does
// depends on the account.
func AnyAccount() Permission {
	return func(_ context.Context, _ *Access, p Principal) error {
		if p.Account == nil {
			return fmt.Errorf("%w: a deploy key can only fetch and push", ErrForbidden)
		}
		return nil
	}
}

// ServerAdmins permits the admins of the server. A role on a repository is not
// enough.
func ServerAdmins() Permission {
	return func(_ context.Context, _ *Access, p Principal) error {
		if !p.ServerAdmin() {
			return fmt.Errorf("%w: this requires an admin of the server", ErrForbidden)
		}
		return nil
	}
}

// OwnAccount permits the account called name and the admins of the server.
func OwnAccount(name string) Permission {
	return func(_ context.Context, _ *Access, p Principal) error {
		if !p.ServerAdmin() && (p.Account == nil || p.Account.Name != name) {
			return fmt.Errorf("%w: this requires %s, or an admin of the server", ErrForbidden, name)
		}
		return nil
	}
}

// OnRepository permits the accounts that may do action on the repository at the path
// OWNER/NAME. A missing repository is treated as a hidden one.
func OnRepository(path string, action Action) Permission {
	return func(ctx context.Context, a *Access, p Principal) error {
		if err := AnyAccount()(ctx, a, p); err != nil {
			return err
		}
		owner, name, ok := strings.Cut(path, "/")
		if !ok {
			return fmt.Errorf("%q is not OWNER/NAME", path)
		}
		if _, err := a.Find(ctx, p, owner, name, action); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	}
}

// OnOwner permits the accounts that may do action on the repository that find
// returns; if that is nil, the admins of the server. It is for what belongs to a
// repository, or to the server, and is named by an id of its own.
func OnOwner(find func(ctx context.Context) (*gitserver.Repository, error), action Action) Permission {
	return func(ctx context.Context, a *Access, p Principal) error {
		if err := AnyAccount()(ctx, a, p); err != nil {
			return err
		}
		repo, err := find(ctx)
		if err != nil {
			return err
		}
		if repo == nil {
			return ServerAdmins()(ctx, a, p)
		}
		return a.Authorize(ctx, p, repo, action)
	}
}
