package release

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Compare orders numbers as readers do: by the major part, then by the minor.
func (n Number) Compare(other Number) int {
	return cmp.Or(cmp.Compare(n.Major, other.Major), cmp.Compare(n.Minor, other.Minor))
}

// Next is the number that a book's next release gets by itself: the next minor
// of the newest major that readers know of. Numbers of releases that are
// embargoed are passed over. It reads through q, which may be an open
// transaction.
func (s *Store) Next(ctx context.Context, q database.Queryer, repositoryID, book string) (Number, error) {
	var major sql.NullInt64
	err := q.QueryRowContext(ctx, `SELECT coalesce(max(CASE WHEN state <> $3 THEN major END), max(major)) FROM release
		WHERE repository_id = $1 AND book = $2`, repositoryID, book, string(Embargoed)).Scan(&major)
	if err != nil {
		return Number{}, fmt.Errorf("number the release of %s: %w", book, err)
	}
	if !major.Valid {
		return Number{Major: 1, Minor: 1}, nil
	}
	highest, _, err := s.highest(ctx, q, repositoryID, book, int(major.Int64))
	return Number{Major: int(major.Int64), Minor: highest + 1}, err
}

// highest is the highest minor part that a release of the major has, in
// whatever state.
func (s *Store) highest(ctx context.Context, q database.Queryer, repositoryID, book string, major int) (minor int, ok bool, err error) {
	var found sql.NullInt64
	err = q.QueryRowContext(ctx, `SELECT max(minor) FROM release WHERE repository_id = $1 AND book = $2 AND major = $3`,
		repositoryID, book, major).Scan(&found)
	if err != nil {
		return 0, false, fmt.Errorf("look for releases %d of %s: %w", major, book, err)
	}
	return int(found.Int64), found.Valid, nil
}

// CheckNumber says why a release of the book cannot have the number, empty if it
// can: it is taken, or would come before others of its major. It reads through
// q, which may be an open transaction.
func (s *Store) CheckNumber(ctx context.Context, q database.Queryer, repositoryID, book string, n Number) (string, error) {
	taken, err := s.find(ctx, q, repositoryID, book, n)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return "", err
	}
	highest, ok, herr := s.highest(ctx, q, repositoryID, book, n.Major)
	if herr != nil {
		return "", herr
	}
	next := Number{n.Major, highest + 1}
	switch {
	case err == nil && taken.State == Embargoed:
		return fmt.Sprintf("%s %s is taken by a release that is to appear at %s; the next number is %s", book, n, taken.Appears.Format(timeForm), next), nil
	case err == nil:
		return fmt.Sprintf("%s %s is taken by the release of %s; the next number is %s", book, n, taken.Published.Format(timeForm), next), nil
	case ok && n.Minor < highest:
		return fmt.Sprintf("%s %s would come before %s, which is there; the next number is %s", book, n, Number{n.Major, highest}, next), nil
	}
	return "", nil
}

const timeForm = "2006-01-02T15:04:05Z07:00"
