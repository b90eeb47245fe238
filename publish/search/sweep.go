package search

import (
	"context"
	"fmt"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
)

// A document that no edition holds stays this long: it may be that of an edition
// that is being indexed.
const documentGrace = time.Hour

// swept is the number of rows that one transaction of a sweep removes.
const swept = 500

// Purge returns a function that removes the editions that no release and no draft has any more, in the
// transaction in which a repository's are removed. Their texts are left to Sweep.
func Purge(editions Editions) func(ctx context.Context, tx database.Tx, repositoryID string) error {
	return func(ctx context.Context, tx database.Tx, _ string) error {
		return forgetEditions(ctx, tx, editions)
	}
}

func forgetEditions(ctx context.Context, tx database.Tx, editions Editions) error {
	needed, err := editions.Manifests(ctx, tx)
	if err != nil {
		return err
	}
	known, err := (&Index{}).known(ctx, tx)
	if err != nil {
		return err
	}
	for _, d := range needed {
		delete(known, d)
	}
	for _, id := range known {
		for _, statement := range []string{`DELETE FROM search_place WHERE edition_id = $1`, `DELETE FROM search_edition WHERE id = $1`} {
			if _, err := tx.ExecContext(ctx, statement, id); err != nil {
				return fmt.Errorf("purge edition %d: %w", id, err)
			}
		}
	}
	return nil
}

// Sweep removes from the index what no release and no draft needs, and returns
// how many documents those were.
func (x *Index) Sweep(ctx context.Context) (int, error) {
	return x.sweep(ctx, time.Now().Add(-documentGrace))
}

func (x *Index) sweep(ctx context.Context, before time.Time) (int, error) {
	err := x.db.Write(ctx, func(ctx context.Context, tx database.Tx) error { return forgetEditions(ctx, tx, x.editions) })
	if err != nil {
		return 0, err
	}
	cutoff, removed := database.Micros(before), 0
	for {
		var pages, documents int
		err := x.db.Write(ctx, func(ctx context.Context, tx database.Tx) (err error) {
			if pages, err = sweepPages(ctx, tx, cutoff); err != nil {
				return err
			}
			documents, err = x.sweepDocuments(ctx, tx, cutoff)
			return err
		})
		if err != nil {
			return removed, err
		}
		removed += documents
		if pages+documents == 0 {
			return removed, nil
		}
	}
}

func sweepPages(ctx context.Context, tx database.Tx, cutoff int64) (int, error) {
	rows, err := tx.QueryContext(ctx, `SELECT digest FROM search_page WHERE indexed_at < $1
		AND NOT EXISTS (SELECT 1 FROM search_place WHERE page = digest) LIMIT $2`, cutoff, swept)
	if err != nil {
		return 0, fmt.Errorf("look for pages that nothing needs: %w", err)
	}
	list, err := database.Collect(rows, func(row database.Row) (d blobstore.Digest, err error) {
		err = row.Scan(&d)
		return d, err
	})
	if err != nil {
		return 0, err
	}
	for _, d := range list {
		if _, err := tx.ExecContext(ctx, `DELETE FROM search_page WHERE digest = $1`, string(d)); err != nil {
			return 0, fmt.Errorf("remove page %s: %w", d, err)
		}
	}
	return len(list), nil
}

func (x *Index) sweepDocuments(ctx context.Context, tx database.Tx, cutoff int64) (int, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id FROM search_document WHERE indexed_at < $1
		AND NOT EXISTS (SELECT 1 FROM search_page WHERE document_id = id) LIMIT $2`, cutoff, swept)
	if err != nil {
		return 0, fmt.Errorf("look for documents that nothing needs: %w", err)
	}
	list, err := database.Collect(rows, func(row database.Row) (id int64, err error) {
		err = row.Scan(&id)
		return id, err
	})
	if err != nil {
		return 0, err
	}
	if err := x.engine.remove(ctx, tx, list); err != nil {
		return 0, err
	}
	for _, id := range list {
		if _, err := tx.ExecContext(ctx, `DELETE FROM search_document WHERE id = $1`, id); err != nil {
			return 0, fmt.Errorf("remove document %d: %w", id, err)
		}
	}
	return len(list), nil
}
