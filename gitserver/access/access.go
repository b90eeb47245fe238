// Package access knows who may do what: accounts, their SSH keys and tokens,
// and the roles they have on repositories.
//
//   - An Account is somebody who may sign in. Its name is also the OWNER in the
//     paths of the repositories it owns.
//   - A Principal is who is asking: an account that proved itself by a key, a
//     certificate or a token; a deploy key, which is good for one repository and
//     nobody's; or nobody (anonymous).
//   - A certificate authority is a key whose signature makes an OpenSSH user
//     certificate as good as a key of the account that it names.
//   - A Role is what an account may do on one repository; a Scope is what a
//     token may do at most, whatever the role of its account.
//   - An Action is what is asked for. [Access.Authorize] is the only place that
//     decides whether a principal may do an action on a repository.
//   - A Permission decides who may use an administration command.
//
// Keys, certificates and tokens are part of the package, because a credential is
// checked in the same query as the account that it belongs to.
package access

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/database"
)

// What callers branch on. Errors of this package wrap one of these, or come
// from the database.
var (
	// ErrUnauthenticated asks for credentials, or for better ones.
	ErrUnauthenticated = errors.New("authentication required")

	// ErrForbidden refuses a known account something on a repository that it may read.
	ErrForbidden = errors.New("not allowed")

	// ErrNotFound is the answer for a repository that does not exist and for
	// one that the account may not know of. It matches [gitserver.ErrNoRepository].
	ErrNotFound = fmt.Errorf("%w, or you may not read it", gitserver.ErrNoRepository)

	// ErrExists says that the name or the key is taken.
	ErrExists = errors.New("already exists")

	// ErrNoAccount, ErrNoKey, ErrNoToken and ErrNoAuthority say that there is
	// none by that name.
	ErrNoAccount   = errors.New("no such account")
	ErrNoKey       = errors.New("no such key")
	ErrNoToken     = errors.New("no such token")
	ErrNoAuthority = errors.New("no such certificate authority")

	// ErrLastAdmin keeps the server from being left without an administrator.
	ErrLastAdmin = errors.New("this is the last admin of the server: make another account an admin first")
)

// Access reads and writes the tables account, ssh_key, deploy_key,
// ssh_authority, ssh_revocation, token, grant_ and setting. Its methods may be
// called from many goroutines, and by several processes on one database.
type Access struct {
	db           database.DB
	repositories Repositories
}

// Repositories looks up repositories by the names in their paths; the error of a
// missing one matches [gitserver.ErrNoRepository].
type Repositories interface {
	Lookup(ctx context.Context, owner, name string) (*gitserver.Repository, error)
}

// New returns the permissions that are kept in db on the repositories; these may be
// nil if neither Find nor [OnRepository] is used.
func New(db database.DB, repositories Repositories) *Access {
	return &Access{db: db, repositories: repositories}
}

// newID is a random identifier of 130 bits: 26 characters of a-z and 2-7.
func newID() string { return strings.ToLower(rand.Text()) }

// affected turns a statement that changed no row into the error none.
func affected(result sql.Result, err error, none error) error {
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err != nil {
		return err
	}
	if n == 0 {
		return none
	}
	return nil
}

// rows runs a query and scans each of its rows with scan.
func rows[T any](ctx context.Context, q database.Queryer, scan func(database.Row) (T, error), query string, args ...any) ([]T, error) {
	r, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return database.Collect(r, scan)
}
