package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/database"
)

// SetPrivate decides whether a repository can be read by everybody, or only by
// those who have a role on it.
func (r Repositories) SetPrivate(ctx context.Context, id string, private bool) error {
	return r.set(ctx, id, "private = $2", private)
}

// SetArchived decides whether a repository takes pushes no longer. What is
// there can be read as before.
func (r Repositories) SetArchived(ctx context.Context, id string, archived bool) error {
	return r.set(ctx, id, "archived_at = $2", when(archived))
}

// SetHead makes a branch, by its full name, the default one.
func (r Repositories) SetHead(ctx context.Context, id, ref string) error {
	return r.set(ctx, id, "version = version + 1, head = $2", []byte(ref))
}

// Delete hides a repository from everybody at once. It keeps its name and all
// that is in it, and can be restored, until it is purged.
func (r Repositories) Delete(ctx context.Context, id string) error {
	return r.set(ctx, id, "deleted_at = $2", when(true))
}

// Restore undoes Delete; the repository is named by its place, OWNER/NAME. The
// error of one that is not deleted matches gitserver.ErrNoRepository.
func (r Repositories) Restore(ctx context.Context, path string) error {
	owner, name, _ := strings.Cut(path, "/")
	result, err := r.DB.ExecContext(ctx, `UPDATE repository SET deleted_at = NULL
		WHERE owner = $1 AND name = $2 AND deleted_at IS NOT NULL`, owner, name)
	return oneRow(result, err, "restore %.220q (none that is deleted)", path)
}

// when is the present time, or NULL.
func when(set bool) sql.NullInt64 {
	return sql.NullInt64{Int64: database.Micros(time.Now()), Valid: set}
}

func (r Repositories) set(ctx context.Context, id, assignment string, value any) error {
	result, err := r.DB.ExecContext(ctx, `UPDATE repository SET `+assignment+` WHERE id = $1 AND deleted_at IS NULL`, id, value)
	return oneRow(result, err, "repository %s", id)
}

// oneRow is gitserver.ErrNoRepository unless a row was touched.
func oneRow(result sql.Result, err error, what string, args ...any) error {
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		err = gitserver.ErrNoRepository
	}
	if err != nil {
		return fmt.Errorf(what+": %w", append(args, err)...)
	}
	return nil
}

// Rename gives a repository another place. Whoever asks for it at the old one
// finds it, until another repository is made there. The error matches ErrExists
// when the new place is taken.
func (r Repositories) Rename(ctx context.Context, id, owner, name string) error {
	if err := errors.Join(gitserver.CheckOwner(owner), gitserver.CheckName(name)); err != nil {
		return err
	}
	return r.DB.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		repo, err := r.ByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if repo.Owner == owner && repo.Name == name {
			return nil
		}
		var taken bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM repository WHERE owner = $1 AND name = $2)`, owner, name).Scan(&taken); err != nil {
			return err
		}
		if taken {
			return fmt.Errorf("rename %s to %s/%s: %w", repo.Path(), owner, name, ErrExists)
		}
		for _, s := range []struct {
			query string
			args  []any
		}{
			// A repository that comes back to a place it had leaves no way there.
			{`DELETE FROM repository_move WHERE owner = $1 AND name = $2`, []any{owner, name}},
			{`INSERT INTO repository_move (owner, name, repository_id, moved_at) VALUES ($1, $2, $3, $4)
				ON CONFLICT (owner, name) DO UPDATE SET repository_id = excluded.repository_id, moved_at = excluded.moved_at`,
				[]any{repo.Owner, repo.Name, id, database.Micros(time.Now())}},
			{`UPDATE repository SET owner = $2, name = $3 WHERE id = $1 AND deleted_at IS NULL`, []any{id, owner, name}},
		} {
			if _, err := tx.ExecContext(ctx, s.query, s.args...); err != nil {
				return fmt.Errorf("rename %s: %w", repo.Path(), err)
			}
		}
		return nil
	})
}

// Deleted is a repository that is deleted and can still be restored.
type Deleted struct {
	*gitserver.Repository
	At time.Time
}

// Deleted lists the deleted repositories, the longest deleted first.
func (r Repositories) Deleted(ctx context.Context) ([]Deleted, error) {
	rows, err := r.DB.QueryContext(ctx, "SELECT deleted_at, "+columns+" FROM repository WHERE deleted_at IS NOT NULL ORDER BY deleted_at, id")
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(row database.Row) (d Deleted, err error) {
		var at int64
		d.Repository, err = scan(prefixed{row, &at})
		d.At = database.Time(at)
		return d, err
	})
}

// prefixed is a row with one more column in front.
type prefixed struct {
	database.Row
	first any
}

// Scan implements database.Row.
func (p prefixed) Scan(dest ...any) error { return p.Row.Scan(append([]any{p.first}, dest...)...) }

// Size returns the bytes of a repository's live packs.
func (r Repositories) Size(ctx context.Context, id string) (bytes int64, err error) {
	err = r.DB.QueryRowContext(ctx, `SELECT COALESCE(SUM(size), 0) FROM pack WHERE repository_id = $1 AND retired_at IS NULL`, id).Scan(&bytes)
	return bytes, err
}

// Purge removes a deleted repository for good, in one transaction. The functions
// others remove its rows from tables of other packages, and run first. It reports
// false for a repository that has been restored. The blobs are left to the sweep.
func (r Repositories) Purge(ctx context.Context, id string, others ...func(ctx context.Context, tx database.Tx, repositoryID string) error) (purged bool, err error) {
	err = r.DB.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		// Written, not read: on PostgreSQL this waits for one who restores it.
		result, err := tx.ExecContext(ctx, `UPDATE repository SET deleted_at = deleted_at WHERE id = $1 AND deleted_at IS NOT NULL`, id)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if purged = n > 0; err != nil || !purged {
			return err
		}
		for _, f := range others {
			if err := f(ctx, tx, id); err != nil {
				return err
			}
		}
		return removeRows(ctx, tx, id)
	})
	if err != nil {
		return false, fmt.Errorf("remove repository %s for good: %w", id, err)
	}
	return purged, nil
}

// removeRows removes all rows of a repository in the tables of this package.
func removeRows(ctx context.Context, tx database.Tx, id string) error {
	for _, statement := range []string{
		`DELETE FROM push WHERE repository_id = $1`,
		`DELETE FROM pack WHERE repository_id = $1`,
		`DELETE FROM ref WHERE repository_id = $1`,
		`DELETE FROM repository_move WHERE repository_id = $1`,
		`DELETE FROM derivation WHERE repository_id = $1`,
		`DELETE FROM repository WHERE id = $1`,
	} {
		if _, err := tx.ExecContext(ctx, statement, id); err != nil {
			return err
		}
	}
	return nil
}

// SweepMirrors removes the mirrors of repositories that are not there any more.
func (s *Store) SweepMirrors(ctx context.Context) error {
	dirs, err := filepath.Glob(filepath.Join(s.cache, "*.git"))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		id := strings.TrimSuffix(filepath.Base(dir), ".git")
		if _, err := s.ByID(ctx, s.DB, id); !errors.Is(err, gitserver.ErrNoRepository) {
			if err != nil {
				return err
			}
			continue
		}
		if err := s.removeMirror(id); err != nil {
			return fmt.Errorf("remove a mirror without a repository: %w", err)
		}
	}
	return nil
}

func (s *Store) removeMirror(repositoryID string) error {
	m := s.mirror(repositoryID)
	m.mu.Lock()
	defer m.mu.Unlock()
	s.mu.Lock()
	delete(s.mirrors, repositoryID)
	s.mu.Unlock()
	return os.RemoveAll(m.dir)
}
