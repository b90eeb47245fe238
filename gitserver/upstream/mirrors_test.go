package upstream

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
)

func TestMain(m *testing.M) { databasetest.Brief(m) }

func openMirrors(t *testing.T) *Mirrors {
	t.Helper()
	db := databasetest.Open(t)
	for _, id := range []string{"r1", "r2"} {
		if _, err := db.ExecContext(t.Context(), `INSERT INTO repository (id, owner, name, head, private, version, created_at)
			VALUES ($1, 'ann', $1, $2, false, 1, 0)`, id, []byte("refs/heads/main")); err != nil {
			t.Fatal(err)
		}
	}
	return NewMirrors(db)
}

func TestMirrorStore(t *testing.T) {
	s := openMirrors(t)
	ctx := t.Context()
	for name, bad := range map[string]Mirror{
		"no address":     {},
		"too often":      {Source: Source{URL: "https://a/b"}, Every: time.Second},
		"other refs":     {Source: Source{URL: "https://a/b"}, Refs: []string{"refs/*"}},
		"two stars":      {Source: Source{URL: "https://a/b"}, Refs: []string{"refs/heads/*/*"}},
		"a refspec":      {Source: Source{URL: "https://a/b"}, Refs: []string{"refs/heads/*:refs/x/*"}},
		"token of lines": {Source: Source{URL: "https://a/b", Credential: "a\r\nX: y"}},
		"no repository":  {Source: Source{URL: "https://a/b"}, RepositoryID: "none"},
	} {
		if bad.RepositoryID == "" {
			bad.RepositoryID = "r1"
		}
		if err := s.Add(ctx, bad); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if err := s.Add(ctx, Mirror{RepositoryID: "r1", Source: Source{URL: "https://a/b", Credential: "secret"}, Every: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if err := s.Add(ctx, Mirror{RepositoryID: "r1", Source: Source{URL: "https://a/c"}}); err == nil {
		t.Error("a mirror was added twice")
	}
	m, err := s.Find(ctx, "r1")
	if err != nil || !m.Pending || m.State != New || m.Credential != "x-access-token:secret" || len(m.Refs) != 2 {
		t.Errorf("got %+v, %v", m, err)
	}
	if yes, err := s.Mirrors(ctx, "r2"); yes || err != nil {
		t.Errorf("got %v, %v", yes, err)
	}
	if err := s.Again(ctx, "r2"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx database.Tx) error { return Purge(ctx, tx, "r1") })
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(ctx, "r1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

// A pull that is asked for while another one is under way follows it; the clock
// asks again, sooner after a failure.
func TestPullsFollowEachOther(t *testing.T) {
	s := openMirrors(t)
	ctx := t.Context()
	if err := s.Add(ctx, Mirror{RepositoryID: "r1", Source: Source{URL: "https://a/b"}, Every: 3 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	jobs := func() (n int) {
		if err := s.db.QueryRowContext(ctx, `SELECT count(*) FROM river_job`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	m, err := s.Find(ctx, "r1")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Again(ctx, "r1"); err != nil {
		t.Fatal(err)
	}
	if err := s.end(ctx, m, &outcome{state: Failed, lines: []string{"no"}}, time.Now()); err != nil {
		t.Fatal(err)
	}
	after, err := s.Find(ctx, "r1")
	if err != nil || !after.Pending || !after.again || after.State != Failed || after.failed != 1 || jobs() != 3 {
		t.Errorf("got %+v, %d jobs, %v", after, jobs(), err)
	}
	if wait := time.Until(after.Due); wait < 50*time.Second || wait > 70*time.Second {
		t.Errorf("after a failure due in %v", wait)
	}
	if err := s.end(ctx, after, &outcome{state: Updated, pushID: "p1", refused: map[string]string{"refs/heads/x": "1"}}, time.Now()); err != nil {
		t.Fatal(err)
	}
	m, err = s.Find(ctx, "r1")
	if err != nil || m.Pending || m.again || m.failed != 0 || m.PushID != "p1" || m.refused["refs/heads/x"] != "1" || jobs() != 3 {
		t.Errorf("got %+v, %d jobs, %v", m, jobs(), err)
	}
	if wait := time.Until(m.Due); wait < 160*time.Minute || wait > 200*time.Minute {
		t.Errorf("due in %v", wait)
	}
	for _, tt := range []struct {
		at      time.Time
		pending bool
	}{{time.Now().Add(time.Hour), false}, {time.Now().Add(4 * time.Hour), true}, {time.Now().Add(9 * time.Hour), true}} {
		if err := s.Tick(ctx, tt.at); err != nil {
			t.Fatal(err)
		}
		if m, err = s.Find(ctx, "r1"); err != nil || m.Pending != tt.pending {
			t.Errorf("at %v: got %+v, %v", tt.at, m, err)
		}
	}
	if _, err := s.db.ExecContext(ctx, `UPDATE mirror SET wanted = done, due_at = 1`); err != nil {
		t.Fatal(err)
	}
	for _, deleted := range []any{int64(1), nil} { // a repository that is deleted is pulled when it is restored
		if _, err := s.db.ExecContext(ctx, `UPDATE repository SET deleted_at = $1 WHERE id = 'r1'`, deleted); err != nil {
			t.Fatal(err)
		}
		if err := s.Tick(ctx, time.Now()); err != nil {
			t.Fatal(err)
		}
		if m, err = s.Find(ctx, "r1"); err != nil || m.Pending != (deleted == nil) {
			t.Errorf("deleted %v: got %+v, %v", deleted, m, err)
		}
	}
	if jobs() != 5 {
		t.Errorf("%d jobs, want two by the clock", jobs())
	}
	for failures, want := range map[int]bool{1: true, 12: true, 13: false} {
		if at := (&Mirror{}).next(time.Now(), failures); at.IsZero() == want {
			t.Errorf("after %d failures without a clock: %v", failures, at)
		}
	}
}

func TestFollows(t *testing.T) {
	m := &Mirror{Refs: []string{"refs/heads/main", "refs/tags/v*", "refs/heads/a*z"}}
	for ref, want := range map[string]bool{
		"refs/heads/main": true, "refs/heads/main2": false, "refs/tags/v1": true, "refs/tags/v1/x": true, "refs/tags/w": false,
		"refs/heads/az": true, "refs/heads/a/z": true, "refs/heads/a": false, "refs/pull/1/head": false, "HEAD": false,
	} {
		if got := m.Follows(ref); got != want {
			t.Errorf("%s: %v", ref, got)
		}
	}
}

func TestCompare(t *testing.T) {
	id := func(c string) plumbing.Hash { return plumbing.NewHash(strings.Repeat(c, 40)) }
	here := []gitserver.Ref{{Name: "refs/heads/gone", Target: id("1")}, {Name: "refs/heads/same", Target: id("2")},
		{Name: "refs/heads/stays", Target: id("3")}, {Name: "refs/notes/x", Target: id("4")}}
	remote := &Remote{Refs: map[string]plumbing.Hash{"refs/heads/new": id("5"), "refs/heads/same": id("2"), "refs/heads/stays": id("6"), "refs/pull/1/head": id("7")}}
	m := &Mirror{Refs: defaultRefs(), refused: map[string]string{"refs/heads/stays": id("6").String(), "refs/heads/new": id("9").String()}}
	show := func(updates []*gitserver.RefUpdate) string {
		var all []string
		for _, u := range updates {
			all = append(all, u.Name[len("refs/heads/"):]+" "+u.Old.String()[:1]+u.New.String()[:1])
		}
		return strings.Join(all, ", ")
	}
	updates, kept, err := m.compare(here, remote)
	if got := show(updates); err != nil || got != "new 05, gone 10" || len(kept) != 1 || kept["refs/heads/stays"] == "" {
		t.Errorf("got %s and %v, %v", got, kept, err)
	}
	m.again = true
	if updates, kept, err = m.compare(here, remote); err != nil || show(updates) != "new 05, stays 36, gone 10" || len(kept) != 0 {
		t.Errorf("again: got %s and %v, %v", show(updates), kept, err)
	}
	m.again, m.refused = false, map[string]string{"refs/heads/gone": plumbing.ZeroHash.String()}
	if updates, kept, err = m.compare(here, remote); err != nil || show(updates) != "new 05, stays 36" || len(kept) != 1 {
		t.Errorf("a deletion that was refused: got %s and %v, %v", show(updates), kept, err)
	}
	if _, _, err := m.compare(here, &Remote{}); err == nil {
		t.Error("an upstream without refs deletes all")
	}
	if updates, _, err := m.compare(nil, &Remote{}); err != nil || len(updates) != 0 {
		t.Errorf("an empty one of an empty one: %v, %v", updates, err)
	}
}

// A job for a mirror that is pulled just now waits for its end; others wait for a
// place, and look for one not too often.
func TestPlaces(t *testing.T) {
	w := &worker{Puller: NewPuller(Config{})}
	w.take("a")
	w.take("b")
	var snooze *river.JobSnoozeError
	if err := w.Work(t.Context(), &river.Job[job]{Args: job{RepositoryID: "a"}}); !errors.As(err, &snooze) || snooze.Duration != time.Second {
		t.Errorf("a second job: %v", err)
	}
	if err := w.Work(t.Context(), &river.Job[job]{Args: job{RepositoryID: "c"}}); !errors.As(err, &snooze) || snooze.Duration < 2*time.Second {
		t.Errorf("no place: %v", err)
	}
	w.give("a")
	if taken, already := w.take("c"); !taken || already {
		t.Error("a place that was given back is not free")
	}
}
