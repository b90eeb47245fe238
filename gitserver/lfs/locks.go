package lfs

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Lock says that an account is changing a file that cannot be merged. Clients
// heed it, and nobody else changes the file on a published branch.
type Lock struct {
	ID        string
	Path      string // of the file, from the root of the repository
	AccountID string
	Owner     string // name of the account
	Locked    time.Time
}

var (
	// ErrLocked says that the path has a lock already.
	ErrLocked = errors.New("the file is locked already")

	// ErrNoLock says that there is no such lock.
	ErrNoLock = errors.New("no such lock")
)

// Locks keeps the locks of repositories.
type Locks struct{ db database.DB }

// NewLocks keeps locks in the database.
func NewLocks(db database.DB) *Locks { return &Locks{db} }

const selectLock = `SELECT lfs_lock.id, lfs_lock.path, account.id, account.name, lfs_lock.locked_at
	FROM lfs_lock JOIN account ON account.id = lfs_lock.account_id WHERE lfs_lock.repository_id = $1`

func scanLock(row database.Row) (*Lock, error) {
	lock, at := new(Lock), int64(0)
	err := row.Scan(&lock.ID, &lock.Path, &lock.AccountID, &lock.Owner, &at)
	lock.Locked = database.Time(at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNoLock
	}
	return lock, err
}

// Create locks a path for an account. When it is locked already, by whomever,
// the error matches [ErrLocked] and the lock is that one.
func (l *Locks) Create(ctx context.Context, repositoryID, path, accountID string) (*Lock, error) {
	var lock *Lock
	taken := false
	err := l.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		result, err := tx.ExecContext(ctx, `INSERT INTO lfs_lock (repository_id, path, id, account_id, locked_at)
			VALUES ($1, $2, $3, $4, $5) ON CONFLICT (repository_id, path) DO NOTHING`,
			repositoryID, path, strings.ToLower(rand.Text()), accountID, database.Micros(time.Now()))
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return err
		}
		taken = n == 0
		lock, err = scanLock(tx.QueryRowContext(ctx, selectLock+` AND lfs_lock.path = $2`, repositoryID, path))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("lock %q: %w", path, err)
	}
	if taken {
		return lock, ErrLocked
	}
	return lock, nil
}

// Lock is the lock with an id, or [ErrNoLock].
func (l *Locks) Lock(ctx context.Context, repositoryID, id string) (*Lock, error) {
	lock, err := scanLock(l.db.QueryRowContext(ctx, selectLock+` AND lfs_lock.id = $2`, repositoryID, id))
	if err != nil {
		return nil, fmt.Errorf("lock %.60q: %w", id, err)
	}
	return lock, nil
}

// List is at most limit locks by path, behind the path after; of one path or
// one id only, unless these are empty.
func (l *Locks) List(ctx context.Context, repositoryID, path, id, after string, limit int) ([]*Lock, error) {
	return l.list(ctx, ` AND ($2 = '' OR lfs_lock.path = $2) AND ($3 = '' OR lfs_lock.id = $3)
		AND lfs_lock.path > $4 ORDER BY lfs_lock.path LIMIT $5`, repositoryID, path, id, after, limit)
}

// maxByOthers bounds the locks that a push is compared with.
const maxByOthers = 10_000

// ByOthers lists the locks of a repository that are not those of the account with the
// name, by path.
func (l *Locks) ByOthers(ctx context.Context, repositoryID, name string) ([]*Lock, error) {
	return l.list(ctx, ` AND account.name <> $2 ORDER BY lfs_lock.path LIMIT $3`, repositoryID, name, maxByOthers)
}

// list lists the locks that a condition selects; the first argument is the repository.
func (l *Locks) list(ctx context.Context, condition string, args ...any) ([]*Lock, error) {
	rows, err := l.db.QueryContext(ctx, selectLock+condition, args...)
	if err != nil {
		return nil, fmt.Errorf("list locks: %w", err)
	}
	locks, err := database.Collect(rows, scanLock)
	if err != nil {
		return nil, fmt.Errorf("list locks: %w", err)
	}
	return locks, nil
}

// Remove removes the lock with an id; the error of one that is gone is [ErrNoLock].
func (l *Locks) Remove(ctx context.Context, repositoryID, id string) error {
	result, err := l.db.ExecContext(ctx, `DELETE FROM lfs_lock WHERE repository_id = $1 AND id = $2`, repositoryID, id)
	if err != nil {
		return fmt.Errorf("unlock %.60q: %w", id, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrNoLock)
	}
	return nil
}
