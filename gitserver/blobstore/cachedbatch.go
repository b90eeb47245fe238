package blobstore

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// Batch implements [BatchStore]: it uploads many files at the same time.
func (s *Cached) Batch() Batch {
	ctx, cancel := context.WithCancelCause(context.Background())
	return &cachedBatch{store: s, ctx: ctx, cancel: cancel, room: semaphore.NewWeighted(waiting)}
}

// waiting is how many files of a batch may wait for their upload before Put waits too.
const waiting = 4 * uploads

// errClosed ends the uploads of a batch that is given up.
var errClosed = errors.New("the batch was closed")

// cachedBatch uploads in the background.
type cachedBatch struct {
	store  *Cached
	ctx    context.Context // of the uploads: each outlives the Put that began it
	cancel context.CancelCauseFunc
	room   *semaphore.Weighted
	wg     sync.WaitGroup

	mu  sync.Mutex
	err error // of the first upload that failed since the last Commit
}

// Put implements [Batch].
func (b *cachedBatch) Put(ctx context.Context, r io.Reader) (Info, error) {
	if err := b.room.Acquire(ctx, 1); err != nil {
		return Info{}, context.Cause(ctx)
	}
	w, err := b.store.write(ctx, r)
	if err == nil {
		err = b.failed()
	}
	if err != nil {
		b.room.Release(1)
		remove([]written{w})
		return Info{}, err
	}
	b.wg.Go(func() {
		defer b.room.Release(1)
		if _, err := b.store.keep(b.ctx, w); err != nil {
			b.fail(err)
		}
	})
	return Info{Digest: w.digest, Size: w.size, Written: time.Now()}, nil
}

func (b *cachedBatch) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
	}
}

func (b *cachedBatch) failed() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// Commit implements [Batch].
func (b *cachedBatch) Commit(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { b.cancel(context.Cause(ctx)) })
	defer stop()
	b.wg.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.err
	b.err = nil
	return err
}

// Close implements [Batch].
func (b *cachedBatch) Close() error {
	b.cancel(errClosed)
	b.wg.Wait()
	return nil
}
