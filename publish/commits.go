package publish

import (
	"context"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Commits returns the ids of the commits that garbage collection must keep, even
// if no branch leads to them: those of releases and drafts, and the commits and
// baselines of pending publications.
func Commits(ctx context.Context, q database.Queryer, repositoryID string) ([]string, error) {
	rows, err := q.QueryContext(ctx, `SELECT commit_id FROM release WHERE repository_id = $1
		UNION SELECT commit_id FROM draft WHERE repository_id = $1
		UNION SELECT commit_id FROM publication WHERE repository_id = $1 AND state = $2 AND commit_id <> ''
		UNION SELECT base_commit FROM publication WHERE repository_id = $1 AND state = $2 AND base_commit <> ''`, repositoryID, Pending)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(row database.Row) (id string, err error) {
		return id, row.Scan(&id)
	})
}
