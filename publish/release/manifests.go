package release

import (
	"context"
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Manifests are the digests of the manifests of all releases and drafts, each
// once. It reads through q, which may be an open transaction.
func (s *Store) Manifests(ctx context.Context, q database.Queryer) ([]blobstore.Digest, error) {
	rows, err := q.QueryContext(ctx, `SELECT manifest FROM release UNION SELECT manifest FROM draft ORDER BY 1`)
	if err != nil {
		return nil, fmt.Errorf("list manifests: %w", err)
	}
	return database.Collect(rows, func(row database.Row) (d blobstore.Digest, err error) {
		err = row.Scan(&d)
		return d, err
	})
}
