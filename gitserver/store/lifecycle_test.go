package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/store"
)

// at is the id of the repository that is found at a place, and the place that
// it says it has.
func (p *place) at(owner, name string) string {
	p.t.Helper()
	repo, err := p.Lookup(p.t.Context(), owner, name)
	if errors.Is(err, gitserver.ErrNoRepository) {
		return "none"
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return repo.ID + " " + repo.Path()
}

func (p *place) create(owner, name string) *gitserver.Repository {
	p.t.Helper()
	repo, err := p.Create(p.t.Context(), owner, name, false)
	if err != nil {
		p.t.Fatal(err)
	}
	return repo
}

func TestRename(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	want := func(owner, name, want string) {
		t.Helper()
		if got := p.at(owner, name); got != want {
			t.Errorf("%s/%s is %s, want %s", owner, name, got, want)
		}
	}
	other := p.create("ann", "other")
	must(p.Rename(ctx, p.repo.ID, "bob", "novel"))
	want("bob", "novel", p.repo.ID+" bob/novel")
	want("ann", "book", p.repo.ID+" bob/novel")
	must(p.Rename(ctx, p.repo.ID, "bob", "story"))
	want("ann", "book", p.repo.ID+" bob/story")
	want("bob", "novel", p.repo.ID+" bob/story")
	must(p.Rename(ctx, p.repo.ID, "bob", "story")) // as it is
	must(p.Rename(ctx, p.repo.ID, "ann", "book"))  // back
	want("ann", "book", p.repo.ID+" ann/book")
	want("bob", "story", p.repo.ID+" ann/book")

	// A repository that is made at an old place is found there.
	made := p.create("bob", "novel")
	want("bob", "novel", made.ID+" bob/novel")
	must(p.Rename(ctx, other.ID, "bob", "story"))
	want("bob", "story", other.ID+" bob/story")
	want("ann", "other", other.ID+" bob/story")

	if err := p.Rename(ctx, other.ID, "ann", "book"); !errors.Is(err, store.ErrExists) {
		t.Errorf("to a place that is taken: %v", err)
	}
	for _, to := range [][2]string{{"search", "x"}, {"ann", "a.git"}, {"", "x"}, {"ann", "../x"}} {
		if err := p.Rename(ctx, other.ID, to[0], to[1]); err == nil {
			t.Errorf("renamed to %v", to)
		}
	}
	if err := p.Rename(ctx, "nosuch", "ann", "x"); !errors.Is(err, gitserver.ErrNoRepository) {
		t.Errorf("none: %v", err)
	}
}

func TestArchiveAndVisibility(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	ctx := t.Context()
	for _, set := range []bool{true, false} {
		if err := errors.Join(p.SetArchived(ctx, p.repo.ID, set), p.SetPrivate(ctx, p.repo.ID, set)); err != nil {
			t.Fatal(err)
		}
		if repo, err := p.Lookup(ctx, "ann", "book"); err != nil || repo.Archived != set || repo.Private != set {
			t.Errorf("%+v, %v; want %v", repo, err, set)
		}
	}
	if err := p.SetArchived(ctx, "nosuch", true); !errors.Is(err, gitserver.ErrNoRepository) {
		t.Errorf("none: %v", err)
	}
}

func TestDeleteAndRestore(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	ctx := t.Context()
	if err := p.Rename(ctx, p.repo.ID, "ann", "novel"); err != nil {
		t.Fatal(err)
	}
	if err := p.Delete(ctx, p.repo.ID); err != nil {
		t.Fatal(err)
	}
	if list, err := p.List(ctx); err != nil || len(list) != 0 {
		t.Errorf("list: %v, %v", list, err)
	}
	if a, b := p.at("ann", "novel"), p.at("ann", "book"); a != "none" || b != "none" {
		t.Errorf("found %s, and %s at its old place", a, b)
	}
	if repo, err := p.ByID(ctx, p.db, p.repo.ID); err != nil || repo.Name != "novel" {
		t.Errorf("by id: %v, %v", repo, err)
	}
	if list, err := p.Deleted(ctx); err != nil || len(list) != 1 || list[0].Path() != "ann/novel" || list[0].At.IsZero() {
		t.Errorf("deleted: %v, %v", list, err)
	}
	if _, err := p.Create(ctx, "ann", "novel", false); !errors.Is(err, store.ErrExists) {
		t.Errorf("another in its place: %v", err)
	}
	for what, err := range map[string]error{
		"delete": p.Delete(ctx, p.repo.ID), "archive": p.SetArchived(ctx, p.repo.ID, true), "restore another": p.Restore(ctx, "ann/book"),
	} {
		if !errors.Is(err, gitserver.ErrNoRepository) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := p.Restore(ctx, "ann/novel"); err != nil {
		t.Fatal(err)
	}
	if got := p.at("ann", "book"); got != p.repo.ID+" ann/novel" {
		t.Errorf("restored is %s", got)
	}
}

func TestPurge(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	ctx := t.Context()
	kept := p.create("ann", "kept")
	one := p.commit("one")
	p.push(p.quarantine(p.pack("main")), false, update("refs/heads/main", plumbing.ZeroHash, one))
	if size, err := p.Size(ctx, p.repo.ID); err != nil || size == 0 {
		t.Errorf("size %d, %v", size, err)
	}
	if _, err := p.Mirror(ctx, kept); err != nil {
		t.Fatal(err)
	}
	var forgotten []string
	forget := func(_ context.Context, _ database.Tx, id string) error {
		forgotten = append(forgotten, id)
		return nil
	}
	if purged, err := p.Purge(ctx, p.repo.ID, forget); purged || err != nil || len(forgotten) > 0 {
		t.Errorf("one that is not deleted: %v, %v, %v", purged, err, forgotten)
	}
	if err := p.Delete(ctx, p.repo.ID); err != nil {
		t.Fatal(err)
	}
	keep := errors.New("keep it")
	if purged, err := p.Purge(ctx, p.repo.ID, func(context.Context, database.Tx, string) error { return keep }); purged || !errors.Is(err, keep) {
		t.Errorf("against the will of another part: %v, %v", purged, err)
	}
	if purged, err := p.Purge(ctx, p.repo.ID, forget); !purged || err != nil || !slices.Equal(forgotten, []string{p.repo.ID}) {
		t.Errorf("%v, %v, %v", purged, err, forgotten)
	}
	if _, err := p.ByID(ctx, p.db, p.repo.ID); !errors.Is(err, gitserver.ErrNoRepository) {
		t.Errorf("after it: %v", err)
	}
	p.reopen() // as after a restart
	if err := p.SweepMirrors(ctx); err != nil {
		t.Fatal(err)
	}
	if dirs, _ := filepath.Glob(filepath.Join(p.cache, "*")); len(dirs) != 1 || filepath.Base(dirs[0]) != kept.ID+".git" {
		t.Errorf("mirrors left: %v", dirs)
	}
	if _, err := os.Stat(filepath.Join(p.cache, kept.ID+".git", "HEAD")); err != nil {
		t.Errorf("the other's mirror: %v", err)
	}
}

// One statement finds a repository, or finds that there is none (S11).
func TestLookupIsOneStatement(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	counted := &counting{DB: p.db}
	repositories := store.Repositories{DB: counted}
	for _, name := range []string{"book", "none"} {
		counted.queries = 0
		if _, err := repositories.Lookup(t.Context(), "ann", name); err != nil && !errors.Is(err, gitserver.ErrNoRepository) {
			t.Fatal(err)
		}
		if counted.queries != 1 {
			t.Errorf("%s takes %d statements", name, counted.queries)
		}
	}
}

type counting struct {
	database.DB
	queries int
}

func (c *counting) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	c.queries++
	return c.DB.QueryRowContext(ctx, query, args...)
}

func (c *counting) QueryContext(context.Context, string, ...any) (*sql.Rows, error) {
	return nil, fmt.Errorf("a lookup reads one row")
}
