package publish

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/failpoint"
	"github.com/rhaptos/rhaptos/publish/release"
)

// changeJob wakes a worker to announce a change of a release.
type changeJob struct {
	RepositoryID string `json:"repository_id"`
	Number       int64  `json:"number"`
}

// Kind is the job's name in the queue.
func (changeJob) Kind() string { return "release-change" }

// InsertOpts are as for publications.
func (changeJob) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 4 * maxFaults} }

// announceWorker announces changes of releases.
type announceWorker struct {
	river.WorkerDefaults[changeJob]
	*Publisher
}

// NextRetry is as for publications.
func (w *announceWorker) NextRetry(j *river.Job[changeJob]) time.Time { return nextRetry(j.Attempt) }

// Work announces one change, once.
func (w *announceWorker) Work(ctx context.Context, j *river.Job[changeJob]) error {
	failpoint.Hit("release-changed")
	return w.DB.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		path, err := lockRepository(ctx, tx, j.Args.RepositoryID)
		if errors.Is(err, errNoRepository) {
			return nil
		}
		if err != nil {
			return err
		}
		c, r, err := w.Releases.TakeChange(ctx, tx, j.Args.RepositoryID, j.Args.Number)
		if errors.Is(err, release.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if kind, ok := changeEvents[c.Kind]; ok {
			e := ReleaseEvent(kind, r, path, w.BaseURL)
			e.Time, e.Data.Actor, e.Data.Reason = c.At, c.Actor, c.Reason
			if err := w.announce(ctx, tx, e); err != nil {
				return fmt.Errorf("announce %s %s: %w", r.Book, r.Number, err)
			}
		}
		failpoint.Hit("release-change-announced")
		return nil
	})
}

// changeEvents has the event of each kind of change; others are not announced.
var changeEvents = map[release.ChangeKind]string{
	release.ChangeWithdrawn: ReleaseWithdrawn,
	release.ChangeBlocked:   ReleaseBlocked,
	release.ChangeRestored:  ReleaseRestored,
}
