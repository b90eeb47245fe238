package release_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
	"github.com/rhaptos/rhaptos/publish/release"
)

const repository = "r1"

func TestMain(m *testing.M) { databasetest.Main(m) }

func open(t *testing.T) (database.DB, *blobstore.Memory, *release.Store) {
	t.Helper()
	db := databasetest.Open(t)
	_, err := db.ExecContext(t.Context(), `INSERT INTO repository (id, owner, name, head, private, version, created_at)
		VALUES ($1, 'ann', 'books', $2, false, 1, 0)`, repository, []byte("refs/heads/main"))
	if err != nil {
		t.Fatal(err)
	}
	blobs := blobstore.NewMemory()
	return db, blobs, release.NewStore(db, blobs)
}

func write(t *testing.T, db database.DB, f func(ctx context.Context, tx database.Tx) error) {
	t.Helper()
	if err := db.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, blobs blobstore.Store, text string) blobstore.Digest {
	t.Helper()
	info, err := blobs.Put(t.Context(), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return info.Digest
}

func TestReleases(t *testing.T) {
	db, _, store := open(t)
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	digest := blobstore.Digest(strings.Repeat("ab", 32))
	rows := []*release.Release{
		{Book: "algebra", Number: release.Number{Major: 1, Minor: 9}, State: release.Current},
		{Book: "algebra", Number: release.Number{Major: 1, Minor: 10}, State: release.Current},
		{Book: "algebra", Number: release.Number{Major: 1, Minor: 11}, State: release.Withdrawn, Reason: "wrong"},
		{Book: "biology", Number: release.Number{Major: 1, Minor: 1}, State: release.Blocked},
	}
	write(t, db, func(ctx context.Context, tx database.Tx) error {
		for i, r := range rows {
			r.RepositoryID, r.Title, r.Commit, r.Ref, r.Manifest = repository, "Title", "c0ffee", "refs/heads/\xff", digest
			r.Published, r.Publication = at.Add(time.Duration(i)*time.Minute), int64(i+1)
			if err := store.Insert(ctx, tx, r); err != nil {
				return err
			}
		}
		return nil
	})
	got, err := store.Release(t.Context(), repository, "algebra", release.Number{Major: 1, Minor: 11})
	if err != nil || *got != *rows[2] {
		t.Errorf("Release: got %+v, %v; want %+v", got, err, rows[2])
	}
	if got, err := store.Latest(t.Context(), repository, "algebra"); err != nil || got.Number.Minor != 10 {
		t.Errorf("Latest: got %+v, %v; want 1.10, the highest that is current", got, err)
	}
	if got, err := store.Newest(t.Context(), db, repository, "algebra", ""); err != nil || got.Number.Minor != 11 {
		t.Errorf("Newest: got %+v, %v; want 1.11", got, err)
	}
	all, err := store.Releases(t.Context(), repository)
	slices.Reverse(all)
	if err != nil || !slices.EqualFunc(all, rows, func(a, b *release.Release) bool { return *a == *b }) {
		t.Errorf("Releases, reversed: got %v, %v; want %v", all, err, rows)
	}
	for name, err := range map[string]error{
		"Release": second(store.Release(t.Context(), repository, "algebra", release.Number{Major: 2, Minor: 1})),
		"Latest":  second(store.Latest(t.Context(), repository, "biology")),
		"Draft":   second(store.Draft(t.Context(), repository, "main", "algebra")),
	} {
		if !errors.Is(err, release.ErrNotFound) {
			t.Errorf("%s of what is not there: %v, want ErrNotFound", name, err)
		}
	}
	again := db.Write(t.Context(), func(ctx context.Context, tx database.Tx) error { return store.Insert(ctx, tx, rows[0]) })
	if again == nil {
		t.Error("a number was given twice")
	}
}

func second[T any](_ T, err error) error { return err }

func TestDrafts(t *testing.T) {
	db, _, store := open(t)
	draft := func(branch, book, title string) *release.Draft {
		return &release.Draft{RepositoryID: repository, Branch: branch, Book: book, Title: title,
			Commit: "c0ffee", Manifest: blobstore.Digest(strings.Repeat("ab", 32)), Problems: 3,
			Updated: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	}
	write(t, db, func(ctx context.Context, tx database.Tx) error {
		return errors.Join(
			store.PutDraft(ctx, tx, draft("a/b", "x", "old")),
			store.PutDraft(ctx, tx, draft("a/b", "x", "new")),
			store.PutDraft(ctx, tx, draft("a/b", "y", "y")),
			store.PutDraft(ctx, tx, draft("c", "x", "x")),
			store.DeleteDraft(ctx, tx, repository, "c", "x"),
			store.DeleteDraft(ctx, tx, repository, "c", "never"))
	})
	if d, err := store.Draft(t.Context(), repository, "a/b", "x"); err != nil || *d != *draft("a/b", "x", "new") {
		t.Errorf("Draft: got %+v, %v", d, err)
	}
	all, err := store.Drafts(t.Context(), repository)
	if err != nil || len(all) != 2 || all[0].Book != "x" || all[1].Book != "y" {
		t.Errorf("Drafts: got %v, %v; want x and y", all, err)
	}
	if books, err := store.BranchBooks(t.Context(), db, repository, "a/b"); err != nil || !slices.Equal(books, []string{"x", "y"}) {
		t.Errorf("BranchBooks: got %v, %v", books, err)
	}
}

func TestManifest(t *testing.T) {
	_, blobs, store := open(t)
	page, image := put(t, blobs, "<p>"), put(t, blobs, "png")
	m := &release.Manifest{
		Book:     release.Book{Slug: "algebra", Title: "<Algebra> & more", Authors: []string{"Ann"}},
		Contents: []release.Entry{{Title: "Part", Children: []release.Entry{{Number: "1.1", Title: "<em>x</em>", Slug: "1-1-x"}}}},
		Files: []release.File{
			{Path: "media/a.png", Type: "image/png", Size: 3, Digest: image, Source: "git:1"},
			{Path: "1-1-x", Type: "text/html", Size: 3, Digest: page},
		},
	}
	d, err := store.PutManifest(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	if m.Files[0].Path != "media/a.png" {
		t.Error("PutManifest has changed its argument")
	}
	slices.Reverse(m.Files)
	if again, err := store.PutManifest(t.Context(), m); err != nil || again != d {
		t.Errorf("an equal book has another manifest: %s, %s, %v", d, again, err)
	}
	for range 2 { // read, and from the cache
		got, err := store.Manifest(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		if f, ok := got.File("media/a.png"); !ok || !reflect.DeepEqual(f, m.Files[1]) || got.Book.Title != m.Book.Title || got.Contents[0].Children[0].Slug != "1-1-x" {
			t.Errorf("got %+v", got)
		}
	}
	if _, err := store.Manifest(t.Context(), blobstore.Digest(strings.Repeat("00", 32))); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing manifest: %v, want fs.ErrNotExist", err)
	}
	if _, err := store.Manifest(t.Context(), page); err == nil {
		t.Error("a page was taken for a manifest")
	}
	m.Files = append(m.Files, m.Files[0])
	if _, err := store.PutManifest(t.Context(), m); err == nil {
		t.Error("a manifest with a doubled path was kept")
	}
}

// damaged gives other bytes than those that were asked for.
type damaged struct{ blobstore.Store }

func (d damaged) Open(ctx context.Context, _ blobstore.Digest) (io.ReadSeekCloser, error) {
	info, err := d.Put(ctx, strings.NewReader(`{"format":1,"book":{"slug":"x","title":""},"contents":[],"files":[]}`))
	if err != nil {
		return nil, err
	}
	return d.Store.Open(ctx, info.Digest)
}

func TestDamagedManifest(t *testing.T) {
	db, blobs, _ := open(t)
	store := release.NewStore(db, damaged{blobs})
	_, err := store.Manifest(t.Context(), blobstore.Digest(strings.Repeat("00", 32)))
	if err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("got %v", err)
	}
}

// TestLargeManifest: what could not be read again is not stored.
func TestLargeManifest(t *testing.T) {
	_, _, store := open(t)
	title := strings.Repeat("x", 64<<20)
	_, err := store.PutManifest(t.Context(), &release.Manifest{Book: release.Book{Slug: "large", Title: title}})
	if err == nil || !strings.Contains(err.Error(), "large would have") {
		t.Errorf("got %v", err)
	}
}

func TestReferences(t *testing.T) {
	db, blobs, store := open(t)
	page, draftPage, orphan := put(t, blobs, "page"), put(t, blobs, "draft"), put(t, blobs, "orphan")
	packed := put(t, blobs, "the same in another coding")
	manifest := func(d blobstore.Digest) blobstore.Digest {
		m, err := store.PutManifest(t.Context(), &release.Manifest{Files: []release.File{
			{Path: "p", Digest: d, Variants: []release.Variant{{Coding: "br", Digest: packed}}}}})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	released, drafted := manifest(page), manifest(draftPage)
	write(t, db, func(ctx context.Context, tx database.Tx) error {
		return errors.Join(
			store.Insert(ctx, tx, &release.Release{RepositoryID: repository, Book: "b", Number: release.Number{Major: 1, Minor: 1}, Manifest: released, State: release.Withdrawn}),
			store.PutDraft(ctx, tx, &release.Draft{RepositoryID: repository, Branch: "x", Book: "b", Manifest: drafted}))
	})
	_, _, err := blobstore.Sweep(t.Context(), blobs, time.Now().Add(time.Hour), store.References)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []blobstore.Digest{page, draftPage, packed, released, drafted} {
		if _, err := blobs.Stat(t.Context(), d); err != nil {
			t.Errorf("swept what is needed: %v", err)
		}
	}
	if _, err := blobs.Stat(t.Context(), orphan); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the orphan is still there: %v", err)
	}
	if err := blobs.Delete(t.Context(), released); err != nil {
		t.Fatal(err)
	}
	if err := store.References(t.Context(), func(blobstore.Digest) error { return nil }); err == nil {
		t.Error("a manifest that cannot be read was passed over: its files would be swept")
	}
}

func TestParseNumber(t *testing.T) {
	for text, want := range map[string]release.Number{"1.1": {Major: 1, Minor: 1}, "12.340": {Major: 12, Minor: 340}, "0.0": {}} {
		if n, ok := release.ParseNumber(text); !ok || n != want {
			t.Errorf("%q: got %v, %v", text, n, ok)
		}
	}
	for _, text := range []string{"", "1", "1.", ".1", "01.1", "1.01", "+1.1", "-1.1", "1.-1", "1.1.1", "1.1 ", "99999999999999999999.1", "main"} {
		if n, ok := release.ParseNumber(text); ok {
			t.Errorf("%q was read as %v", text, n)
		}
	}
}

func FuzzDecodeManifest(f *testing.F) {
	f.Add([]byte(`{"format":1,"book":{"slug":"x","title":"X"},"contents":[{"title":"t","plain":"t","slug":"s"}],"files":[]}`))
	f.Add([]byte(`{"format":1,"book":{"slug":"x","title":"X"},"contents":[],"files":[{"path":"a","type":"t","size":1,"digest":"` + strings.Repeat("ab", 32) + `"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := release.DecodeManifest(data)
		if err != nil {
			return
		}
		for _, want := range m.Files {
			if got, ok := m.File(want.Path); !ok || !reflect.DeepEqual(got, want) {
				t.Fatalf("%q is not found", want.Path)
			}
		}
		once, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := release.DecodeManifest(once)
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := again.Encode(); err != nil || string(twice) != string(once) {
			t.Fatalf("not stable: %s, %s, %v", once, twice, err)
		}
	})
}
