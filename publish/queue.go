package publish

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// job wakes a worker for one publication.
type job struct {
	RepositoryID string `json:"repository_id"`
	Number       int64  `json:"number"`
}

// Kind is the job's name in the queue.
func (job) Kind() string { return "publish" }

// InsertOpts lets the queue try more often than a publication may be begun:
// the row counts, so it is the row that ends the attempts.
func (job) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 4 * maxFaults} }

// inTurn holds for a pending publication ($1, $2) with no pending one before it.
const inTurn = `repository_id = $1 AND number = $2 AND state = 'pending' AND NOT EXISTS (
	SELECT 1 FROM publication AS earlier
	WHERE earlier.repository_id = $1 AND earlier.number < $2 AND earlier.state = 'pending')`

// begin counts an attempt at the publication and returns it. The result is nil if
// there is nothing to do: the publication has ended, or an earlier one has not and
// will wake this one.
func begin(ctx context.Context, db database.DB, j job) (p *Publication, err error) {
	err = db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		var ref []byte
		var numbers string
		var at sql.NullInt64
		p = &Publication{RepositoryID: j.RepositoryID, Number: j.Number}
		err := tx.QueryRowContext(ctx, `UPDATE publication SET attempts = attempts + 1,
			crashes = crashes + CASE WHEN begun THEN 1 ELSE 0 END, begun = TRUE WHERE `+inTurn+`
			RETURNING ref, commit_id, kind, push_id, base_commit, hops, numbers, only_named, publish_at, actor`, j.RepositoryID, j.Number).
			Scan(&ref, &p.Commit, &p.Kind, &p.PushID, &p.Base, &p.Hops, &numbers, &p.Request.Only, &at, &p.Actor)
		if errors.Is(err, sql.ErrNoRows) {
			p = nil
			return nil
		}
		if err != nil {
			return err
		}
		p.Ref, p.Request.At = string(ref), fromMicros(at)
		p.Request.Numbers, err = readNumbers(numbers)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("begin publication %d: %w", j.Number, err)
	}
	return p, nil
}

// superseded reports whether a newer draft of the same branch is pending.
func superseded(ctx context.Context, q database.Queryer, p *Publication) (bool, error) {
	if p.Kind != Draft {
		return false, nil
	}
	var newer bool
	err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM publication
		WHERE repository_id = $1 AND number > $2 AND ref = $3 AND kind = $4 AND state = $5)`,
		p.RepositoryID, p.Number, []byte(p.Ref), string(Draft), string(Pending)).Scan(&newer)
	if err != nil {
		return false, fmt.Errorf("look for newer drafts: %w", err)
	}
	return newer, nil
}

// errEnded says that another worker has ended the publication.
var errEnded = errors.New("publication has ended already")

// end moves a publication from Pending to its last state, in one transaction with
// effect, which returns the report, and wakes the next publication. The error of a
// publication that has ended already is errEnded.
func end(ctx context.Context, db database.DB, p *Publication, state State,
	effect func(ctx context.Context, tx database.Tx, path string) (report string, err error)) error {
	return db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		path, err := lockRepository(ctx, tx, p.RepositoryID)
		if err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `UPDATE publication SET state = $3, finished_at = $4, begun = FALSE WHERE `+inTurn,
			p.RepositoryID, p.Number, string(state), database.Micros(time.Now()))
		if err != nil {
			return fmt.Errorf("end publication %d: %w", p.Number, err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, errEnded)
		}
		report, err := effect(ctx, tx, path)
		if err != nil {
			return err
		}
		if err := setReport(ctx, tx, p, report); err != nil {
			return err
		}
		return wakeNext(ctx, tx, p.RepositoryID)
	})
}

func setReport(ctx context.Context, q database.Queryer, p *Publication, report string) error {
	_, err := q.ExecContext(ctx, `UPDATE publication SET report = $3 WHERE repository_id = $1 AND number = $2`,
		p.RepositoryID, p.Number, strings.ToValidUTF8(strings.ReplaceAll(report, "\x00", ""), "\uFFFD"))
	if err != nil {
		return fmt.Errorf("write report of publication %d: %w", p.Number, err)
	}
	return nil
}

func wakeNext(ctx context.Context, tx database.Tx, repositoryID string) error {
	var next sql.NullInt64
	err := tx.QueryRowContext(ctx, `SELECT min(number) FROM publication WHERE repository_id = $1 AND state = $2`,
		repositoryID, string(Pending)).Scan(&next)
	if err != nil {
		return fmt.Errorf("look for the next publication: %w", err)
	}
	if !next.Valid {
		return nil
	}
	return tx.Enqueue(ctx, job{repositoryID, next.Int64}, nil)
}
