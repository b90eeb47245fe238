package blobstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
)

// spoil flips a bit of a blob on disk and leaves its size and the times that can be set.
func spoil(tb testing.TB, root string, d blobstore.Digest) {
	tb.Helper()
	path := filepath.Join(root, string(d[:2]), string(d[2:]))
	fi, err := os.Stat(path)
	if err != nil {
		tb.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	b[len(b)/2] ^= 4
	if err := errors.Join(os.Chmod(path, 0o600), os.WriteFile(path, b, 0o600), os.Chmod(path, 0o444), os.Chtimes(path, fi.ModTime(), fi.ModTime())); err != nil {
		tb.Fatal(err)
	}
}

// A damaged blob is not given out, not renewed, and repaired by each way to put its
// bytes again.
func TestDamaged(t *testing.T) {
	text := []byte("the bytes of a page")
	put := map[string]func(*blobstore.Dir) error{
		"put": func(d *blobstore.Dir) error {
			_, err := d.Put(t.Context(), bytes.NewReader(text))
			return err
		},
		"put file": func(d *blobstore.Dir) error {
			path := filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(path, text, 0o600); err != nil {
				return err
			}
			_, err := d.PutFile(t.Context(), path)
			return err
		},
	}
	for _, n := range []int{1, 20} {
		put[fmt.Sprint("batch of ", n)] = func(d *blobstore.Dir) error {
			b := blobstore.NewBatch(d)
			_, err := b.Put(t.Context(), bytes.NewReader(text))
			for i := range n - 1 {
				_, more := b.Put(t.Context(), bytes.NewReader([]byte{byte(i)}))
				err = errors.Join(err, more)
			}
			return errors.Join(err, b.Commit(t.Context()), b.Close())
		}
	}
	for name, again := range put {
		t.Run(name, func(t *testing.T) {
			root := filepath.Join(t.TempDir(), "blobs")
			d, err := blobstore.OpenDir(root)
			if err != nil {
				t.Fatal(err)
			}
			info, err := d.Put(t.Context(), bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second time it is remembered as sound
				if _, err := d.Verify(t.Context(), info.Digest); err != nil {
					t.Fatal(err)
				}
				spoil(t, root, info.Digest)
				for what, f := range map[string]func() error{
					"open":   func() error { _, err := d.Open(t.Context(), info.Digest); return err },
					"renew":  func() error { _, err := d.Renew(t.Context(), info.Digest); return err },
					"verify": func() error { _, err := d.Verify(t.Context(), info.Digest); return err },
					"check":  func() error { return blobstore.Check(t.Context(), d, info.Digest) },
				} {
					if err := f(); !errors.Is(err, blobstore.ErrDamaged) {
						t.Errorf("%s: %v", what, err)
					}
				}
				if err := again(d); err != nil {
					t.Fatal(err)
				}
				r, err := d.Open(t.Context(), info.Digest)
				if err != nil {
					t.Fatalf("not repaired: %v", err)
				}
				got, err := io.ReadAll(r)
				if r.Close(); err != nil || !bytes.Equal(got, text) {
					t.Errorf("%q, %v", got, err)
				}
			}
		})
	}
}

// A blob that was renewed is still remembered as sound, and one that was spoilt just
// before it is not.
func TestRenewChecks(t *testing.T) {
	root := filepath.Join(t.TempDir(), "blobs")
	d, err := blobstore.OpenDir(root)
	if err != nil {
		t.Fatal(err)
	}
	info, err := d.Put(t.Context(), bytes.NewReader([]byte("text")))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := d.Renew(t.Context(), info.Digest); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
	spoil(t, root, info.Digest)
	if _, err := d.Renew(t.Context(), info.Digest); !errors.Is(err, blobstore.ErrDamaged) {
		t.Errorf("renewed: %v", err)
	}
}

// BenchmarkOpen measures what the check of a page costs: when it is first read, and
// later.
func BenchmarkOpen(b *testing.B) {
	for _, size := range []int{16 << 10, 1 << 20} {
		root := filepath.Join(b.TempDir(), "blobs")
		d, err := blobstore.OpenDir(root)
		if err != nil {
			b.Fatal(err)
		}
		info, err := d.Put(context.Background(), bytes.NewReader(bytes.Repeat([]byte{'a'}, size)))
		if err != nil {
			b.Fatal(err)
		}
		for name, fresh := range map[string]bool{"first": true, "later": false} {
			b.Run(fmt.Sprintf("%s/%dKiB", name, size>>10), func(b *testing.B) {
				for b.Loop() {
					if fresh {
						d = blobstore.ViewDir(root)
					}
					r, err := d.Open(context.Background(), info.Digest)
					if err != nil {
						b.Fatal(err)
					}
					r.Close()
				}
			})
		}
	}
}
