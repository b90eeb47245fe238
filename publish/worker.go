package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/failpoint"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// longestAttempt bounds how long an attempt may wait, so that one that hangs ends
// some day. It does not bound work: a large book on a busy machine may take hours.
// The next attempt reuses what was built and stored before.
const longestAttempt = 24 * time.Hour

var errTooLong = fmt.Errorf("the attempt took longer than %v; the next one goes on with what was built", longestAttempt)

type worker struct {
	river.WorkerDefaults[job]
	*Publisher
}

// Work does one job. A nil error ends the job, not necessarily the publication.
func (w *worker) Work(ctx context.Context, j *river.Job[job]) error { return w.work(ctx, j.Args) }

// Timeout is that of an attempt.
func (w *worker) Timeout(*river.Job[job]) time.Duration { return longestAttempt }

// NextRetry doubles the wait from a second up to a quarter of an hour, give or take
// a fifth, so that what failed together does not come back together.
func (w *worker) NextRetry(j *river.Job[job]) time.Time { return nextRetry(j.Attempt) }

func nextRetry(attempt int) time.Time {
	wait := longestWait
	if n := attempt - 1; n < 10 {
		wait = min(longestWait, time.Second<<max(n, 0))
	}
	return time.Now().Add(time.Duration(float64(wait) * (0.8 + 0.4*rand.Float64())))
}

func (p *Publisher) work(ctx context.Context, j job) error {
	if !p.start(j) {
		// Two jobs for one publication: the other may just be finding out that
		// it came too early, so this one cannot be dropped.
		return river.JobSnooze(500 * time.Millisecond)
	}
	defer p.stop(j)
	release, free, err := p.DB.Claim(ctx, fmt.Sprintf("publication %s %d", j.RepositoryID, j.Number))
	if err != nil {
		return err
	}
	if !free { // another server is at it; if it ends first, there is nothing to do any more
		return river.JobSnooze(2 * time.Second)
	}
	defer release()
	past, found, err := attemptsAt(ctx, p.DB, j)
	if err != nil || !found {
		return err
	}
	hopeless := past.hopeless()
	if wait := past.wait(time.Since(p.started)); wait > 0 && hopeless == "" {
		p.Log.WarnContext(ctx, "publication waits, because the server stopped during earlier attempts", "repository", j.RepositoryID,
			"publication", j.Number, "times", past.crashes, "wait", wait.Round(time.Second))
		return river.JobSnooze(wait)
	}
	publication, err := begin(ctx, p.DB, j)
	if err != nil || publication == nil {
		return err
	}
	failpoint.Hit("publish-started")
	log := p.Log.With("repository", j.RepositoryID, "publication", j.Number, "ref", publication.Ref, "attempt", past.begun+1)
	if hopeless != "" {
		return p.giveUp(ctx, log, publication, hopeless)
	}
	err = p.publish(ctx, log, publication)
	switch {
	case err == nil:
		failpoint.Hit("publish-committed")
		log.InfoContext(ctx, "publication ended", "commit", publication.Commit)
		return nil
	case errors.Is(err, errEnded):
		return nil
	case errors.Is(ctx.Err(), context.Canceled):
		// The server is stopping; the next one goes on.
		if err := interrupted(context.WithoutCancel(ctx), p.DB, publication); err != nil {
			log.WarnContext(ctx, "the end of the attempt was not noted", "err", err)
		}
		return river.JobSnooze(0)
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = errTooLong
	}
	// A job that ran out of time must still be able to write its report.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if past.faults+1 >= maxFaults {
		return p.giveUp(ctx, log, publication, fmt.Sprintf("given up after %d attempts: %v", past.faults+1, err))
	}
	log.WarnContext(ctx, "publication failed, will be tried again", "err", err)
	return errors.Join(err, failedOnce(ctx, p.DB, publication, "will be tried again: "+err.Error()))
}

// start reports whether no other goroutine works on the publication, and if so
// takes it until stop is called.
func (p *Publisher) start(j job) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running[j] {
		return false
	}
	p.running[j] = true
	return true
}

func (p *Publisher) stop(j job) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.running, j)
}

func (p *Publisher) giveUp(ctx context.Context, log *slog.Logger, publication *Publication, cause string) error {
	log.ErrorContext(ctx, "publication given up", "cause", cause)
	return ignoreEnded(p.fail(ctx, publication, cause))
}

func ignoreEnded(err error) error {
	if errors.Is(err, errEnded) {
		return nil
	}
	return err
}

func (p *Publisher) fail(ctx context.Context, publication *Publication, report string, problems ...collection.Problem) error {
	return end(ctx, p.DB, publication, Failed, func(ctx context.Context, tx database.Tx, path string) (string, error) {
		return report, p.announce(ctx, tx, p.failedEvent(publication, path, report, problems))
	})
}

// publish works a publication to its end. An error is one of storage, database or
// source, and worth a retry.
func (p *Publisher) publish(ctx context.Context, log *slog.Logger, publication *Publication) error {
	newer, err := superseded(ctx, p.DB, publication)
	if err != nil {
		return err
	}
	if newer {
		return end(ctx, p.DB, publication, Superseded, func(context.Context, database.Tx, string) (string, error) {
			return "a newer draft of the branch takes its place", nil
		})
	}
	var result *result
	if publication.Commit == "" {
		result = emptied()
	} else if result, err = p.build(ctx, log, publication); err != nil {
		return err
	}
	failpoint.Hit("publish-before-commit")
	switch {
	case publication.Kind == Draft:
		return end(ctx, p.DB, publication, Published, func(ctx context.Context, tx database.Tx, path string) (string, error) {
			return p.replaceDrafts(ctx, tx, publication, path, result)
		})
	case result.hopeless():
		log.InfoContext(ctx, "publication failed", "problems", len(result.problems))
		return p.fail(ctx, publication, result.report(), result.problems...)
	}
	err = end(ctx, p.DB, publication, Published, func(ctx context.Context, tx database.Tx, path string) (string, error) {
		return p.insertReleases(ctx, tx, publication, path, result)
	})
	if refused := (*requestError)(nil); errors.As(err, &refused) {
		log.InfoContext(ctx, "publication failed", "err", err)
		return p.fail(ctx, publication, result.report(
			"no release: "+refused.why+"; it can be asked for again with another number: rhaptos release publish OWNER/NAME REF --number N"), result.problems...)
	}
	return err
}
