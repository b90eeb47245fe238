package access

import (
	"context"
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver"
)

// Principal is who is asking. The zero value is anonymous.
type Principal struct {
	Account *Account // nil: nobody signed in
	Scope   Scope    // of the token; ScopeAdmin without one
}

// Name is the account's name, empty for an anonymous principal.
func (p Principal) Name() string {
	if p.Account == nil {
		return ""
	}
	return p.Account.Name
}

// Action is what is asked of a repository.
type Action int

// The actions, and the role that each needs.
const (
	Read          Action = iota // fetch and view: reader
	PushDraft                   // move a branch that is not published: author
	PushPublished               // move a tag or a published branch: editor
	Administer                  // settings, roles, deletion: admin
)

// needs is the role that an action needs; what is not an action needs more
// than there is.
func (a Action) needs() Role {
	switch a {
	case Read:
		return RoleReader
	case PushDraft:
		return RoleAuthor
	case PushPublished:
		return RoleEditor
	case Administer:
		return RoleAdmin
	}
	return RoleAdmin + 1
}

// String is the action as a sentence uses it: "ann may not ...".
func (a Action) String() string {
	switch a {
	case Read:
		return "read"
	case PushDraft:
		return "push to"
	case PushPublished:
		return "push tags or published branches to"
	case Administer:
		return "administer"
	}
	return fmt.Sprintf("action(%d)", int(a))
}

// Authorize is the one place that decides. It returns nil if p may do action on
// repo, and otherwise an error that wraps
//
//   - [ErrUnauthenticated]: nobody signed in, and signing in might help;
//   - [ErrNotFound]: the account may not even know that the repository exists;
//   - [ErrForbidden]: the account may read the repository but not do this.
//
// A nil repo is one that does not exist; its answers are those of a private
// repository of somebody else's.
func (a *Access) Authorize(ctx context.Context, p Principal, repo *gitserver.Repository, action Action) error {
	public := repo != nil && !repo.Private
	if p.Account == nil || p.Account.Disabled {
		if public && action == Read {
			return nil
		}
		return ErrUnauthenticated
	}
	if repo == nil {
		return ErrNotFound
	}
	role, err := a.roleOn(ctx, p.Account, repo)
	if err != nil {
		return err
	}
	may := min(role, p.Scope.most())
	if public {
		may = max(may, RoleReader)
	}
	switch {
	case may >= action.needs():
		return nil
	case may < RoleReader:
		return ErrNotFound
	case role >= action.needs():
		return fmt.Errorf("%w: this token of %s may not %v %s: its scope is %v", ErrForbidden, p.Account.Name, action, repo.Path(), p.Scope)
	}
	return fmt.Errorf("%w: %s may not %v %s: that takes the role %v", ErrForbidden, p.Account.Name, action, repo.Path(), action.needs())
}

// roleOn is the role of an account on a repository, by whatever reason.
func (a *Access) roleOn(ctx context.Context, account *Account, repo *gitserver.Repository) (Role, error) {
	if account.Admin || account.Name == repo.Owner {
		return RoleAdmin, nil
	}
	return a.Role(ctx, repo.ID, account.ID)
}

// MayPush is [Access.Authorize] in the form that gitserver.Session asks for:
// whether p may move a ref of repo that gets published, or another one.
func (a *Access) MayPush(p Principal, repo *gitserver.Repository) func(ctx context.Context, published bool) error {
	return func(ctx context.Context, published bool) error {
		if published {
			return a.Authorize(ctx, p, repo, PushPublished)
		}
		return a.Authorize(ctx, p, repo, PushDraft)
	}
}
