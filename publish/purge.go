package publish

import (
	"context"
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Forget removes all publications of a repository that is being removed for
// good. The job of one that is still pending finds nothing to do.
func Forget(ctx context.Context, tx database.Tx, repositoryID string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM publication WHERE repository_id = $1`, repositoryID); err != nil {
		return fmt.Errorf("forget publications: %w", err)
	}
	return nil
}
