package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/fetchcache"
)

// What fetches of a deleted repository were answered with is not kept until it
// is removed for good.
func TestPurgeFetchCache(t *testing.T) {
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	rec, err := (&cli{Data: dir}).open(t.Context(), log)
	if err != nil {
		t.Fatal(err)
	}
	defer rec.db.Close()
	s := &serveCmd{URL: "http://127.0.0.1", Fetching: fetchFlags{Fetches: 1, FetchesPerClient: 1, AnswerCache: 1, WrongCredentials: 1}}
	p, err := s.build(t.Context(), &cli{Data: dir}, rec, &net.TCPAddr{Port: 22}, log)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kept", "deleted"} {
		repo, err := p.store.Create(t.Context(), "ann", name, false)
		if err != nil {
			t.Fatal(err)
		}
		free := func(context.Context) (func(), error) { return func() {}, nil }
		a, err := p.fetches.Get(t.Context(), repo.ID, fetchcache.Key([]byte(fmt.Sprintf("%032s", name))), free, func(_ context.Context, w io.Writer) error {
			_, err := io.WriteString(w, name)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(a.Wait(), a.Close()); err != nil {
			t.Fatal(err)
		}
		if name == "deleted" {
			if err := p.store.Delete(t.Context(), repo.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := p.purge(t.Context(), time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "cache", "fetch", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%d responses are left, %v", len(files), err)
	}
	if text, err := os.ReadFile(files[0]); string(text) != "kept" {
		t.Errorf("%q is left, %v", text, err)
	}
}
