package access

import (
	"context"
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Forget removes all rows of a repository that is being removed for good in the
// tables of this package: its grants and deploy keys.
func (a *Access) Forget(ctx context.Context, tx database.Tx, repositoryID string) error {
	for _, statement := range []string{
		`DELETE FROM grant_ WHERE repository_id = $1`,
		`DELETE FROM deploy_key WHERE repository_id = $1`,
	} {
		if _, err := tx.ExecContext(ctx, statement, repositoryID); err != nil {
			return fmt.Errorf("forget who may use the repository: %w", err)
		}
	}
	return nil
}
