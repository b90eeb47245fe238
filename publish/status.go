package publish

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Status is a publication with its state.
type Status struct {
	Publication
	State     State
	Report    string // lines of text: the releases, or what went wrong
	Attempts  int    // how often a worker has begun it
	Requested time.Time
	Finished  time.Time // zero while it is pending
}

// ErrNotFound says that a repository has no publication with the number.
var ErrNotFound = errors.New("no such publication")

const statusColumns = `repository_id, number, ref, commit_id, kind, push_id, base_commit, hops, state, report, attempts, created_at, finished_at,
	numbers, only_named, publish_at, actor`

func scanStatus(row database.Row) (*Status, error) {
	var s Status
	var ref []byte
	var requested int64
	var finished, at sql.NullInt64
	var numbers string
	err := row.Scan(&s.RepositoryID, &s.Number, &ref, &s.Commit, &s.Kind, &s.PushID, &s.Base, &s.Hops, &s.State, &s.Report, &s.Attempts, &requested, &finished,
		&numbers, &s.Request.Only, &at, &s.Actor)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read publication: %w", err)
	}
	s.Ref, s.Requested = string(ref), database.Time(requested)
	s.Finished, s.Request.At = fromMicros(finished), fromMicros(at)
	if s.Request.Numbers, err = readNumbers(numbers); err != nil {
		return nil, fmt.Errorf("read publication %d: %w", s.Number, err)
	}
	return &s, nil
}

// Find returns a publication of a repository by its number. The error of a
// missing one is ErrNotFound.
func Find(ctx context.Context, q database.Queryer, repositoryID string, number int64) (*Status, error) {
	return scanStatus(q.QueryRowContext(ctx, `SELECT `+statusColumns+` FROM publication
		WHERE repository_id = $1 AND number = $2`, repositoryID, number))
}

// Publications returns the publications of a repository, newest first, at most
// limit.
func Publications(ctx context.Context, q database.Queryer, repositoryID string, limit int) ([]*Status, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+statusColumns+` FROM publication
		WHERE repository_id = $1 ORDER BY number DESC LIMIT $2`, repositoryID, limit)
	if err != nil {
		return nil, fmt.Errorf("list publications: %w", err)
	}
	return database.Collect(rows, scanStatus)
}

// OfPush returns the publications that a push requested, in their order.
func OfPush(ctx context.Context, q database.Queryer, repositoryID, pushID string) ([]*Status, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+statusColumns+` FROM publication
		WHERE repository_id = $1 AND push_id = $2 ORDER BY number`, repositoryID, pushID)
	if err != nil {
		return nil, fmt.Errorf("list publications of push %s: %w", pushID, err)
	}
	return database.Collect(rows, scanStatus)
}

// Resume wakes a worker for every pending publication. A process that was
// killed leaves its jobs marked as running until the queue gives them up, many
// minutes later; Resume, called at start, shortens that wait. At any other time
// it does no harm.
func Resume(ctx context.Context, db database.DB) error {
	jobs, err := pending(ctx, db)
	if err != nil || len(jobs) == 0 {
		return err
	}
	return db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		for _, j := range jobs {
			if err := tx.Enqueue(ctx, j, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// pending returns the first pending publication of every repository that has one:
// the others are woken in turn.
func pending(ctx context.Context, q database.Queryer) ([]job, error) {
	rows, err := q.QueryContext(ctx, `SELECT repository_id, min(number) FROM publication
		WHERE state = $1 GROUP BY repository_id ORDER BY repository_id`, string(Pending))
	if err != nil {
		return nil, fmt.Errorf("list pending publications: %w", err)
	}
	return database.Collect(rows, func(row database.Row) (j job, err error) {
		err = row.Scan(&j.RepositoryID, &j.Number)
		return j, err
	})
}
