package blobstore_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/blobstore/blobstoretest"
)

func TestMemory(t *testing.T) {
	blobstoretest.Run(t, func(*testing.T) blobstore.Store { return blobstore.NewMemory() })
}

func openDir(t *testing.T) *blobstore.Dir {
	t.Helper()
	d, err := blobstore.OpenDir(filepath.Join(t.TempDir(), "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDir(t *testing.T) {
	blobstoretest.Run(t, func(t *testing.T) blobstore.Store { return openDir(t) })
}

func TestDirFiles(t *testing.T) {
	d := openDir(t)
	src := filepath.Join(t.TempDir(), "pack")
	if err := os.WriteFile(src, []byte("PACK"), 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := d.PutFile(t.Context(), src)
	if err != nil || info.Size != 4 {
		t.Fatalf("%+v, %v", info, err)
	}
	dst := filepath.Join(t.TempDir(), "link")
	if err := d.LinkFile(t.Context(), info.Digest, dst); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(dst); err != nil || string(b) != "PACK" {
		t.Errorf("%q, %v", b, err)
	}
	if err := d.LinkFile(t.Context(), info.Digest, dst); err == nil {
		t.Error("linked over a file that was there")
	}
}

// What an interrupted Put left behind is gone after the next start.
func TestDirSweepsTemporaryFiles(t *testing.T) {
	root := filepath.Join(t.TempDir(), "blobs")
	if _, err := blobstore.OpenDir(root); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(root, "tmp", "put-123")
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := blobstore.OpenDir(root); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("still there: %v", err)
	}
}
