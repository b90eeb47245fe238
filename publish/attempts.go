package publish

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// An attempt that ends with an error is a fault, of the book, the storage or the
// database. After maxFaults of them, about seven hours, the publication fails so that
// later ones get their turn.
//
// An attempt that the server did not survive is a crash. It says nothing about the
// book, unless there is no end of them: before each further attempt the server must
// have run for a while, which is longer the more crashes there were. After maxCrashes,
// more than two hours of such waits, the publication fails.
const (
	maxFaults   = 40
	maxCrashes  = 100
	longestWait = 15 * time.Minute
)

// quietTime is how long the server must have run before the next attempt at a
// publication that has seen so many crashes: no time for the first few, 10 seconds
// after 20, 4 minutes after 100.
func quietTime(crashes int) time.Duration {
	return time.Duration(crashes*crashes) * time.Second / 40
}

// attempts is what has become of the attempts at a publication.
type attempts struct {
	begun, faults, crashes int
	cancelledBy            string // who asked to give it up; empty: nobody
}

// attemptsAt returns the attempts at a pending publication. One that was begun and
// did not end counts as a crash, so no other goroutine may be working on it.
func attemptsAt(ctx context.Context, q database.Queryer, j job) (a attempts, found bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT attempts, faults, crashes + CASE WHEN begun THEN 1 ELSE 0 END, cancelled_by
		FROM publication WHERE repository_id = $1 AND number = $2 AND state = 'pending'`, j.RepositoryID, j.Number).
		Scan(&a.begun, &a.faults, &a.crashes, &a.cancelledBy)
	if errors.Is(err, sql.ErrNoRows) {
		return a, false, nil
	}
	if err != nil {
		return a, false, fmt.Errorf("read attempts at publication %d: %w", j.Number, err)
	}
	return a, true, nil
}

// hopeless returns why there shall be no further attempt; empty if there shall be.
func (a attempts) hopeless() string {
	switch {
	case a.cancelledBy != "":
		return "cancelled by " + a.cancelledBy
	case a.crashes >= maxCrashes:
		return fmt.Sprintf("given up after %d attempts: the server stopped during each of %d; "+
			"once the reason is found, rhaptos release retry publishes it", a.begun, a.crashes)
	}
	return ""
}

// wait returns how long the attempt after the crashes must still wait, give or take a
// half: publications that were interrupted together shall not be begun together, so
// that the one at fault is alone in the end.
func (a attempts) wait(running time.Duration) time.Duration {
	quiet := time.Duration(float64(quietTime(a.crashes)) * (0.5 + rand.Float64()))
	return max(0, quiet-running)
}

// interrupted notes that the attempt ended with the server, which was asked to stop.
func interrupted(ctx context.Context, q database.Queryer, p *Publication) error {
	_, err := q.ExecContext(ctx, `UPDATE publication SET begun = FALSE WHERE repository_id = $1 AND number = $2`, p.RepositoryID, p.Number)
	return err
}

// failedOnce notes that the attempt ended with an error, and reports it.
func failedOnce(ctx context.Context, q database.Queryer, p *Publication, report string) error {
	if _, err := q.ExecContext(ctx, `UPDATE publication SET begun = FALSE, faults = faults + 1
		WHERE repository_id = $1 AND number = $2`, p.RepositoryID, p.Number); err != nil {
		return err
	}
	return setReport(ctx, q, p, report)
}

// Cancel asks for a pending publication to be given up, in the name of actor: a
// worker will mark it as failed before it begins another attempt, and go on with
// those after it. A publication that has ended is an error.
func Cancel(ctx context.Context, tx database.Tx, repositoryID string, number int64, actor string) error {
	s, err := Find(ctx, tx, repositoryID, number)
	if err != nil {
		return fmt.Errorf("publication %d: %w", number, err)
	}
	if s.State != Pending {
		return fmt.Errorf("publication %d has ended: it is %s", number, s.State)
	}
	if actor == "" {
		actor = "the operator"
	}
	if _, err := tx.ExecContext(ctx, `UPDATE publication SET cancelled_by = $3 WHERE repository_id = $1 AND number = $2`,
		repositoryID, number, actor); err != nil {
		return fmt.Errorf("cancel publication %d: %w", number, err)
	}
	return tx.Enqueue(ctx, job{repositoryID, number}, nil)
}
