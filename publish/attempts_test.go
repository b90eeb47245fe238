package publish

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

func (b *bench) cancel(n int64) {
	b.Helper()
	err := b.DB.Write(b.Context(), func(ctx context.Context, tx database.Tx) error { return Cancel(ctx, tx, repository, n, "ann") })
	if err != nil {
		b.Fatal(err)
	}
}

// crash leaves the publication as a process that was killed in the middle of an
// attempt does, and starts the next one.
func (b *bench) crash(n int64) {
	b.Helper()
	if p, err := begin(b.Context(), b.DB, job{repository, n}); err != nil || p == nil {
		b.Fatalf("not begun: %v", err)
	}
	b.started = time.Now()
}

// However often the server stops during a publication: once it runs quietly, the
// book is published.
func TestCrashesAreNoFaultsOfTheBook(t *testing.T) {
	b := newBench(t)
	n := b.request(Release, mainRef, "c1", mdBook("Down."))
	for range maxCrashes - 1 {
		b.crash(n)
	}
	var snooze *river.JobSnoozeError
	if err := b.work(t.Context(), job{repository, n}); !errors.As(err, &snooze) || snooze.Duration < time.Minute || snooze.Duration > 10*time.Minute {
		t.Errorf("got %v, want a long wait", err)
	}
	if s := b.status(n); s.State != Pending || s.Attempts != maxCrashes-1 {
		t.Errorf("got %+v", s)
	}
	b.started = time.Now().Add(-10 * time.Minute)
	b.do(n)
	equal(t, "releases", b.releases(), "tides 1.1 c1")
}

func TestQuietTimeGrows(t *testing.T) {
	if w := (attempts{crashes: 3}).wait(0); w > time.Second {
		t.Errorf("after a few crashes %v", w)
	}
	total := time.Duration(0)
	for n := range maxCrashes {
		if n > 0 && quietTime(n) <= quietTime(n-1) {
			t.Errorf("%d: %v is not longer than %v", n, quietTime(n), quietTime(n-1))
		}
		total += quietTime(n)
	}
	if total < 2*time.Hour {
		t.Errorf("a book that stops the server each time does so for only %v", total)
	}
}

// A server that is asked to stop is no crash.
func TestInterruptedAttemptIsNoCrash(t *testing.T) {
	b := newBench(t)
	n := b.request(Release, mainRef, "c1", mdBook("Down."))
	ctx, cancel := context.WithCancel(t.Context())
	b.source.asked = func(string) { cancel() }
	_ = b.work(ctx, job{repository, n}) // as TestStoppedServer
	past, found, err := attemptsAt(t.Context(), b.DB, job{repository, n})
	if err != nil || !found || past.begun != 1 || past.crashes != 0 || past.faults != 0 {
		t.Errorf("got %+v, %v", past, err)
	}
}

func TestCancelWhatHasEnded(t *testing.T) {
	b := newBench(t)
	s := b.publishRef(Release, mainRef, "c1", mdBook("Down."))
	err := b.DB.Write(t.Context(), func(ctx context.Context, tx database.Tx) error {
		return Cancel(ctx, tx, repository, s.Number, "ann")
	})
	if err == nil {
		t.Error("cancelled what was published")
	}
}
