package publish

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Retry requests a failed publication once more, with the same commit, baseline and
// release request, in the name of actor. It returns the number of the new
// publication. A publication that did not fail, or that a newer one of the same ref
// has overtaken, is an error.
func Retry(ctx context.Context, tx database.Tx, repositoryID string, number int64, actor string) (int64, error) {
	s, err := Find(ctx, tx, repositoryID, number)
	if err != nil {
		return 0, fmt.Errorf("publication %d: %w", number, err)
	}
	if s.State != Failed {
		return 0, fmt.Errorf("publication %d has not failed: it is %s", number, s.State)
	}
	var later sql.NullInt64
	err = tx.QueryRowContext(ctx, `SELECT max(number) FROM publication
		WHERE repository_id = $1 AND number > $2 AND ref = $3 AND kind = $4 AND state <> $5`,
		repositoryID, number, []byte(s.Ref), string(s.Kind), string(Failed)).Scan(&later)
	switch {
	case err != nil:
		return 0, fmt.Errorf("look for later publications of %s: %w", s.Ref, err)
	case later.Valid:
		return 0, fmt.Errorf("publication %d of %s is newer than %d, which would take its place with older content", later.Int64, s.Ref, number)
	}
	p := s.Publication
	p.Actor = actor
	n, err := Request(ctx, tx, p)
	if errors.Is(err, errNoRepository) {
		return 0, ErrNotFound
	}
	return n, err
}
