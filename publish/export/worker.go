package export

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/failpoint"
	"github.com/rhaptos/rhaptos/publish/export/archive"
	"github.com/rhaptos/rhaptos/publish/export/pdf"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/settings"
)

// Kind is the job's name in the queue.
func (Key) Kind() string { return "export" }

// InsertOpts puts exports behind everything else that waits.
func (Key) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 4 * maxFaults, Priority: 4}
}

type worker struct {
	river.WorkerDefaults[Key]
	*Exports
}

// AddWorker registers the worker that makes exports in the background.
func (x *Exports) AddWorker(workers *river.Workers) { river.AddWorker(workers, &worker{Exports: x}) }

// Timeout limits the making of one export.
func (*worker) Timeout(*river.Job[Key]) time.Duration { return makeLimit }

// Work makes one export. It does not stand in line: the place among the workers
// is for others meanwhile.
func (w *worker) Work(ctx context.Context, j *river.Job[Key]) error {
	turn := w.turn(j.Args.Format)
	select {
	case turn <- struct{}{}:
		<-turn
	default:
		return river.JobSnooze(w.pause(ctx))
	}
	_, err, _ := w.flight.Do(fmt.Sprint(j.Args), func() (any, error) { return nil, w.work(ctx, j.Args) })
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		return river.JobSnooze(0) // the server is stopping; the next one goes on
	}
	return err
}

// pause returns how long a job waits before it looks again whether it is its turn.
// The wait grows with the number of jobs, so that all together ask twenty times a
// second.
func (x *Exports) pause(ctx context.Context) time.Duration {
	var waiting time.Duration
	if err := x.DB.QueryRowContext(ctx, `SELECT count(*) FROM export WHERE state = 'wanted'`).Scan(&waiting); err != nil {
		return time.Second
	}
	return min(max(waiting*time.Second/20, time.Second), 5*time.Minute)
}

// Resume enqueues a job for every export that an earlier process has left, the
// latest first.
func (x *Exports) Resume(ctx context.Context) error {
	rows, err := x.DB.QueryContext(ctx, `SELECT `+exportColumns+` FROM export WHERE state = 'wanted' ORDER BY wanted_at DESC`)
	if err != nil {
		return fmt.Errorf("list pending exports: %w", err)
	}
	left, err := database.Collect(rows, scanExport)
	if err != nil {
		return err
	}
	jobs := make([]river.JobArgs, len(left))
	for i, e := range left {
		jobs[i] = e.Key
	}
	return x.DB.Write(ctx, func(ctx context.Context, tx database.Tx) error { return tx.Requeue(ctx, Key{}.Kind(), jobs) })
}

// work generates an export if it is pending. Its error asks for another attempt; one
// that was the last is recorded.
func (x *Exports) work(ctx context.Context, k Key) error {
	turn := x.turn(k.Format)
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	past, found, err := attemptsAt(ctx, x.DB, k)
	if err != nil || !found {
		return err
	}
	if past.crashes >= maxCrashes {
		return end(ctx, x.DB, k, Failed, blobstore.Info{}, fmt.Sprintf("given up: the server stopped during each of %d attempts", past.crashes))
	}
	if wait := quietTime(past.crashes) - time.Since(x.started); wait > 0 {
		return river.JobSnooze(wait)
	}
	if err := begin(ctx, x.DB, k); err != nil {
		return err
	}
	failpoint.Hit("export-started")
	err = x.make(ctx, k)
	if err == nil {
		return nil
	}
	stopping := errors.Is(ctx.Err(), context.Canceled)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if stopping {
		return errors.Join(err, interrupted(ctx, x.DB, k))
	}
	x.Log.WarnContext(ctx, "export failed", "repository", k.RepositoryID, "book", k.Book, "number", k.Number, "format", k.Format, "attempt", past.begun+1, "err", err)
	if past.faults+1 < maxFaults && !errors.Is(err, ErrUnavailable) && !errors.Is(err, pdf.ErrTooMuch) {
		return errors.Join(err, failedOnce(ctx, x.DB, k))
	}
	return end(ctx, x.DB, k, Failed, blobstore.Info{}, err.Error())
}

// make generates what an export's row asks for.
func (x *Exports) make(ctx context.Context, k Key) error {
	r, err := x.Releases.Release(ctx, k.RepositoryID, k.Book, k.Number)
	if errors.Is(err, release.ErrNotFound) || err == nil && r.State != release.Current {
		return x.drop(ctx, k) // nobody may have it; it is requested anew when it comes back
	}
	if err != nil {
		return err
	}
	if k.Format == plan {
		return x.plan(ctx, k, r)
	}
	f, ok := formatNamed(k.Format)
	if !ok {
		return fmt.Errorf("%w: there is no format %q", ErrUnavailable, k.Format)
	}
	if err := x.possible(f); err != nil {
		return err
	}
	info, err := x.produce(ctx, f, r)
	if err != nil {
		return err
	}
	return end(ctx, x.DB, k, Ready, info, "")
}

// plan finds out which exports of a release to generate early, and what the archive's
// addresses lead to, and records both. For a release that is no longer the newest
// exports are generated on request only.
func (x *Exports) plan(ctx context.Context, k Key, r *release.Release) error {
	newest, err := x.Releases.Latest(ctx, r.RepositoryID, r.Book)
	if err != nil && !errors.Is(err, release.ErrNotFound) {
		return err
	}
	var formats []string
	if newest != nil && newest.Number == r.Number {
		if formats, err = x.policy(ctx, r); err != nil {
			return err
		}
	}
	m, err := x.Releases.Manifest(ctx, r.Manifest)
	if err != nil {
		return err
	}
	files, err := x.Sums(ctx, r, m)
	if err != nil {
		return err
	}
	return x.DB.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		if err := archive.Register(ctx, tx, r, m.Book, files); err != nil {
			return err
		}
		for _, name := range formats {
			f, ok := formatNamed(name)
			if !ok || x.possible(f) != nil {
				continue
			}
			if err := request(ctx, tx, Key{k.RepositoryID, k.Book, k.Number, name}); err != nil {
				return err
			}
		}
		return end(ctx, tx, k, Ready, blobstore.Info{}, "")
	})
}

// policy returns the formats that the settings in the release's tree ask for.
func (x *Exports) policy(ctx context.Context, r *release.Release) (_ []string, err error) {
	tree, closeTree, err := x.Source.Tree(ctx, r.RepositoryID, r.Commit)
	if err != nil {
		return nil, fmt.Errorf("open the tree of %s: %w", r.Commit, err)
	}
	defer func() { err = errors.Join(err, closeTree()) }()
	set, _ := settings.Read(tree, "")
	return set.EarlyExports(), nil
}

// Possible returns the formats that can be generated here.
func (x *Exports) Possible() []Format {
	var list []Format
	for _, f := range Formats() {
		if x.possible(f) == nil {
			list = append(list, f)
		}
	}
	return list
}

// possible says, by an error that matches ErrUnavailable, why no file of the format
// can be generated here.
func (x *Exports) possible(f Format) error {
	if f.Name == PDFFormat.Name && x.Chromium == nil {
		return fmt.Errorf("%w: this server has no Chromium to print it", ErrUnavailable)
	}
	return nil
}
