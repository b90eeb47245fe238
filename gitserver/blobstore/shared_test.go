package blobstore_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
)

// Processes that share a folder write batches at the same time: none takes the other's
// files in tmp.
func TestSharedBatches(t *testing.T) {
	root := filepath.Join(t.TempDir(), "blobs")
	var processes sync.WaitGroup
	for p := range 2 {
		d, err := blobstore.OpenShared(root)
		if err != nil {
			t.Fatal(err)
		}
		processes.Go(func() {
			batch := blobstore.NewBatch(d)
			defer batch.Close()
			for i := range 200 {
				if _, err := batch.Put(t.Context(), strings.NewReader(fmt.Sprint(p, i))); err != nil {
					t.Error(err)
					return
				}
			}
			if err := batch.Commit(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	processes.Wait()
}

// A command stores beside the server that has opened the folder: what the server is
// writing stays.
func TestSharedBesideServer(t *testing.T) {
	root := filepath.Join(t.TempDir(), "blobs")
	if _, err := blobstore.OpenDir(root); err != nil {
		t.Fatal(err)
	}
	arriving := filepath.Join(root, "tmp", "put-1")
	if err := os.WriteFile(arriving, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := blobstore.OpenShared(root)
	if err != nil {
		t.Fatal(err)
	}
	info, err := d.Put(t.Context(), strings.NewReader("of the command"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(arriving); err != nil {
		t.Errorf("the server's file: %v", err)
	}
	count := 0
	err = d.List(t.Context(), func(i blobstore.Info) error {
		if count++; i.Digest != info.Digest {
			t.Errorf("listed %v", i)
		}
		return nil
	})
	if err != nil || count != 1 {
		t.Errorf("%d blobs, %v", count, err)
	}
}
