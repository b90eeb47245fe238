package blobstore

import (
	"context"
	"fmt"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Mark is what the servers that share a remote store have to know of a blob beyond its
// bytes. Most blobs have none.
//
// A blob that nothing names is deleted in two steps, so that no server can name it while
// another one deletes it. The sweep that finds it marks it as condemned. Whoever puts or
// renews it takes the mark away. A later sweep, when the grace period has passed since
// the mark was set, reads once more what is named; then it turns the mark of what still
// has no name into Deleting, if it is still there, and deletes the blob. A server that
// looked before the mark was set has written the name by then, since its work may not
// take longer than the grace period.
type Mark struct {
	Kind MarkKind
	At   time.Time // when it was set, in microseconds, by the clock of the server that set it
}

// MarkKind is a kind of [Mark].
type MarkKind string

// The kinds of marks.
const (
	Unmarked  MarkKind = ""
	Condemned MarkKind = "condemned" // nothing named the blob
	Deleting  MarkKind = "deleting"  // it is being deleted
	Damaged   MarkKind = "damaged"   // its bytes are not those of its digest
)

// Marks are the marks of blobs in a database. The methods may be called by several
// processes.
type Marks struct{ DB database.DB }

// All returns the marks of all blobs that have one.
func (m Marks) All(ctx context.Context) (map[Digest]Mark, error) {
	rows, err := m.DB.QueryContext(ctx, `SELECT digest, kind, marked_at FROM blob_mark`)
	if err != nil {
		return nil, fmt.Errorf("read the marks of blobs: %w", err)
	}
	defer rows.Close()
	all := map[Digest]Mark{}
	for rows.Next() {
		var d Digest
		var kind MarkKind
		var at int64
		if err := rows.Scan(&d, &kind, &at); err != nil {
			return nil, err
		}
		all[d] = Mark{kind, database.Time(at)}
	}
	return all, rows.Err()
}

// Swap gives a blob another mark, if it still has the old one, and reports whether it
// did. The zero mark stands for none.
func (m Marks) Swap(ctx context.Context, d Digest, old, mark Mark) (swapped bool, err error) {
	query, args := `UPDATE blob_mark SET kind = $4, marked_at = $5 WHERE digest = $1 AND kind = $2 AND marked_at = $3`,
		[]any{string(d), string(old.Kind), database.Micros(old.At), string(mark.Kind), database.Micros(mark.At)}
	switch {
	case old.Kind == Unmarked:
		query, args = `INSERT INTO blob_mark (digest, kind, marked_at) VALUES ($1, $2, $3) ON CONFLICT (digest) DO NOTHING`,
			[]any{string(d), string(mark.Kind), database.Micros(mark.At)}
	case mark.Kind == Unmarked:
		query, args = `DELETE FROM blob_mark WHERE digest = $1 AND kind = $2 AND marked_at = $3`, args[:3]
	}
	result, err := m.DB.ExecContext(ctx, query, args...)
	if err != nil {
		return false, fmt.Errorf("mark blob %s: %w", d, err)
	}
	n, err := result.RowsAffected()
	return n == 1, err
}
