package lfs

import (
	"context"
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Share gives a repository the objects of another one, in the transaction that derives
// it. No bytes are copied: both name the same blobs.
func Share(ctx context.Context, tx database.Tx, from, to string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO lfs_object (repository_id, oid, size, created_at)
		SELECT $2, oid, size, created_at FROM lfs_object WHERE repository_id = $1`, from, to)
	if err != nil {
		return fmt.Errorf("share LFS objects: %w", err)
	}
	return nil
}
