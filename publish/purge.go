package publish

import (
	"context"
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Purge deletes all publications of a repository that is being purged. The job of
// a pending one then finds nothing to do.
func Purge(ctx context.Context, tx database.Tx, repositoryID string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM publication WHERE repository_id = $1`, repositoryID); err != nil {
		return fmt.Errorf("purge publications: %w", err)
	}
	return nil
}
