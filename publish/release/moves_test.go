package release_test

import (
	"context"
	"errors"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/release"
)

// history publishes a book over and over.
type history struct {
	*testing.T
	db    database.DB
	store *release.Store
	blobs blobstore.Store
	minor int
	all   map[int]*release.Manifest
}

func newHistory(t *testing.T) *history {
	db, blobs, store := open(t)
	return &history{T: t, db: db, store: store, blobs: blobs, all: map[int]*release.Manifest{}}
}

// publish makes the next release, with pages given as slug, module and uuid, and
// with what git says of renamed modules.
func (h *history) publish(renamed []release.Renamed, pages ...[3]string) {
	h.Helper()
	m := &release.Manifest{Book: release.Book{Slug: "b", Title: "B"}}
	for _, p := range pages {
		m.Contents = append(m.Contents, release.Entry{Slug: p[0], Module: p[1], UUID: p[2], Plain: "Page " + p[1]})
		m.Files = append(m.Files, release.File{Path: p[0], Type: "text/html", Digest: put(h.T, h.blobs, p[0])})
	}
	d, err := h.store.PutManifest(h.Context(), m)
	if err != nil {
		h.Fatal(err)
	}
	var moves release.Moves
	last, err := h.store.Previous(h.Context(), h.db, repository, "b")
	if err == nil {
		moves.Left, _ = m.MovedSince(h.all[last.Number.Minor], last.Number)
		moves.Renamed = renamed
	} else if !errors.Is(err, release.ErrNotFound) {
		h.Fatal(err)
	}
	h.minor++
	h.all[h.minor] = m
	write(h.T, h.db, func(ctx context.Context, tx database.Tx) error {
		return errors.Join(h.store.RecordMoves(ctx, tx, repository, "b", moves),
			h.store.Insert(ctx, tx, &release.Release{RepositoryID: repository, Book: "b", Number: release.Number{Major: 1, Minor: h.minor},
				Manifest: d, State: release.Current, Published: database.Time(int64(h.minor)), Publication: int64(h.minor)}))
	})
}

// look wants the slug in the release to be at another one, "" for nowhere, with
// the minor number of the last release that had it.
func (h *history) look(minor int, slug, want string, last int) {
	h.Helper()
	got, err := h.store.Locate(h.Context(), repository, "b", h.all[minor], slug)
	if err != nil {
		h.Fatal(err)
	}
	found := 0
	if got.Last != nil {
		found = got.Last.Number.Minor
	}
	if got.Slug != want || found != last {
		h.Errorf("%s in 1.%d: %q, last in 1.%d; want %q, 1.%d", slug, minor, got.Slug, found, want, last)
	}
}

func TestWhereIs(t *testing.T) {
	h := newHistory(t)
	h.publish(nil, [3]string{"1-1-a", "m1", "u1"}, [3]string{"1-2-b", "m2", "u2"}, [3]string{"x", "x", ""}, [3]string{"key", "", ""})
	h.publish(nil, [3]string{"1-1-new", "m9", "u9"}, [3]string{"1-2-a", "m1", "u1"}, [3]string{"1-3-b", "m7", "u2"}, [3]string{"y", "y", ""})
	h.look(2, "1-1-a", "1-2-a", 0) // by its module, after it was renumbered
	h.look(2, "1-2-b", "1-3-b", 0) // by its uuid, in another folder
	h.look(2, "x", "", 1)          // gone
	h.look(2, "key", "", 1)        // no module's page
	h.look(2, "never", "", 0)
	h.look(1, "1-3-b", "1-2-b", 0) // an older edition is asked for a newer slug
	h.look(1, "1-1-new", "", 2)    // which has it not yet
	h.publish([]release.Renamed{{Module: "y", Became: "z"}}, [3]string{"z", "z", ""}, [3]string{"1-1-a", "m9", "u9"})
	h.look(3, "y", "z", 0)
	h.look(2, "z", "y", 0)
	h.look(1, "z", "", 3)
	h.look(3, "1-2-a", "", 2)
	h.publish([]release.Renamed{{Module: "z", Became: "y"}, {Module: "z", Became: "x"}}, [3]string{"x", "x", ""}, [3]string{"q", "q", ""})
	h.look(4, "y", "x", 0) // through two renames, which come back to themselves
	h.look(4, "1-1-new", "", 2)
	// Who had the slug last decides: 1-1-a was m1's, then m9's.
	h.publish(nil, [3]string{"m9s", "m9", "u9"}, [3]string{"m1s", "m1", "u1"})
	h.look(5, "1-1-a", "m9s", 0)
	h.look(5, "q", "", 4)
}

// A page that was renamed twice is where the last name is, though another page
// has taken its first one since, or two have changed places.
func TestWhereIsAfterOthersCame(t *testing.T) {
	h := newHistory(t)
	h.publish(nil, [3]string{"a", "a", ""}, [3]string{"l", "ml", "u1"}, [3]string{"r", "mr", "u2"})
	h.publish([]release.Renamed{{Module: "a", Became: "b"}}, [3]string{"b", "b", ""}, [3]string{"r", "ml", "u1"}, [3]string{"l", "mr", "u2"})
	h.publish([]release.Renamed{{Module: "b", Became: "c"}}, [3]string{"c", "c", ""}, [3]string{"r", "ml", "u1"}, [3]string{"l", "mr", "u2"})
	h.look(3, "a", "c", 0)
	h.look(2, "a", "b", 0)
	h.look(2, "c", "b", 0)
	h.look(1, "c", "a", 0)
	h.publish(nil, [3]string{"a", "a", ""}, [3]string{"c", "c", ""}, [3]string{"r2", "ml", "u1"}) // a new one
	h.look(4, "b", "c", 0)
	h.look(1, "b", "a", 0)
	h.look(4, "r", "r2", 0)
	h.look(4, "l", "r2", 0) // who had it last is gone, who had it first is not
	h.look(1, "r2", "l", 0)
	h.publish([]release.Renamed{{Module: "c", Became: "b"}}, [3]string{"a", "a", ""}, [3]string{"b", "b", ""}) // and back
	h.publish([]release.Renamed{{Module: "b", Became: "d"}}, [3]string{"a", "a", ""}, [3]string{"c", "x", ""}, [3]string{"d", "d", ""})
	h.look(6, "b", "d", 0) // what it became last
	h.look(5, "d", "b", 0)
	h.look(2, "c", "b", 0)
	h.publish(nil, [3]string{"z", "z", ""})
	h.look(7, "a", "", 6)
	h.look(7, "b", "", 5)
}

// What is withdrawn is not shown as the last release that had a page: one before
// it may have had it too.
func TestWhereIsWithdrawn(t *testing.T) {
	h := newHistory(t)
	withdraw := func(minor int) {
		t.Helper()
		write(t, h.db, func(ctx context.Context, tx database.Tx) error {
			_, err := h.store.Withdraw(ctx, tx, release.Change{RepositoryID: repository, Book: "b", Release: release.Number{Major: 1, Minor: minor}, Reason: "x"})
			return err
		})
	}
	h.publish(nil, [3]string{"a", "a", ""}, [3]string{"c", "c", ""})
	h.publish(nil, [3]string{"a", "a", ""})
	h.publish(nil, [3]string{"a", "a", ""}, [3]string{"d", "d", ""})
	h.publish(nil, [3]string{"b", "b", ""})
	h.look(4, "a", "", 3)
	withdraw(3)
	h.look(4, "a", "", 2)
	h.look(4, "d", "", 0)
	withdraw(2)
	h.look(4, "a", "", 1)
	withdraw(1)
	h.look(4, "a", "", 0)
	h.look(4, "c", "", 0)
}
