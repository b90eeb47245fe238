package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
)

// pack is a row of the table of packs: what git calls pack-NAME.pack and
// pack-NAME.idx, and the blobs that hold them. It is live until it is retired:
// then its objects are in another pack, or nobody can reach them any more.
type pack struct {
	name    string
	digest  blobstore.Digest
	index   blobstore.Digest
	size    int64 // bytes of the .pack
	objects int64
	level   int64 // how many merges its objects have seen
	created time.Time
}

// files are the blobs of a pack's two files, by what their names end in.
func (p *pack) files() map[string]blobstore.Digest {
	return map[string]blobstore.Digest{".pack": p.digest, ".idx": p.index}
}

// livePacks are the packs that together hold a repository, smallest first.
func livePacks(ctx context.Context, q database.Queryer, repositoryID string) ([]pack, error) {
	rows, err := q.QueryContext(ctx, `SELECT name, digest, index_digest, size, objects, level, created_at FROM pack
		WHERE repository_id = $1 AND retired_at IS NULL ORDER BY objects, size, name`, repositoryID)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(row database.Row) (pack, error) {
		var p pack
		var created int64
		err := row.Scan(&p.name, &p.digest, &p.index, &p.size, &p.objects, &p.level, &created)
		p.created = database.Time(created)
		return p, err
	})
}

// insert makes the pack live. One of the same name may have been retired long
// ago, and may come back: a branch is deleted, and pushed again.
func (p *pack) insert(ctx context.Context, q database.Queryer, repositoryID string) error {
	_, err := q.ExecContext(ctx, `INSERT INTO pack (repository_id, name, digest, index_digest, size, objects, level, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (repository_id, name) DO UPDATE SET digest = excluded.digest, index_digest = excluded.index_digest,
			size = excluded.size, objects = excluded.objects, level = excluded.level, created_at = excluded.created_at, retired_at = NULL`,
		repositoryID, p.name, p.digest, p.index, p.size, p.objects, p.level, database.Micros(p.created))
	return err
}

// References calls f for every blob that a pack, retired or not, or the report
// of a push is kept in.
func (r Repositories) References(ctx context.Context, f func(blobstore.Digest) error) error {
	for _, query := range []string{"SELECT digest FROM pack", "SELECT index_digest FROM pack", "SELECT DISTINCT report FROM push WHERE report <> ''"} {
		if err := r.references(ctx, query, f); err != nil {
			return err
		}
	}
	return nil
}

func (r Repositories) references(ctx context.Context, query string, f func(blobstore.Digest) error) error {
	rows, err := r.DB.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var d blobstore.Digest
		if err := rows.Scan(&d); err != nil {
			return err
		}
		if err := f(d); err != nil {
			return err
		}
	}
	return rows.Err()
}

// purgeRetired removes the rows of packs that were retired before t. A sweep of the
// blob store then finds that nothing names their bytes.
func (s *Store) purgeRetired(ctx context.Context, t time.Time) error {
	_, err := s.DB.ExecContext(ctx, "DELETE FROM pack WHERE retired_at < $1", database.Micros(t))
	return err
}

// state names what a mirror can be brought up to.
type state struct {
	version    int64 // of the refs
	generation int64 // of the packs: it grows when some are swapped for others
}

// state reads the present state of a repository, and when its unreachable
// objects were last left out, or when it was made.
func (s *Store) state(ctx context.Context, q database.Queryer, repositoryID string) (now state, full time.Time, err error) {
	var micros int64
	err = q.QueryRowContext(ctx, `SELECT r.version, COALESCE(m.generation, 0), COALESCE(m.full_at, r.created_at)
		FROM repository r LEFT JOIN maintenance m ON m.repository_id = r.id WHERE r.id = $1`, repositoryID).
		Scan(&now.version, &now.generation, &micros)
	if errors.Is(err, sql.ErrNoRows) {
		err = gitserver.ErrNoRepository
	}
	return now, database.Time(micros), err
}
