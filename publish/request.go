package publish

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Request adds a publication to the repository's queue and returns its number. It
// takes effect if the transaction commits, after all earlier ones. A release that
// nobody pushed and that has no Base gets that of LastReleased.
func Request(ctx context.Context, tx database.Tx, p Publication) (int64, error) {
	if err := p.check(); err != nil {
		return 0, fmt.Errorf("request publication: %w", err)
	}
	if _, err := lockRepository(ctx, tx, p.RepositoryID); err != nil {
		return 0, fmt.Errorf("request publication: %w", err)
	}
	if p.Kind == Release && p.PushID == "" && p.Base == "" {
		base, err := LastReleased(ctx, tx, p.RepositoryID, p.Ref)
		if err != nil {
			return 0, err
		}
		p.Base = base
	}
	err := tx.QueryRowContext(ctx, `SELECT coalesce(max(number), 0) + 1 FROM publication WHERE repository_id = $1`,
		p.RepositoryID).Scan(&p.Number)
	if err != nil {
		return 0, fmt.Errorf("number the publication of %s: %w", p.Ref, err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO publication
		(repository_id, number, ref, commit_id, kind, push_id, base_commit, state, report, attempts, created_at,
			hops, numbers, only_named, publish_at, actor)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', 0, $9, $10, $11, $12, $13, $14)`,
		p.RepositoryID, p.Number, []byte(p.Ref), p.Commit, string(p.Kind), p.PushID, p.Base, string(Pending), database.Micros(time.Now()),
		p.Hops, p.Request.numbersText(), p.Request.Only, micros(p.Request.At), p.Actor)
	if err != nil {
		return 0, fmt.Errorf("request publication of %s: %w", p.Ref, err)
	}
	return p.Number, tx.Enqueue(ctx, job{p.RepositoryID, p.Number}, nil)
}

// lockRepository makes requests and ends of publications of one repository wait
// for each other (in PostgreSQL; SQLite has one writer anyway), and returns the
// repository's path, OWNER/NAME. Without it a publication could be
// requested just as the one before it ends, each unseen by the other, and
// nothing would wake it.
func lockRepository(ctx context.Context, tx database.Tx, repositoryID string) (path string, err error) {
	var owner, name string
	err = tx.QueryRowContext(ctx, `UPDATE repository SET version = version WHERE id = $1 RETURNING owner, name`,
		repositoryID).Scan(&owner, &name)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("%q: %w", repositoryID, errNoRepository)
	}
	return owner + "/" + name, err
}

// errNoRepository says that no repository has the id.
var errNoRepository = errors.New("no repository has the id")
