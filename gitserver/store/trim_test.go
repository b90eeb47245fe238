package store_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
)

// A mirror is removed when there is no room for it, but not while it is in use, and comes
// back when it is needed.
func TestTrim(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	one := p.commit("one")
	p.push(p.quarantine(p.pack("main")), false, update("refs/heads/main", plumbing.ZeroHash, one))
	p.reopen() // what pushes have used is not in use now
	ctx, cancel := context.WithCancel(t.Context())
	dir, err := p.Mirror(ctx, p.repo)
	if err != nil {
		t.Fatal(err)
	}
	there := func() bool { _, err := os.Stat(dir); return err == nil }
	if n, err := p.Trim(t.Context(), 0); n != 0 || err != nil || !there() {
		t.Errorf("in use: %d removed, %v", n, err)
	}
	objects, err := p.Objects(t.Context(), p.repo)
	if err != nil {
		t.Fatal(err)
	}
	defer objects.Close()
	cancel()
	if n, err := p.Trim(t.Context(), 1<<30); n != 0 || err != nil || !there() {
		t.Errorf("within the limit: %d removed, %v", n, err)
	}
	// The end of a use is noted a moment later.
	for deadline := time.Now().Add(10 * time.Second); there() && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if _, err := p.Trim(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
	}
	if there() {
		t.Fatal("never removed")
	}
	if _, err := objects.Commit(one); err != nil {
		t.Errorf("objects that were open cannot be read: %v", err)
	}
	again, cancelAgain := context.WithCancel(t.Context())
	defer cancelAgain()
	if dir, err := p.Mirror(again, p.repo); err != nil || !there() {
		t.Errorf("%s is not there again: %v", dir, err)
	}
	p.refs()
}
