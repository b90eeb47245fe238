package export

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/release"
)

// tides is a small mdBook; its settings and its text can be chosen.
func tides(settings, text string) fstest.MapFS {
	tree := fstest.MapFS{
		"book.toml":      file("[book]\ntitle = \"Tides\"\nauthors = [\"Ann\"]\nlanguage = \"en\"\n"),
		"src/SUMMARY.md": file("# Summary\n\n- [Ebb](ebb.md)\n- [Flood](flood.md)\n"),
		"src/ebb.md":     file("# Ebb\n\n" + text + " See [flood](flood.md).\n"),
		"src/flood.md":   file("# Flood\n\nThe harbour of Łódź has no tides, and 東京都 has.\n\n## Żegluga\n\nA zażółcony ship.\n"),
	}
	if settings != "" {
		tree[".rhaptos.toml"] = file(settings)
	}
	return tree
}

func (s *shelf) count(query string, args ...any) (n int) {
	s.Helper()
	if err := s.DB.QueryRowContext(s.Context(), query, args...).Scan(&n); err != nil {
		s.Fatal(err)
	}
	return n
}

// settled waits until no export is pending.
func (s *shelf) settled() {
	s.Helper()
	s.until("exports to be made", func() (bool, error) { return s.count(`SELECT count(*) FROM export WHERE state = 'wanted'`) == 0, nil })
}

func TestEarlyExports(t *testing.T) {
	for settings, want := range map[string][]string{
		"":                             {"epub made", "zip made"},
		"exports = []\n":               nil,
		"exports = [\"source\"]\n":     {"source made"},
		"exports = [\"pdf\", \"zip\"]": {"zip made"}, // there is no Chromium
	} {
		s := newShelf(t)
		s.start()
		r := s.publish("c1", tides(settings, "Down."))[0]
		s.settled()
		if got := s.states(r); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", settings, got, want)
		}
	}
}

// What many ask for at the same time is generated once, and what has been lost is
// generated anew.
func TestOnDemand(t *testing.T) {
	s := newShelf(t)
	s.start()
	r := s.publish("c1", tides("exports = []\n", "Down."))[0]
	s.settled()
	var wg sync.WaitGroup
	var mu sync.Mutex
	digests := map[blobstore.Digest]int{}
	for range 8 {
		wg.Go(func() {
			e, _, err := s.Export(t.Context(), r, EPUBFormat)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || e.State != Ready {
				t.Errorf("got %+v, %v", e, err)
				return
			}
			digests[e.Digest]++
		})
	}
	wg.Wait()
	if n := s.count(`SELECT coalesce(sum(attempts), 0) FROM export WHERE format = 'epub'`); n != 1 || len(digests) != 1 {
		t.Errorf("made %d times, with the digests %v", n, digests)
	}
	for d := range digests {
		if err := s.Blobs.Delete(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		e, _, err := s.Export(t.Context(), r, EPUBFormat)
		if err != nil || e.State != Ready || e.Digest != d {
			t.Errorf("what was lost was not made again as it was: %+v, %v", e, err)
		}
	}
	if _, _, err := s.Export(t.Context(), r, PDFFormat); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a PDF without a Chromium: %v, want ErrUnavailable", err)
	}
	if slices.Contains(s.Possible(), PDFFormat) {
		t.Error("a PDF is thought possible without a Chromium")
	}
}

// A server that has been killed leaves rows; the next one makes their files.
func TestResume(t *testing.T) {
	s := newShelf(t)
	s.start()
	r := s.publish("c1", tides("exports = []\n", "Down."))[0]
	s.settled()
	_, err := s.DB.ExecContext(t.Context(), `INSERT INTO export (repository_id, book, major, minor, format, state, attempts, wanted_at)
		VALUES ($1, 'tides', 1, 1, 'zip', 'wanted', 1, 0)`, repository)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.settled()
	if got := s.states(r); !slices.Equal(got, []string{"zip made"}) {
		t.Errorf("got %q", got)
	}
}

// However often a server is killed and started, an export waits once.
func TestResumeAgain(t *testing.T) {
	s := newShelf(t) // without workers
	_, err := s.DB.ExecContext(t.Context(), `INSERT INTO export (repository_id, book, major, minor, format, state, wanted_at)
		VALUES ($1, 'tides', 1, 1, 'zip', 'wanted', 0), ($1, 'tides', 1, 2, 'zip', 'wanted', 1)`, repository)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := s.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var waiting int
	if err := s.DB.QueryRowContext(t.Context(), `SELECT count(*) FROM river_job WHERE kind = 'export'`).Scan(&waiting); err != nil {
		t.Fatal(err)
	}
	if waiting != 2 {
		t.Errorf("%d jobs wait for two exports", waiting)
	}
}

// What fails is tried again, and then says so; whoever asks later has it tried
// anew.
func TestFailure(t *testing.T) {
	s := newShelf(t)
	s.start()
	r := s.publish("c1", tides("exports = []\n", "Down."))[0]
	s.settled()
	s.source.mu.Lock()
	s.source.down = true
	s.source.mu.Unlock()
	k := Key{repository, "tides", r.Number, "source"}
	if err := s.DB.Write(t.Context(), func(ctx context.Context, tx database.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO export (repository_id, book, major, minor, format, state, faults, wanted_at)
			VALUES ($1, 'tides', 1, 1, 'source', 'wanted', $2, 0)`, repository, maxFaults-1)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.work(t.Context(), k); err != nil {
		t.Errorf("the last attempt: %v, want it to be recorded", err)
	}
	e, wait, err := s.Export(t.Context(), r, SourceFormat)
	if err != nil || e.State != Failed || wait <= 0 || !strings.Contains(e.Error, "the mirror is being repaired") {
		t.Fatalf("got %+v, %v, %v", e, wait, err)
	}
	s.source.mu.Lock()
	s.source.down = false
	s.source.mu.Unlock()
	if _, err := s.DB.ExecContext(t.Context(), `UPDATE export SET ended_at = 0`); err != nil {
		t.Fatal(err)
	}
	if e, _, err = s.Export(t.Context(), r, SourceFormat); err != nil || e.State != Ready {
		t.Errorf("after the failure: %+v, %v", e, err)
	}
}

// However often the server stops during an export: once it runs quietly the file is
// generated, and an error then counts as the first.
func TestCrashesAreNoFaultsOfTheRelease(t *testing.T) {
	s := newShelf(t)
	s.start()
	r := s.publish("c1", tides("exports = []\n", "Down."))[0]
	s.settled()
	k := Key{repository, "tides", r.Number, "source"}
	if _, err := s.DB.ExecContext(t.Context(), `INSERT INTO export (repository_id, book, major, minor, format, state, wanted_at)
		VALUES ($1, 'tides', 1, 1, 'source', 'wanted', 0)`, repository); err != nil {
		t.Fatal(err)
	}
	for range maxCrashes - 1 {
		if err := begin(t.Context(), s.DB, k); err != nil { // and the server is killed
			t.Fatal(err)
		}
	}
	s.started = time.Now()
	var snooze *river.JobSnoozeError
	if err := s.work(t.Context(), k); !errors.As(err, &snooze) || snooze.Duration < time.Minute || snooze.Duration > 10*time.Minute {
		t.Errorf("got %v, want a long wait", err)
	}
	if _, wait, err := s.Export(t.Context(), r, SourceFormat); err != nil || wait <= 0 {
		t.Errorf("whoever asks meanwhile: wait %v, %v", wait, err)
	}
	s.started = time.Now().Add(-10 * time.Minute)
	down := func(down bool) {
		s.source.mu.Lock()
		defer s.source.mu.Unlock()
		s.source.down = down
	}
	down(true)
	if err := s.work(t.Context(), k); err == nil {
		t.Error("the attempt has not failed")
	}
	past, found, err := attemptsAt(t.Context(), s.DB, k)
	if err != nil || !found || past.faults != 1 || past.crashes != maxCrashes-1 {
		t.Errorf("got %+v, %v", past, err)
	}
	down(false)
	if err := s.work(t.Context(), k); err != nil {
		t.Fatal(err)
	}
	if got := s.states(r); !slices.Equal(got, []string{"source ready"}) && !slices.Equal(got, []string{"source made"}) {
		t.Errorf("got %q", got)
	}
}

// There is an end of them, and whoever asks later starts afresh.
func TestCrashesWithoutEnd(t *testing.T) {
	s := newShelf(t)
	s.start()
	r := s.publish("c1", tides("exports = []\n", "Down."))[0]
	s.settled()
	k := Key{repository, "tides", r.Number, "source"}
	if _, err := s.DB.ExecContext(t.Context(), `INSERT INTO export (repository_id, book, major, minor, format, state, crashes, begun, wanted_at)
		VALUES ($1, 'tides', 1, 1, 'source', 'wanted', $2, TRUE, 0)`, repository, maxCrashes-1); err != nil {
		t.Fatal(err)
	}
	if err := s.work(t.Context(), k); err != nil {
		t.Fatal(err)
	}
	if e, err := load(t.Context(), s.DB, k); err != nil || e.State != Failed || !strings.Contains(e.Error, "the server stopped during each of 20 attempts") {
		t.Errorf("got %+v, %v", e, err)
	}
	if _, err := s.DB.ExecContext(t.Context(), `UPDATE export SET ended_at = 0`); err != nil {
		t.Fatal(err)
	}
	if e, _, err := s.Export(t.Context(), r, SourceFormat); err != nil || e.State != Ready {
		t.Errorf("later: %+v, %v", e, err)
	}
}

func TestDropped(t *testing.T) {
	s := newShelf(t)
	s.start()
	one := s.publish("c1", tides("", "Down."))[0]
	s.settled()
	two := s.publish("c2", tides("", "Far down."))[0]
	s.settled()
	var named []blobstore.Digest
	references := func() int {
		named = nil
		if err := References(t.Context(), s.DB, func(d blobstore.Digest) error { named = append(named, d); return nil }); err != nil {
			t.Fatal(err)
		}
		return len(named)
	}
	if n := references(); n != 4 {
		t.Errorf("%d blobs are named, want 4", n)
	}
	if n, err := DropOld(t.Context(), s.DB, time.Now().Add(-time.Hour)); n != 0 || err != nil {
		t.Errorf("dropped %d exports that are not old, %v", n, err)
	}
	if n, err := DropOld(t.Context(), s.DB, time.Now().Add(time.Hour)); n != 2 || err != nil || len(s.states(one)) != 0 || len(s.states(two)) != 2 {
		t.Errorf("dropped %d, %v: %q, %q", n, err, s.states(one), s.states(two))
	}
	var count, size int64
	write := func(f func(ctx context.Context, tx database.Tx) error) {
		t.Helper()
		if err := s.DB.Write(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	write(func(ctx context.Context, tx database.Tx) (err error) {
		count, size, err = PurgeRelease(ctx, tx, repository, "tides", one.Number)
		return err
	})
	if count != 0 {
		t.Errorf("purged %d of a release that has none", count)
	}
	write(func(ctx context.Context, tx database.Tx) (err error) {
		count, size, err = PurgeRelease(ctx, tx, repository, "", release.Number{})
		return err
	})
	if count != 2 || size == 0 || references() != 0 {
		t.Errorf("purged %d, %d bytes; %d are still named", count, size, len(named))
	}
	write(func(ctx context.Context, tx database.Tx) error { return Purge(ctx, tx, repository) })
	for _, table := range []string{"export", "archive_book", "archive_resource"} {
		if n := s.count(`SELECT count(*) FROM ` + table); n != 0 {
			t.Errorf("%s has %d rows of a repository that is forgotten", table, n)
		}
	}
}

// A release that is withdrawn before its turn has no exports; one that comes
// back has them again.
func TestWithdrawn(t *testing.T) {
	s := newShelf(t)
	s.start()
	r := s.publish("c1", tides("", "Down."))[0]
	s.settled()
	change := func(state release.State) {
		t.Helper()
		if _, err := s.DB.ExecContext(t.Context(), `UPDATE release SET state = $1`, string(state)); err != nil {
			t.Fatal(err)
		}
	}
	change(release.Withdrawn)
	if _, err := s.DB.ExecContext(t.Context(), `DELETE FROM export`); err != nil {
		t.Fatal(err)
	}
	announce := func(eventType string) {
		t.Helper()
		if err := s.DB.Write(t.Context(), func(ctx context.Context, tx database.Tx) error {
			return s.Announce(ctx, tx, publish.ReleaseEvent(eventType, r, "ann/sea", ""))
		}); err != nil {
			t.Fatal(err)
		}
		s.settled()
	}
	announce(publish.ReleaseWithdrawn)
	announce(publish.ReleasePublished)
	if got := s.states(r); len(got) != 0 {
		t.Errorf("a withdrawn release has %q", got)
	}
	change(release.Current)
	announce(publish.ReleaseRestored)
	if got := s.states(r); len(got) != 2 {
		t.Errorf("a release that is back has %q", got)
	}
}

// Many jobs that wait for one that takes long do not keep the database busy.
func TestPause(t *testing.T) {
	s := newShelf(t)
	if got := s.pause(t.Context()); got != time.Second {
		t.Errorf("alone: %s", got)
	}
	for n := range 200 {
		if _, err := s.DB.ExecContext(t.Context(), `INSERT INTO export (repository_id, book, major, minor, format, state, wanted_at)
			VALUES ($1, 'tides', 1, $2, 'zip', 'wanted', 0)`, repository, n); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.pause(t.Context()); got != 10*time.Second {
		t.Errorf("one of 200: %s", got)
	}
	s.heavy <- struct{}{}
	err := (&worker{Exports: s.Exports}).Work(t.Context(), &river.Job[Key]{Args: Key{repository, "tides", release.Number{Major: 1}, "zip"}})
	var snooze *river.JobSnoozeError
	if !errors.As(err, &snooze) || snooze.Duration != 10*time.Second {
		t.Errorf("a job whose turn it is not: %v", err)
	}
}
