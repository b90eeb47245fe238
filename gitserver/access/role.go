package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Role determines the actions of an account on one repository. Each role includes
// the ones before it.
type Role int

// The roles, from least to most.
const (
	RoleNone   Role = iota
	RoleReader      // fetches
	RoleAuthor      // pushes drafts
	RoleEditor      // pushes published branches and tags
	RoleAdmin       // changes the repository's settings and roles
)

var roleNames = []string{"none", "reader", "author", "editor", "admin"}

// String is the role's name: none, reader, author, editor or admin.
func (r Role) String() string { return nameOf(roleNames, int(r), "role") }

// ParseRole reads a role's name.
func ParseRole(name string) (Role, error) {
	for i, n := range roleNames {
		if n == name {
			return Role(i), nil
		}
	}
	return RoleNone, fmt.Errorf("role %.60q: must be reader, author, editor or admin (or none, to take it away)", name)
}

// Scope limits the actions of a token.
type Scope int

// The scopes, from least to most. Whoever signs in by SSH has ScopeAdmin.
const (
	ScopeNone  Scope = iota // the zero value, of nobody's token
	ScopeRead               // as a reader
	ScopeWrite              // as an editor
	ScopeAdmin              // as the account itself
)

var scopeNames = []string{"none", "read", "write", "admin"}

// String is the scope's name: none, read, write or admin.
func (s Scope) String() string { return nameOf(scopeNames, int(s), "scope") }

// ParseScope reads a scope's name: read, write or admin.
func ParseScope(name string) (Scope, error) {
	for i, n := range scopeNames[1:] {
		if n == name {
			return Scope(i + 1), nil
		}
	}
	return ScopeNone, fmt.Errorf("scope %.60q: must be read, write or admin", name)
}

func nameOf(names []string, i int, kind string) string {
	if i < 0 || i >= len(names) {
		return fmt.Sprintf("%s(%d)", kind, i)
	}
	return names[i]
}

// most is the highest role that a scope lets through.
func (s Scope) most() Role {
	switch s {
	case ScopeRead:
		return RoleReader
	case ScopeWrite:
		return RoleEditor
	case ScopeAdmin:
		return RoleAdmin
	}
	return RoleNone
}

// Grant gives an account a role on a repository in place of the one it had;
// RoleNone takes it away.
func (a *Access) Grant(ctx context.Context, repositoryID, accountName string, role Role) error {
	if role < RoleNone || role > RoleAdmin {
		return fmt.Errorf("grant %v to %.60q: no such role", role, accountName)
	}
	return a.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		account, err := accountByName(ctx, tx, accountName)
		if err != nil {
			return err
		}
		if role == RoleNone {
			_, err = tx.ExecContext(ctx, `DELETE FROM grant_ WHERE repository_id = $1 AND account_id = $2`, repositoryID, account.ID)
		} else {
			_, err = tx.ExecContext(ctx, `
				INSERT INTO grant_ (repository_id, account_id, role) VALUES ($1, $2, $3)
				ON CONFLICT (repository_id, account_id) DO UPDATE SET role = excluded.role`,
				repositoryID, account.ID, role.String())
		}
		if err != nil {
			return fmt.Errorf("grant %v to %s: %w", role, accountName, err)
		}
		return nil
	})
}

// Role is the role that was granted to an account on a repository. That owners
// and admins of the server may more is for [Access.Authorize] to know.
func (a *Access) Role(ctx context.Context, repositoryID, accountID string) (Role, error) {
	var name string
	err := a.db.QueryRowContext(ctx, `SELECT role FROM grant_ WHERE repository_id = $1 AND account_id = $2`, repositoryID, accountID).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return RoleNone, nil
	}
	if err != nil {
		return RoleNone, fmt.Errorf("read role: %w", err)
	}
	return ParseRole(name)
}

// Grant is a role that an account has on a repository.
type Grant struct {
	Account string // name
	Role    Role
}

// Grants lists who was granted a role on a repository, by name.
func (a *Access) Grants(ctx context.Context, repositoryID string) ([]Grant, error) {
	scan := func(row database.Row) (grant Grant, err error) {
		var role string
		if err := row.Scan(&grant.Account, &role); err != nil {
			return Grant{}, err
		}
		grant.Role, err = ParseRole(role)
		return grant, err
	}
	grants, err := rows(ctx, a.db, scan, `
		SELECT account.name, grant_.role FROM grant_ JOIN account ON account.id = grant_.account_id
		WHERE grant_.repository_id = $1 ORDER BY account.name`, repositoryID)
	if err != nil {
		return nil, fmt.Errorf("list grants: %w", err)
	}
	return grants, nil
}
