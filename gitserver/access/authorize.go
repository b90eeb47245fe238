package access

import (
	"context"
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver"
)

// Principal identifies the client. The zero value is anonymous.
type Principal struct {
	Account *Account   // nil: nobody signed in, or a deploy key
	Deploy  *DeployKey // nil unless the principal is one
	Scope   Scope      // what the credential lets through at most; ScopeAdmin without a token

	// Credential names what the principal was recognised by, for
	// [Access.ByCredential]; it is no secret. Empty for an anonymous one.
	Credential string
}

// Name is the account's name, "deploy-key:" and the fingerprint of a deploy
// key, and empty for an anonymous principal.
func (p Principal) Name() string {
	switch {
	case p.Deploy != nil:
		return "deploy-key:" + p.Deploy.Fingerprint
	case p.Account != nil:
		return p.Account.Name
	}
	return ""
}

// ServerAdmin reports whether p may administer the server itself.
func (p Principal) ServerAdmin() bool {
	return p.Account != nil && p.Account.Admin && !p.Account.Disabled && p.Scope == ScopeAdmin
}

// Action is an action on a repository.
type Action int

// The actions, and the role that each needs.
const (
	Read          Action = iota // fetch and view: reader
	Propose                     // propose a change, or comment on one: reader, with an account
	PushDraft                   // move a branch that is not published: author
	PushPublished               // move a tag or a published branch: editor
	Administer                  // settings, roles, deletion: admin
)

// needs is the role that an action needs; what is not an action needs more
// than there is.
func (a Action) needs() Role {
	switch a {
	case Read, Propose:
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
	case Propose:
		return "propose changes to"
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
	if p.Deploy == nil && (p.Account == nil || p.Account.Disabled) {
		if public && action == Read {
			return nil
		}
		return ErrUnauthenticated
	}
	role, err := a.roleOn(ctx, p, repo)
	if err != nil {
		return err
	}
	if repo == nil {
		return ErrNotFound
	}
	may := min(role, p.Scope.most())
	if public {
		may = max(may, RoleReader)
	}
	writes := action == Propose || action == PushDraft || action == PushPublished
	switch {
	case may < RoleReader:
		return ErrNotFound
	case repo.Archived && writes:
		return fmt.Errorf("%w: %s is archived, nobody can push to it", ErrForbidden, repo.Path())
	case repo.Upstream != "" && writes:
		return fmt.Errorf("%w: %s is a mirror of %s, push there", ErrForbidden, repo.Path(), repo.Upstream)
	case action == Propose && (p.Scope < ScopeWrite || p.Deploy != nil && role == RoleNone):
		return fmt.Errorf("%w: %s may not %v %s: its scope is %v", ErrForbidden, p.credential(), PushDraft, repo.Path(), p.Scope)
	case may >= action.needs():
		return nil
	case role >= action.needs():
		return fmt.Errorf("%w: %s may not %v %s: its scope is %v", ErrForbidden, p.credential(), action, repo.Path(), p.Scope)
	}
	return fmt.Errorf("%w: %s may not %v %s; this requires the role %v", ErrForbidden, p.Name(), action, repo.Path(), action.needs())
}

// credential returns the name of the credential whose scope limits the principal:
// "a token", "a deploy key".
func (p Principal) credential() string {
	if p.Deploy != nil {
		return "this deploy key"
	}
	return "this token of " + p.Name()
}

// RoleOn returns the role that p has on repo itself, whatever its credential's scope
// and whether anybody may read it; RoleNone for an anonymous principal.
func (a *Access) RoleOn(ctx context.Context, p Principal, repo *gitserver.Repository) (Role, error) {
	if p.Deploy == nil && (p.Account == nil || p.Account.Disabled) {
		return RoleNone, nil
	}
	return a.roleOn(ctx, p, repo)
}

// roleOn is the role of a principal on a repository, by whatever reason, before
// its credential's scope. It asks the same of the database for a repository
// that does not exist: the time that an answer takes discloses nothing.
func (a *Access) roleOn(ctx context.Context, p Principal, repo *gitserver.Repository) (Role, error) {
	id, owner := "", ""
	if repo != nil {
		id, owner = repo.ID, repo.Owner
	}
	switch {
	case p.Deploy != nil && p.Deploy.RepositoryID == id:
		return RoleAdmin, nil
	case p.Deploy != nil:
		return RoleNone, nil
	case p.Account.Admin, p.Account.Name == owner:
		return RoleAdmin, nil
	}
	return a.Role(ctx, id, p.Account.ID)
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

// MayPropose is [Access.Authorize] in the form that gitserver.Session asks for:
// whether p may propose a change to repo. A contribution has an author, whom a deploy
// key does not name.
func (a *Access) MayPropose(p Principal, repo *gitserver.Repository) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		if p.Deploy != nil {
			return fmt.Errorf("%w: a deploy key cannot propose changes, an account can", ErrForbidden)
		}
		return a.Authorize(ctx, p, repo, Propose)
	}
}

// MayAdminister is [Access.Authorize] in the form that gitserver.Session asks for:
// whether p may administer repo.
func (a *Access) MayAdminister(p Principal, repo *gitserver.Repository) func(ctx context.Context) error {
	return func(ctx context.Context) error { return a.Authorize(ctx, p, repo, Administer) }
}
