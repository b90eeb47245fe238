package search_test

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/collection/realbook"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/search"
	"github.com/rhaptos/rhaptos/publish/theme"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// trees gives the tree of a "commit".
type trees map[string]fs.FS

func (s trees) Tree(_ context.Context, _, commit string) (fs.FS, func() error, error) {
	if s[commit] == nil {
		return nil, nil, fs.ErrNotExist
	}
	return s[commit], func() error { return nil }, nil
}

// shelf is a server's world of books: trees are published and indexed as they
// are there, by the same workers.
type shelf struct {
	testing.TB
	db       database.DB
	blobs    *blobstore.Memory
	releases *release.Store
	index    *search.Index
	trees    trees
}

func newShelf(t testing.TB) *shelf {
	t.Helper()
	return newShelfOn(t, databasetest.Open(t))
}

func newShelfOn(t testing.TB, db database.DB) *shelf {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	blobs := blobstore.NewMemory()
	s := &shelf{TB: t, db: db, blobs: blobs, releases: release.NewStore(db, blobs), trees: trees{}}
	var err error
	if s.index, err = search.Open(t.Context(), db, s.releases, blobs, log); err != nil {
		t.Fatal(err)
	}
	look, err := theme.New()
	if err != nil {
		t.Fatal(err)
	}
	publisher := publish.New(publish.Config{DB: db, Releases: s.releases, Blobs: blobs, Source: s.trees, Theme: look,
		Announcers: []publish.Announcer{s.index}, BaseURL: "https://books.example", Log: log})
	workers := river.NewWorkers()
	publisher.AddWorker(workers)
	s.index.AddWorker(workers)
	stop, err := db.Work(context.WithoutCancel(t.Context()), workers, 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(context.Background()) })
	return s
}

// publish makes a release of every book in the tree, or a draft when a branch is
// named, and waits until it is there.
func (s *shelf) publish(repository, branch, commit string, tree fs.FS) {
	s.Helper()
	s.trees[commit] = tree
	p := publish.Publication{RepositoryID: repository, Ref: "refs/heads/main", Commit: commit, Kind: publish.Release}
	if branch != "" {
		p.Ref, p.Kind = "refs/heads/"+branch, publish.Draft
	}
	var n int64
	err := s.db.Write(s.Context(), func(ctx context.Context, tx database.Tx) (err error) {
		_, err = tx.ExecContext(ctx, `INSERT INTO repository (id, owner, name, head, private, version, created_at)
			VALUES ($1, 'ann', $1, $2, false, 1, 0) ON CONFLICT DO NOTHING`, repository, []byte("refs/heads/main"))
		if err != nil {
			return err
		}
		n, err = publish.Request(ctx, tx, p)
		return err
	})
	if err != nil {
		s.Fatal(err)
	}
	s.await("publication", func() bool {
		var state, report string
		err := s.db.QueryRowContext(s.Context(), `SELECT state, report FROM publication WHERE repository_id = $1 AND number = $2`,
			repository, n).Scan(&state, &report)
		if err != nil || state == string(publish.Failed) {
			s.Fatal(state, report, err)
		}
		return state == string(publish.Published)
	})
}

// await waits until something holds.
func (s *shelf) await(what string, holds func() bool) {
	s.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.Fatalf("%s: not after two minutes", what)
		}
	}
}

// latest are the manifests of the latest releases of a repository's books.
func (s *shelf) latest(repository string) []blobstore.Digest {
	s.Helper()
	all, err := s.releases.Releases(s.Context(), repository)
	if err != nil {
		s.Fatal(err)
	}
	var list []blobstore.Digest
	seen := map[string]bool{}
	for _, r := range all {
		if !seen[r.Book] {
			list = append(list, r.Manifest)
		}
		seen[r.Book] = true
	}
	return list
}

// find searches, once everything is indexed.
func (s *shelf) find(query string, in ...blobstore.Digest) *search.Result {
	s.Helper()
	if _, err := s.index.Update(s.Context()); err != nil {
		s.Fatal(err)
	}
	result, err := s.index.Search(s.Context(), search.ParseQuery(query), in, 0, 20)
	if err != nil {
		s.Fatalf("%s: %v", query, err)
	}
	return result
}

// realTree is the tree of a bundle's tip, or leaves the test out.
func realTree(t testing.TB, name string) fs.FS { return os.DirFS(realbook.Clone(t, name)) }
