package publish

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/release"
)

// onDisk lets the bench keep its blobs in a folder, which it returns.
func (b *bench) onDisk() (root string) {
	b.Helper()
	root = filepath.Join(b.TempDir(), "blobs")
	dir, err := blobstore.OpenDir(root)
	if err != nil {
		b.Fatal(err)
	}
	b.Blobs, b.Releases = dir, release.NewStore(b.DB, dir)
	return root
}

// blobsOf returns all blobs of the latest release.
func (b *bench) blobsOf() (manifest blobstore.Digest, files []blobstore.Digest) {
	b.Helper()
	r, err := b.Releases.Latest(b.Context(), repository, "tides")
	if err != nil {
		b.Fatal(err)
	}
	m, err := release.NewStore(b.DB, b.Blobs).Manifest(b.Context(), r.Manifest) // not one that is remembered
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range m.Files {
		files = append(files, f.Digest)
		for _, v := range f.Variants {
			files = append(files, v.Digest)
		}
	}
	return r.Manifest, files
}

func (b *bench) spoil(root string, d blobstore.Digest) {
	b.Helper()
	path := filepath.Join(root, string(d[:2]), string(d[2:]))
	data, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	if len(data) == 0 {
		return
	}
	data[len(data)/2] ^= 1
	if err := errors.Join(os.Chmod(path, 0o600), os.WriteFile(path, data, 0o600)); err != nil {
		b.Fatal(err)
	}
}

// Damaged files of a release do not go into the next one, and are replaced when the
// same source is published again; so is the manifest.
func TestDamagedFilesAreReplaced(t *testing.T) {
	for name, again := range map[string]string{"unchanged": "Down.", "changed": "Down and out."} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			root := b.onDisk()
			if s := b.publishRef(Release, main, "c1", mdBook("Down.")); s.State != Published {
				t.Fatalf("%+v", s)
			}
			manifest, files := b.blobsOf()
			for _, d := range append(files, manifest) {
				b.spoil(root, d)
			}
			b.Releases = release.NewStore(b.DB, b.Blobs)
			if s := b.publishRef(Release, main, "c2", mdBook(again)); s.State != Published {
				t.Fatalf("%+v", s)
			}
			_, files = b.blobsOf()
			for _, d := range files {
				if err := blobstore.Check(t.Context(), b.Blobs, d); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
