package search

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
	"github.com/rhaptos/rhaptos/publish/release"
)

// looked tells of every look at what is to be indexed, of which there is nothing,
// and lets it wait.
type looked chan chan struct{}

func (l looked) Manifests(context.Context, database.Queryer) ([]blobstore.Digest, error) {
	wait := make(chan struct{})
	l <- wait
	<-wait
	return nil, nil
}

func (looked) Manifest(context.Context, blobstore.Digest) (*release.Manifest, error) {
	return nil, nil
}

// While one worker indexes the others are free, and what they were woken for is not
// forgotten: the one looks once more.
func TestWorkersDoNotWait(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	db := databasetest.Open(t)
	looks := make(looked)
	x, err := Open(t.Context(), db, looks, nil, log)
	if err != nil {
		t.Fatal(err)
	}
	for name, first := range map[string]func() error{
		"worker": func() error { return (&worker{index: x}).Work(t.Context(), nil) },
		"update": func() error { _, err := x.Update(t.Context()); return err },
	} {
		ended := make(chan error)
		go func() { ended <- first() }()
		busy := <-looks
		others := make(chan error)
		for range 3 {
			go func() { others <- (&worker{index: x}).Work(t.Context(), nil) }()
		}
		for range 3 {
			select {
			case err := <-others:
				if err != nil {
					t.Error(name, err)
				}
			case <-time.After(10 * time.Second):
				t.Fatal(name, ": a worker waits for another")
			}
		}
		close(busy)
		select {
		case again := <-looks:
			close(again)
		case <-time.After(10 * time.Second):
			t.Fatal(name, ": nobody looked again")
		}
		if err := <-ended; err != nil {
			t.Error(name, err)
		}
	}
}
