package webhook

import (
	"context"
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Purge removes all webhooks and triggers of a repository that is being
// removed for good, with their deliveries.
func Purge(ctx context.Context, tx database.Tx, repositoryID string) error {
	for _, statement := range []string{
		`DELETE FROM delivery_attempt WHERE delivery_id IN (SELECT id FROM delivery
			WHERE repository_id = $1 OR webhook_id IN (SELECT id FROM webhook WHERE repository_id = $1))`,
		`DELETE FROM delivery WHERE repository_id = $1 OR webhook_id IN (SELECT id FROM webhook WHERE repository_id = $1)`,
		`DELETE FROM webhook WHERE repository_id = $1`,
		`DELETE FROM trigger_delivery WHERE trigger_name IN (SELECT name FROM trigger_ WHERE repository_id = $1)`,
		`DELETE FROM trigger_ WHERE repository_id = $1`,
	} {
		if _, err := tx.ExecContext(ctx, statement, repositoryID); err != nil {
			return fmt.Errorf("purge webhooks and triggers: %w", err)
		}
	}
	return nil
}
