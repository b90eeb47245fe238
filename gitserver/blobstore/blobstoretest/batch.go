package blobstoretest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
)

// batches puts few and many blobs at once, some of them twice, by several
// goroutines.
func batches(t *testing.T, s blobstore.Store) {
	for _, n := range []int{0, 1, 7, 100, 2_500} {
		b := blobstore.NewBatch(s)
		infos := make([]blobstore.Info, n)
		var group sync.WaitGroup
		for worker := range 4 {
			group.Go(func() {
				for i := worker; i < n; i += 4 {
					info, err := b.Put(t.Context(), strings.NewReader(text(i)))
					if err != nil {
						t.Error(err)
					}
					infos[i] = info
				}
			})
		}
		group.Wait()
		if err := b.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i, info := range infos {
			if info.Digest != digest([]byte(text(i))) || info.Size != int64(len(text(i))) {
				t.Fatalf("blob %d of %d: %+v", i, n, info)
			}
			if got := string(read(t, s, info.Digest)); got != text(i) {
				t.Fatalf("blob %d of %d reads %q", i, n, got)
			}
		}
		if err := errors.Join(b.Close(), b.Commit(t.Context())); err != nil {
			t.Error(err)
		}
	}
	b := blobstore.NewBatch(s)
	if _, err := b.Put(t.Context(), failing{strings.NewReader("cut off")}); !errors.Is(err, errBroken) {
		t.Errorf("a broken reader: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Put(ended, strings.NewReader("late")); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that has ended: %v", err)
	}
	if err := errors.Join(b.Commit(t.Context()), b.Close()); err != nil {
		t.Error(err)
	}
	if _, err := s.Stat(t.Context(), digest([]byte("cut off"))); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half a blob is there: %v", err)
	}
}

func text(i int) string { return fmt.Sprintf("blob %d", i-i%10) }

func renews(t *testing.T, s blobstore.Store) {
	sw, ok := s.(blobstore.Sweepable)
	if !ok {
		t.Skip("not sweepable")
	}
	info := put(t, s, "wanted again")
	time.Sleep(10 * time.Millisecond)
	between := time.Now()
	time.Sleep(10 * time.Millisecond)
	again, err := blobstore.Renew(t.Context(), s, info.Digest)
	if err != nil || again.Digest != info.Digest || again.Size != info.Size {
		t.Errorf("renew: %+v, %v", again, err)
	}
	if removed, err := sw.DeleteOlder(t.Context(), info.Digest, between); removed || err != nil {
		t.Errorf("what was renewed is swept: %t, %v", removed, err)
	}
	if _, err := blobstore.Renew(t.Context(), s, digest([]byte("never put"))); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("renew what is not there: %v", err)
	}
}
