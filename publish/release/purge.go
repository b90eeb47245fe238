package release

import (
	"context"
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Purge removes all releases and drafts of a repository that is being removed
// for good. Their files are left to the sweep of blobs.
func (s *Store) Purge(ctx context.Context, tx database.Tx, repositoryID string) error {
	for _, statement := range []string{
		`DELETE FROM release_change WHERE repository_id = $1`,
		`DELETE FROM page_left WHERE repository_id = $1`,
		`DELETE FROM module_renamed WHERE repository_id = $1`,
		`DELETE FROM release WHERE repository_id = $1`,
		`DELETE FROM draft WHERE repository_id = $1`,
	} {
		if _, err := tx.ExecContext(ctx, statement, repositoryID); err != nil {
			return fmt.Errorf("purge releases and drafts: %w", err)
		}
	}
	return nil
}
