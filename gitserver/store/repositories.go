// Package store keeps repositories: refs in the database, packs in the blob
// store, and on this machine's disk a mirror for native git to serve from.
//
// The database and the blob store are the truth. The mirror is a cache that is
// brought up to date before it is read, and may be removed at any time.
//
// Maintenance is part of the package, because it exchanges packs in the database and
// in the mirror under the locks that pushes and fetches use.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/google/uuid"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/database"
)

// ErrExists says that a repository of the name is already there, or is deleted
// and can still be restored.
var ErrExists = errors.New("the repository already exists, or is deleted and keeps its name until it can no longer be restored")

// Repositories reads and writes the rows of repositories and their refs.
type Repositories struct{ DB database.DB }

// Create makes an empty repository whose HEAD will be the branch main. The
// error matches ErrExists when the name is taken.
func (r Repositories) Create(ctx context.Context, owner, name string, private bool) (*gitserver.Repository, error) {
	if err := errors.Join(gitserver.CheckOwner(owner), gitserver.CheckName(name)); err != nil {
		return nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	repo := &gitserver.Repository{ID: id.String(), Owner: owner, Name: name, Head: "refs/heads/main", Private: private}
	err = r.DB.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO repository (id, owner, name, head, private, version, created_at)
			VALUES ($1, $2, $3, $4, $5, 0, $6) ON CONFLICT (owner, name) DO NOTHING`,
			repo.ID, owner, name, []byte(repo.Head), private, database.Micros(time.Now()))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrExists)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", repo.Path(), err)
	}
	return repo, nil
}

const columns = `id, owner, name, head, private, archived_at IS NOT NULL, version,
	COALESCE((SELECT url FROM mirror WHERE mirror.repository_id = repository.id), '')`

func scan(s database.Row) (*gitserver.Repository, error) {
	var repo gitserver.Repository
	var head []byte
	err := s.Scan(&repo.ID, &repo.Owner, &repo.Name, &head, &repo.Private, &repo.Archived, &repo.Version, &repo.Upstream)
	repo.Head = string(head)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, gitserver.ErrNoRepository
	}
	return &repo, err
}

// Lookup finds a repository by its place in URLs, or by one that it had before
// it was renamed and that no other has now: its own is in what is returned. The
// error of one that is missing or deleted matches gitserver.ErrNoRepository. It
// is one statement, whatever there is: the time that it takes discloses nothing.
func (r Repositories) Lookup(ctx context.Context, owner, name string) (*gitserver.Repository, error) {
	return scan(r.DB.QueryRowContext(ctx, "SELECT "+columns+` FROM repository WHERE deleted_at IS NULL AND id = COALESCE(
		(SELECT id FROM repository WHERE owner = $1 AND name = $2),
		(SELECT repository_id FROM repository_move WHERE owner = $1 AND name = $2))`, owner, name))
}

// LookupPath is Lookup for OWNER/NAME in one string.
func (r Repositories) LookupPath(ctx context.Context, path string) (*gitserver.Repository, error) {
	owner, name, ok := strings.Cut(path, "/")
	if !ok {
		return nil, fmt.Errorf("%q is not OWNER/NAME", path)
	}
	repo, err := r.Lookup(ctx, owner, name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return repo, nil
}

// ByID finds a repository by its id, a deleted one too: what is under way in it
// comes to its end.
func (r Repositories) ByID(ctx context.Context, q database.Queryer, id string) (*gitserver.Repository, error) {
	return scan(q.QueryRowContext(ctx, "SELECT "+columns+" FROM repository WHERE id = $1", id))
}

// List is all repositories that are not deleted, by owner and name.
func (r Repositories) List(ctx context.Context) ([]*gitserver.Repository, error) {
	rows, err := r.DB.QueryContext(ctx, "SELECT "+columns+" FROM repository WHERE deleted_at IS NULL ORDER BY owner, name")
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, scan)
}

// Ref reads one ref; ok is false when there is none of the name.
func (r Repositories) Ref(ctx context.Context, q database.Queryer, repositoryID, name string) (ref gitserver.Ref, ok bool, err error) {
	var target, peeled string
	err = q.QueryRowContext(ctx, "SELECT target, peeled FROM ref WHERE repository_id = $1 AND name = $2",
		repositoryID, []byte(name)).Scan(&target, &peeled)
	if errors.Is(err, sql.ErrNoRows) {
		return ref, false, nil
	}
	return gitserver.Ref{Name: name, Target: plumbing.NewHash(target), Peeled: plumbing.NewHash(peeled)}, err == nil, err
}

// Refs implements gitserver.Storage. The refs are of the version that the
// repository has.
func (r Repositories) Refs(ctx context.Context, id string) (*gitserver.Repository, []gitserver.Ref, error) {
	for {
		before, err := r.ByID(ctx, r.DB, id)
		if err != nil {
			return nil, nil, err
		}
		refs, err := readRefs(ctx, r.DB, id)
		if err != nil {
			return nil, nil, err
		}
		after, err := r.ByID(ctx, r.DB, id)
		if err != nil || after.Version == before.Version {
			return after, refs, err
		}
	}
}

func readRefs(ctx context.Context, q database.Queryer, repositoryID string) ([]gitserver.Ref, error) {
	rows, err := q.QueryContext(ctx, "SELECT name, target, peeled FROM ref WHERE repository_id = $1 ORDER BY name", repositoryID)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(row database.Row) (gitserver.Ref, error) {
		var name []byte
		var target, peeled string
		err := row.Scan(&name, &target, &peeled)
		return gitserver.Ref{Name: string(name), Target: plumbing.NewHash(target), Peeled: plumbing.NewHash(peeled)}, err
	})
}
