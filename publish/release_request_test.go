package publish

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/release"
)

// requestRelease is publishRef with a release request.
func (b *bench) requestRelease(ref, commit string, w ReleaseRequest) *Status {
	b.Helper()
	var n int64
	err := b.DB.Write(b.Context(), func(ctx context.Context, tx database.Tx) (err error) {
		n, err = Request(ctx, tx, Publication{RepositoryID: repository, Ref: ref, Commit: commit, Kind: Release, Request: w})
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	b.do(n)
	return b.status(n)
}

func named(b *bench, numbers ...string) (w ReleaseRequest) {
	b.Helper()
	for _, text := range numbers {
		n, err := parseRequestedNumber(text)
		if err != nil {
			b.Fatal(err)
		}
		w.Numbers = append(w.Numbers, n)
	}
	return w
}

const mainRef = "refs/heads/main"

func TestNumbers(t *testing.T) {
	b := newBench(t)
	for i, text := range []string{"a", "b", "c", "d"} {
		b.source.trees["c"+string(rune('1'+i))] = mdBook(text)
	}
	b.requestRelease(mainRef, "c1", ReleaseRequest{})
	b.requestRelease(mainRef, "c2", named(b, "2.0"))
	b.requestRelease(mainRef, "c2", ReleaseRequest{}) // nothing changed
	b.requestRelease(mainRef, "c2", named(b, "2.5"))  // a release was requested all the same
	b.requestRelease(mainRef, "c3", ReleaseRequest{})
	b.requestRelease(mainRef, "c1", named(b, "1.4"))
	b.requestRelease(mainRef, "c4", ReleaseRequest{})
	equal(t, "releases", b.releases(), "tides 1.1 c1", "tides 2.0 c2", "tides 2.5 c2", "tides 2.6 c3", "tides 1.4 c1", "tides 2.7 c4")
	for number, want := range map[string]string{
		"2.0":        "no release: tides 2.0 is taken",
		"1.3":        "no release: tides 1.3 would come before 1.4, which is there; the next number is 1.5",
		"others@3.0": `no release: there is no book "others" in this commit; there is tides`,
	} {
		if s := b.requestRelease(mainRef, "c1", named(b, number)); s.State != Failed || !strings.HasPrefix(s.Report, want) {
			t.Errorf("%s: %s, %q; want failed, %q", number, s.State, s.Report, want)
		}
	}
	if n := b.announced(); n != 6 {
		t.Errorf("%d announcements of 6 releases", n)
	}
}

// One book of several gets a number, and the others follow the rule, or none.
func TestNumberOfOneBook(t *testing.T) {
	b := newBench(t)
	b.source.trees["c1"] = openStax(`<para id="p">One.</para>`)
	b.requestRelease(mainRef, "c1", ReleaseRequest{})
	b.source.trees["c2"] = openStax(`<para id="p">Two.</para>`)
	only := named(b, "geometry@3.0")
	only.Only = true
	b.requestRelease("refs/tags/geometry@3.0", "c2", only)
	b.requestRelease(mainRef, "c2", named(b, "geometry@4.0"))
	b.requestRelease(mainRef, "c2", named(b, "5.0"))
	if s := b.requestRelease(mainRef, "c2", named(b, "algebra@6.0", "geometry@5.0")); s.State != Failed {
		t.Errorf("a taken number for one of two books: %s", s.Report)
	}
	equal(t, "releases", b.releases(), "geometry 1.1 c1", "algebra 1.1 c1", "geometry 3.0 c2",
		"geometry 4.0 c2", "algebra 1.2 c2", "geometry 5.0 c2", "algebra 5.0 c2")
}

func appearanceOf(book string, major, minor int) appearance {
	return appearance{repository, book, major, minor}
}

func TestEmbargo(t *testing.T) {
	b := newBench(t)
	b.source.trees["c1"], b.source.trees["c2"], b.source.trees["c3"] = mdBook("a"), mdBook("b"), mdBook("c")
	b.requestRelease(mainRef, "c1", ReleaseRequest{})
	at := time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond)
	s := b.requestRelease(mainRef, "c2", ReleaseRequest{At: at})
	if want := "tides 1.2: made, will appear at " + at.Format(time.RFC3339); s.State != Published || !strings.HasPrefix(s.Report, want) {
		t.Errorf("%s, %q; want %q", s.State, s.Report, want)
	}
	n := release.Number{Major: 1, Minor: 2}
	if _, err := b.Releases.Release(t.Context(), repository, "tides", n); !errors.Is(err, release.ErrNotFound) {
		t.Errorf("readers find it: %v", err)
	}
	equal(t, "releases", b.releases(), "tides 1.1 c1")
	if s := b.requestRelease(mainRef, "c2", ReleaseRequest{}); !strings.Contains(s.Report, "nothing changed since 1.2, which will appear") {
		t.Errorf("pushed again: %q", s.Report)
	}
	// Its number is taken, and the next one is that of the major that readers know.
	b.requestRelease(mainRef, "c3", ReleaseRequest{})
	equal(t, "releases", b.releases(), "tides 1.1 c1", "tides 1.3 c3")

	if wait, err := b.appear(t.Context(), appearanceOf("tides", 1, 2)); err != nil || wait < 59*time.Minute {
		t.Errorf("too early: waits %v, %v", wait, err)
	}
	d := Decision{RepositoryID: repository, Book: "tides", Number: n, Actor: "ann"}
	if err := Reschedule(t.Context(), b.DB, b.Releases, d, time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it is done already
		if wait, err := b.appear(t.Context(), appearanceOf("tides", 1, 2)); err != nil || wait != 0 {
			t.Errorf("in time: waits %v, %v", wait, err)
		}
	}
	r, err := b.Releases.Release(t.Context(), repository, "tides", n)
	if err != nil || r.State != release.Current || time.Since(r.Published) > time.Minute {
		t.Errorf("%+v, %v", r, err)
	}
	if latest, err := b.Releases.Latest(t.Context(), repository, "tides"); err != nil || latest.Number.Minor != 3 {
		t.Errorf("latest: %+v, %v", latest, err)
	}
	if n := b.announced(); n != 3 {
		t.Errorf("%d announcements of 3 releases", n)
	}
	if err := Reschedule(t.Context(), b.DB, b.Releases, d, at); err == nil {
		t.Error("a release that has appeared was given another time")
	}
}

// A release that comes out at once would have been an embargo a moment before.
func TestEmbargoThatHasPassed(t *testing.T) {
	b := newBench(t)
	b.source.trees["c1"] = mdBook("a")
	b.requestRelease(mainRef, "c1", ReleaseRequest{At: time.Now().Add(-time.Second)})
	equal(t, "releases", b.releases(), "tides 1.1 c1")
}

// Real workers wait for the time, and take up what was left when they start.
func TestEmbargoByWorkers(t *testing.T) {
	b := newBench(t)
	b.source.trees["c1"] = mdBook("a")
	b.requestRelease(mainRef, "c1", ReleaseRequest{At: time.Now().Add(300 * time.Millisecond)})
	if err := b.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.start(2)
	deadline := time.Now().Add(20 * time.Second)
	for len(b.releases()) == 0 {
		if time.Now().After(deadline) {
			t.Fatal("the release does not appear")
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n := b.announced(); n != 1 {
		t.Errorf("%d announcements", n)
	}
}

func TestCancelledEmbargo(t *testing.T) {
	b := newBench(t)
	b.source.trees["c1"], b.source.trees["c2"] = mdBook("a"), mdBook("b")
	b.requestRelease(mainRef, "c1", ReleaseRequest{})
	w := named(b, "2.0")
	w.At = time.Now().Add(time.Hour)
	b.requestRelease(mainRef, "c2", w)
	d := Decision{RepositoryID: repository, Book: "tides", Number: release.Number{Major: 2}, Reason: "not yet", Actor: "ann"}
	if what, err := Withdraw(t.Context(), b.DB, b.Releases, d); err != nil || what != release.ChangeCancelled {
		t.Fatalf("%s, %v", what, err)
	}
	if wait, err := b.appear(t.Context(), appearanceOf("tides", 2, 0)); err != nil || wait != 0 {
		t.Errorf("%v, %v", wait, err)
	}
	b.requestRelease(mainRef, "c2", named(b, "2.0")) // the number is free
	equal(t, "releases", b.releases(), "tides 1.1 c1", "tides 2.0 c2")
}

// announceChange works the job of a change.
func (b *bench) announceChange(change int64) {
	b.Helper()
	h := &announceWorker{Publisher: b.Publisher}
	if err := h.Work(b.Context(), &river.Job[changeJob]{Args: changeJob{repository, change}}); err != nil {
		b.Fatal(err)
	}
}

func TestWithdrawAndRestore(t *testing.T) {
	b := newBench(t)
	b.source.trees["c1"], b.source.trees["c2"] = mdBook("a"), mdBook("b")
	b.requestRelease(mainRef, "c1", ReleaseRequest{})
	b.requestRelease(mainRef, "c2", ReleaseRequest{})
	d := Decision{RepositoryID: repository, Book: "tides", Number: release.Number{Major: 1, Minor: 2}, Reason: " wrong\nfigures ", Actor: "ann"}
	find := func() *release.Release {
		t.Helper()
		r, err := b.Releases.Release(t.Context(), repository, d.Book, d.Number)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if _, err := Withdraw(t.Context(), b.DB, b.Releases, d); err != nil {
		t.Fatal(err)
	}
	if r := find(); r.State != release.Withdrawn || r.Reason != "wrong figures" || r.ChangedBy != "ann" || r.Changed.IsZero() {
		t.Errorf("withdrawn: %+v", r)
	}
	if latest, err := b.Releases.Latest(t.Context(), repository, "tides"); err != nil || latest.Number.Minor != 1 {
		t.Errorf("latest: %+v, %v", latest, err)
	}
	var state *release.StateError
	if _, err := Withdraw(t.Context(), b.DB, b.Releases, d); !errors.As(err, &state) {
		t.Errorf("withdrawn twice: %v", err)
	}
	d.By = "https://court.example/"
	if _, err := Block(t.Context(), b.DB, b.Releases, d); err != nil {
		t.Fatal(err)
	}
	if r := find(); r.State != release.Blocked || r.BlockedBy != d.By {
		t.Errorf("blocked: %+v", r)
	}
	if err := Restore(t.Context(), b.DB, b.Releases, d); err != nil {
		t.Fatal(err)
	}
	if r := find(); r.State != release.Current || r.Reason != "" || r.BlockedBy != "" {
		t.Errorf("restored: %+v", r)
	}
	if err := Restore(t.Context(), b.DB, b.Releases, d); !errors.As(err, &state) {
		t.Errorf("restored twice: %v", err)
	}
	changes, err := b.Releases.Unannounced(t.Context())
	if err != nil || len(changes) != 3 {
		t.Fatalf("%d changes to announce, %v; want 3", len(changes), err)
	}
	for _, c := range changes {
		b.announceChange(c.Number)
		b.announceChange(c.Number)
	}
	for _, kind := range []string{ReleaseWithdrawn, ReleaseBlocked, ReleaseRestored} {
		if n := b.events(kind); n != 1 {
			t.Errorf("%d announcements of %s", n, kind)
		}
	}
	for _, bad := range []Decision{
		{RepositoryID: repository, Book: "tides", Number: d.Number},
		{RepositoryID: repository, Book: "tides", Number: release.Number{Major: 9}, Reason: "x"},
		{RepositoryID: "nosuch", Book: "tides", Number: d.Number, Reason: "x"},
		{RepositoryID: repository, Book: "tides", Number: d.Number, Reason: strings.Repeat("x", 501)},
	} {
		if _, err := Withdraw(t.Context(), b.DB, b.Releases, bad); err == nil {
			t.Errorf("%+v was carried out", bad)
		}
	}
}

func FuzzParseReleaseOptions(f *testing.F) {
	for _, s := range []string{"release=2.0", "release=algebra@v3.1", "publish-at=2026-12-24T08:00:00Z", "release=@1.0", "release=٣.١"} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, option string) {
		w, err := ParseReleaseOptions([]string{option}, now)
		if err != nil {
			return
		}
		again, err := readNumbers(w.numbersText())
		if err != nil || len(again) != len(w.Numbers) || len(again) == 1 && again[0] != w.Numbers[0] {
			t.Fatalf("%q: %v was kept as %q and read as %v, %v", option, w.Numbers, w.numbersText(), again, err)
		}
		if !w.At.IsZero() && !w.At.After(now) {
			t.Fatalf("%q: %v is over", option, w.At)
		}
	})
}
