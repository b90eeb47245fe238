package webhook

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// RepositoryOf is the repository that a webhook, or the webhook of a delivery,
// is told of; empty for all of them. The error of one that is not there matches
// [ErrNotFound].
func (w *Webhooks) RepositoryOf(ctx context.Context, id string) (repositoryID string, err error) {
	return repositoryOf(ctx, w.db, `webhook or delivery`, id, `SELECT coalesce(repository_id, '') FROM webhook
		WHERE id = $1 OR id = (SELECT webhook_id FROM delivery WHERE id = $1)`)
}

// RepositoryOf is the repository that a trigger publishes. The error of one
// that is not there matches [ErrNotFound].
func (t *Triggers) RepositoryOf(ctx context.Context, name string) (repositoryID string, err error) {
	return repositoryOf(ctx, t.db, "trigger", name, `SELECT repository_id FROM trigger_ WHERE name = $1`)
}

func repositoryOf(ctx context.Context, q database.Queryer, what, name, query string) (id string, err error) {
	err = q.QueryRowContext(ctx, query, name).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("%s %.60q: %w", what, name, err)
	}
	return id, nil
}
