package export

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/release"
)

// State says what became of an export.
type State string

// The states of an export. One that is ready or has failed may be dropped, and
// requested anew. The database has older words for two of them.
const (
	Pending State = "wanted"
	Ready   State = "made"
	Failed  State = "failed"
)

// Export is the row of one file of a release.
type Export struct {
	Key
	State    State
	Digest   blobstore.Digest // of one that is ready
	Size     int64            // bytes
	Error    string           // why it failed
	Attempts int
	Ended    time.Time // when it became ready or failed
}

// Key identifies an export. It is also the job that wakes a worker
// for it.
type Key struct {
	RepositoryID string         `json:"repository_id"`
	Book         string         `json:"book"` // slug
	Number       release.Number `json:"number"`
	Format       string         `json:"format"`
}

// plan is the format of the row that asks which formats a release's settings
// want, and for what the archive's addresses lead to.
const plan = "plan"

const exportColumns = `repository_id, book, major, minor, format, state, digest, size, error, attempts, ended_at`

func scanExport(row database.Row) (*Export, error) {
	var e Export
	var ended int64
	err := row.Scan(&e.RepositoryID, &e.Book, &e.Number.Major, &e.Number.Minor, &e.Format, &e.State, &e.Digest, &e.Size,
		&e.Error, &e.Attempts, &ended)
	if err != nil {
		return nil, fmt.Errorf("read export: %w", err)
	}
	e.Ended = database.Time(ended)
	return &e, nil
}

const byKey = `repository_id = $1 AND book = $2 AND major = $3 AND minor = $4 AND format = $5`

// load returns the row of an export; nil if nobody has requested it yet.
func load(ctx context.Context, q database.Queryer, k Key) (*Export, error) {
	e, err := scanExport(q.QueryRowContext(ctx, `SELECT `+exportColumns+` FROM export WHERE `+byKey,
		k.RepositoryID, k.Book, k.Number.Major, k.Number.Minor, k.Format))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return e, err
}

// request records that an export is to be generated, also if it failed before, and
// enqueues its job. One that is ready stays.
func request(ctx context.Context, tx database.Tx, k Key) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO export (repository_id, book, major, minor, format, state, wanted_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (repository_id, book, major, minor, format) DO UPDATE
		SET state = excluded.state, wanted_at = excluded.wanted_at, error = '', attempts = 0, faults = 0, crashes = 0, begun = FALSE, ended_at = 0
		WHERE export.state = 'failed'`,
		k.RepositoryID, k.Book, k.Number.Major, k.Number.Minor, k.Format, string(Pending), database.Micros(time.Now()))
	if err != nil {
		return fmt.Errorf("request %s of %s %s: %w", k.Format, k.Book, k.Number, err)
	}
	return tx.Enqueue(ctx, k, nil)
}

// end records the result of a pending export: its file, or why it failed. One that
// has ended or was dropped in the meantime stays as it is.
func end(ctx context.Context, tx database.Queryer, k Key, state State, file blobstore.Info, failure string) error {
	_, err := tx.ExecContext(ctx, `UPDATE export SET state = $6, digest = $7, size = $8, error = $9, ended_at = $10
		WHERE `+byKey+` AND state = 'wanted'`,
		k.RepositoryID, k.Book, k.Number.Major, k.Number.Minor, k.Format,
		string(state), string(file.Digest), file.Size, failure, database.Micros(time.Now()))
	if err != nil {
		return fmt.Errorf("end %s of %s %s: %w", k.Format, k.Book, k.Number, err)
	}
	return nil
}

// Of returns the exports of a release in every state.
func (x *Exports) Of(ctx context.Context, r *release.Release) ([]*Export, error) {
	rows, err := x.DB.QueryContext(ctx, `SELECT `+exportColumns+` FROM export
		WHERE repository_id = $1 AND book = $2 AND major = $3 AND minor = $4 AND format <> 'plan' ORDER BY format`,
		r.RepositoryID, r.Book, r.Number.Major, r.Number.Minor)
	if err != nil {
		return nil, fmt.Errorf("list exports: %w", err)
	}
	return database.Collect(rows, scanExport)
}

// References calls f for the digest of every export that is ready.
func References(ctx context.Context, q database.Queryer, f func(blobstore.Digest) error) error {
	rows, err := q.QueryContext(ctx, `SELECT DISTINCT digest FROM export WHERE digest <> ''`)
	if err != nil {
		return fmt.Errorf("list exports: %w", err)
	}
	digests, err := database.Collect(rows, func(row database.Row) (d blobstore.Digest, err error) { return d, row.Scan(&d) })
	if err != nil {
		return err
	}
	for _, d := range digests {
		if err := f(d); err != nil {
			return err
		}
	}
	return nil
}

// Purge removes all exports of a repository that is being removed for good.
// Their files are left to the sweep of blobs.
func Purge(ctx context.Context, tx database.Tx, repositoryID string) error {
	for _, table := range []string{"export", "archive_book", "archive_resource"} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE repository_id = $1`, repositoryID); err != nil {
			return fmt.Errorf("purge exports: %w", err)
		}
	}
	return nil
}

// PurgeRelease drops the exports of a repository that are ready or have failed: those
// of one release, or of all of them for the zero number of no book. It returns
// how many there were, and their bytes. They are generated anew on request;
// their files are left to the sweep of blobs.
func PurgeRelease(ctx context.Context, tx database.Tx, repositoryID, book string, n release.Number) (count, size int64, err error) {
	const which = ` FROM export WHERE repository_id = $1 AND format <> 'plan' AND state <> 'wanted'
		AND ($2 = '' OR book = $2 AND major = $3 AND minor = $4)`
	err = tx.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(size), 0)`+which, repositoryID, book, n.Major, n.Minor).Scan(&count, &size)
	if err == nil {
		_, err = tx.ExecContext(ctx, `DELETE`+which, repositoryID, book, n.Major, n.Minor)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("purge exports: %w", err)
	}
	return count, size, nil
}

// DropOld drops exports that ended before the time and are of a release that is
// no longer its book's newest. They are generated anew on request.
func DropOld(ctx context.Context, q database.Queryer, before time.Time) (int64, error) {
	result, err := q.ExecContext(ctx, `DELETE FROM export WHERE format <> 'plan' AND state <> 'wanted' AND ended_at < $1
		AND EXISTS (SELECT 1 FROM release AS newer WHERE newer.repository_id = export.repository_id AND newer.book = export.book
			AND newer.state = 'current'
			AND (newer.major > export.major OR newer.major = export.major AND newer.minor > export.minor))`, database.Micros(before))
	if err != nil {
		return 0, fmt.Errorf("drop old exports: %w", err)
	}
	return result.RowsAffected()
}
