package search

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish"
)

// job wakes the worker. It says nothing: the rows of releases and drafts do.
type job struct{}

// Kind is the job's name in the queue.
func (job) Kind() string { return "search" }

var _ publish.Announcer = (*Index)(nil)

// Announce implements [publish.Announcer]: a release or a draft that appears is
// indexed a moment later.
func (x *Index) Announce(ctx context.Context, tx database.Tx, e publish.Event) error {
	switch e.Type {
	case publish.ReleasePublished, publish.ReleaseRestored, publish.DraftBuilt:
		return tx.Enqueue(ctx, job{}, nil)
	}
	return nil
}

// Resume takes up again what an earlier process has left.
func (x *Index) Resume(ctx context.Context) error { return x.wake(ctx) }

// wakeOnce wakes the worker unless another search has done so in this second.
func (x *Index) wakeOnce(ctx context.Context) error {
	if now := time.Now().Unix(); x.woken.Swap(now) == now {
		return nil
	}
	return x.wake(ctx)
}

func (x *Index) wake(ctx context.Context) error {
	return x.db.Write(ctx, func(ctx context.Context, tx database.Tx) error { return tx.Enqueue(ctx, job{}, nil) })
}

// AddWorker registers the worker that does the index's jobs.
func (x *Index) AddWorker(workers *river.Workers) { river.AddWorker(workers, &worker{index: x}) }

type worker struct {
	river.WorkerDefaults[job]
	index *Index
}

// Work indexes what is not.
func (w *worker) Work(ctx context.Context, _ *river.Job[job]) error {
	n, err := w.index.work(ctx)
	if n > 0 {
		w.index.log.InfoContext(ctx, "indexed for search", "editions", n)
	}
	if err != nil && ctx.Err() != nil {
		return river.JobSnooze(0) // the server is stopping, or there is much to do
	}
	if err != nil {
		w.index.log.WarnContext(ctx, "cannot index everything for search", "err", err)
	}
	return err
}
