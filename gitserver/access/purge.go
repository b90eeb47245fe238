package access

import (
	"context"
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Purge removes the grants and deploy keys of a repository that is being removed for
// good.
func (a *Access) Purge(ctx context.Context, tx database.Tx, repositoryID string) error {
	for _, statement := range []string{
		`DELETE FROM grant_ WHERE repository_id = $1`,
		`DELETE FROM deploy_key WHERE repository_id = $1`,
	} {
		if _, err := tx.ExecContext(ctx, statement, repositoryID); err != nil {
			return fmt.Errorf("purge grants and deploy keys: %w", err)
		}
	}
	return nil
}
