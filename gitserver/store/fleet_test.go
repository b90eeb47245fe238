package store_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/google/uuid"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
	"github.com/rhaptos/rhaptos/gitserver/database/postgrestest"
)

// A push whose connection to the database is cut at the commit, before or after the
// database has made it, moves its refs once and is recorded once.
func TestPushCutAtCommit(t *testing.T) {
	databasetest.Only(t, database.PostgreSQL, "it has a connection")
	at, proxy := databasetest.Through(t)
	p := openOn(t, at.Open(t), blobstore.NewMemory())
	last := plumbing.ZeroHash
	const pushes = 6
	for i := range pushes {
		tip := p.commit(string(rune('a' + i)))
		q := p.quarantine(p.pack("main"))
		if _, err := q.Check(t.Context(), []plumbing.Hash{tip}); err != nil {
			t.Fatal(err)
		}
		proxy.Next([]postgrestest.Cut{postgrestest.BeforeCommit, postgrestest.AfterCommit}[i%2])
		if refused := p.push(q, false, update("refs/heads/main", last, tip)); refused != "" {
			t.Fatalf("push %d: %s", i, refused)
		}
		last = tip
	}
	if want := last.String() + " refs/heads/main"; p.refs() != want {
		t.Errorf("refs %s, want %s", p.refs(), want)
	}
	list, err := p.Pushes(t.Context(), p.repo.ID, "", 100)
	versions := map[int64]bool{}
	for _, push := range list {
		versions[push.Version] = true
	}
	if err != nil || len(list) != pushes || len(versions) != pushes || !versions[pushes] {
		t.Errorf("%d pushes with %d versions, %v; want %d", len(list), len(versions), err, pushes)
	}
	if proxy.Cuts() != pushes {
		t.Errorf("%d connections were cut, want %d", proxy.Cuts(), pushes)
	}
}

// Of pushes to one ref that reach several servers at the same time one is accepted,
// each time, and all servers have the same refs after it.
func TestServersRace(t *testing.T) {
	databasetest.Only(t, database.PostgreSQL, "SQLite has one server")
	dir := t.TempDir()
	if _, err := blobstore.OpenDir(dir); err != nil {
		t.Fatal(err)
	}
	room := databasetest.New(t)
	var servers []*place
	for i := range 3 {
		blobs, err := blobstore.OpenShared(dir)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			servers = append(servers, openOn(t, room.Open(t), blobs))
			continue
		}
		s := *servers[0]
		s.db, s.blobs, s.cache = room.Open(t), blobs, filepath.Join(t.TempDir(), "cache")
		s.reopen()
		servers = append(servers, &s)
	}
	last := plumbing.ZeroHash
	for round := range 10 {
		var pushes []*gitserver.Push
		var quarantines []gitserver.Quarantine
		for i, s := range servers {
			s.run("checkout", "-q", "-B", "try")
			if last != plumbing.ZeroHash {
				s.run("reset", "-q", "--hard", last.String())
			}
			tip := s.commit(string(rune('a'+round)) + string(rune('a'+i)))
			q := s.quarantine(s.pack("try"))
			if _, err := q.Check(t.Context(), []plumbing.Hash{tip}); err != nil {
				t.Fatal(err)
			}
			quarantines = append(quarantines, q)
			pushes = append(pushes, &gitserver.Push{ID: uuid.NewString(), Repository: s.repo, Actor: "ann", Transport: "http", At: time.Now(),
				Updates: []*gitserver.RefUpdate{update("refs/heads/main", last, tip)}})
		}
		var wg sync.WaitGroup
		for i, s := range servers {
			wg.Go(func() {
				if err := s.Commit(context.WithoutCancel(t.Context()), pushes[i], quarantines[i], nothing); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		accepted := 0
		for _, push := range pushes {
			if push.Updates[0].Refused == "" {
				accepted++
				last = push.Updates[0].New
			}
		}
		if accepted != 1 {
			t.Fatalf("round %d: %d pushes were accepted", round, accepted)
		}
		for i, s := range servers {
			if got := s.refs(); got != last.String()+" refs/heads/main" {
				t.Errorf("round %d: server %d has %s", round, i, got)
			}
		}
	}
}
