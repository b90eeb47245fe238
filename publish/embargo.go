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

// appearance wakes a worker at the end of an embargo. The row of the release
// counts: it has the time, and says whether the release is still embargoed.
type appearance struct {
	RepositoryID string `json:"repository_id"`
	Book         string `json:"book"`
	Major        int    `json:"major"`
	Minor        int    `json:"minor"`
}

// Kind is the job's name in the queue.
func (appearance) Kind() string { return "release-appearance" }

// InsertOpts lets the queue try for about as long as a database may be away.
func (appearance) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 4 * maxFaults}
}

// soon bounds the waits that a worker sleeps through. The queue looks at scheduled
// jobs every few seconds only, and after a crash not before its lease has run
// out.
const soon = 4 * time.Second

// awaitTime schedules the job that lets the release appear.
func awaitTime(ctx context.Context, tx database.Tx, r *release.Release) error {
	var opts *river.InsertOpts
	if r.Appears.After(time.Now().Add(soon)) {
		opts = &river.InsertOpts{ScheduledAt: r.Appears}
	}
	return tx.Enqueue(ctx, appearance{r.RepositoryID, r.Book, r.Number.Major, r.Number.Minor}, opts)
}

// embargoWorker ends embargoes.
type embargoWorker struct {
	river.WorkerDefaults[appearance]
	*Publisher
}

// Work does one job: the release appears, or the job waits on.
func (w *embargoWorker) Work(ctx context.Context, j *river.Job[appearance]) error {
	wait, err := w.appear(ctx, j.Args)
	if err == nil && wait > 0 {
		return river.JobSnooze(wait)
	}
	return err
}

// NextRetry is as for publications.
func (w *embargoWorker) NextRetry(j *river.Job[appearance]) time.Time { return nextRetry(j.Attempt) }

// appear ends the embargo of a release and announces it, in one transaction. It
// does nothing if the release is no longer embargoed. If the time was moved it
// returns how long is left.
func (p *Publisher) appear(ctx context.Context, a appearance) (wait time.Duration, err error) {
	failpoint.Hit("release-due")
	moves, err := p.movesOf(ctx, a)
	if err != nil {
		return 0, err
	}
	err = p.DB.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		wait = 0
		path, err := lockRepository(ctx, tx, a.RepositoryID)
		if err != nil {
			return err
		}
		now := time.Now().UTC().Truncate(time.Microsecond)
		r, err := p.Releases.Appear(ctx, tx, a.RepositoryID, a.Book, release.Number{Major: a.Major, Minor: a.Minor}, now)
		switch {
		case errors.Is(err, release.ErrNotFound):
			return nil
		case err != nil:
			return err
		case r.State == release.Embargoed:
			wait = r.Appears.Sub(now)
			return nil
		}
		if err := p.Releases.RecordMoves(ctx, tx, r.RepositoryID, r.Book, moves); err != nil {
			return err
		}
		by, err := Find(ctx, tx, r.RepositoryID, r.Publication)
		if err != nil {
			return fmt.Errorf("find what made %s %s: %w", r.Book, r.Number, err)
		}
		if err := p.announce(ctx, tx, p.releaseEvent(&by.Publication, r, path)); err != nil {
			return fmt.Errorf("announce %s %s: %w", r.Book, r.Number, err)
		}
		failpoint.Hit("release-appearing")
		return nil
	})
	if errors.Is(err, errNoRepository) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("let %s %d.%d appear: %w", a.Book, a.Major, a.Minor, err)
	}
	if wait == 0 {
		p.Log.InfoContext(ctx, "release appeared", "repository", a.RepositoryID, "book", a.Book, "number", release.Number{Major: a.Major, Minor: a.Minor}.String())
	}
	return wait, nil
}

// movesOf returns the moves to record when the release appears.
func (p *Publisher) movesOf(ctx context.Context, a appearance) (release.Moves, error) {
	r, err := p.Releases.InAnyState(ctx, a.RepositoryID, a.Book, release.Number{Major: a.Major, Minor: a.Minor})
	if errors.Is(err, release.ErrNotFound) {
		return release.Moves{}, nil
	}
	if err != nil {
		return release.Moves{}, err
	}
	m, err := p.Releases.Manifest(ctx, r.Manifest)
	if err != nil {
		return release.Moves{}, err
	}
	return p.moves(ctx, p.Log, a.RepositoryID, r.Commit, m)
}

// resumeReleases wakes workers for all embargoes, and for changes that have not
// been announced.
func (p *Publisher) resumeReleases(ctx context.Context) error {
	embargoes, err := p.Releases.AllEmbargoes(ctx)
	if err != nil {
		return err
	}
	changes, err := p.Releases.Unannounced(ctx)
	if err != nil || len(embargoes)+len(changes) == 0 {
		return err
	}
	return p.DB.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		for _, r := range embargoes {
			if err := awaitTime(ctx, tx, r); err != nil {
				return err
			}
		}
		for _, c := range changes {
			if err := tx.Enqueue(ctx, changeJob{c.RepositoryID, c.Number}, nil); err != nil {
				return err
			}
		}
		return nil
	})
}
