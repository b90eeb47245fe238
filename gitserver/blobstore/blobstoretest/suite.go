// Package blobstoretest is the suite that every blob store passes.
package blobstoretest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
)

// Run checks the store that open makes; each call must give an empty one.
func Run(t *testing.T, open func(t *testing.T) blobstore.Store) {
	t.Run("round trip", func(t *testing.T) { roundTrip(t, open(t)) })
	t.Run("missing", func(t *testing.T) { missing(t, open(t)) })
	t.Run("delete", func(t *testing.T) { deletes(t, open(t)) })
	t.Run("list", func(t *testing.T) { lists(t, open(t)) })
	t.Run("broken reader", func(t *testing.T) { brokenReader(t, open(t)) })
	t.Run("concurrent", func(t *testing.T) { concurrent(t, open(t)) })
	t.Run("sweep", func(t *testing.T) { sweeps(t, open(t)) })
	t.Run("batch", func(t *testing.T) { batches(t, open(t)) })
	t.Run("renew", func(t *testing.T) { renews(t, open(t)) })
}

func digest(b []byte) blobstore.Digest {
	sum := sha256.Sum256(b)
	return blobstore.Digest(hex.EncodeToString(sum[:]))
}

func put(t *testing.T, s blobstore.Store, data string) blobstore.Info {
	t.Helper()
	info, err := s.Put(t.Context(), strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func read(t *testing.T, s blobstore.Store, d blobstore.Digest) []byte {
	t.Helper()
	r, err := s.Open(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func roundTrip(t *testing.T, s blobstore.Store) {
	for _, data := range []string{"", "x", strings.Repeat("a page of text\n", 100_000)} {
		info := put(t, s, data)
		if info.Digest != digest([]byte(data)) || info.Size != int64(len(data)) {
			t.Errorf("put %d bytes: got %+v", len(data), info)
		}
		if again := put(t, s, data); again.Digest != info.Digest {
			t.Errorf("put again: got %+v", again)
		}
		if got := read(t, s, info.Digest); string(got) != data {
			t.Errorf("read %d bytes back, want %d", len(got), len(data))
		}
		if st, err := s.Stat(t.Context(), info.Digest); err != nil || st.Size != info.Size {
			t.Errorf("stat: %+v, %v", st, err)
		}
	}
	info := put(t, s, "0123456789")
	r, err := s.Open(t.Context(), info.Digest)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Seek(4, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r); err != nil || string(b) != "456789" {
		t.Errorf("after seek: %q, %v", b, err)
	}
}

func missing(t *testing.T, s blobstore.Store) {
	d := digest([]byte("never put"))
	if _, err := s.Open(t.Context(), d); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open: %v, want fs.ErrNotExist", err)
	}
	if _, err := s.Stat(t.Context(), d); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("stat: %v, want fs.ErrNotExist", err)
	}
	if err := s.Delete(t.Context(), d); err != nil {
		t.Errorf("delete: %v", err)
	}
	for _, bad := range []blobstore.Digest{"", "../../etc/passwd", "ABCDEF", d[:63], d + "0"} {
		if r, err := s.Open(t.Context(), bad); err == nil {
			r.Close()
			t.Errorf("open %q: no error", bad)
		}
	}
}

func deletes(t *testing.T, s blobstore.Store) {
	a, b := put(t, s, "a"), put(t, s, "b")
	if err := s.Delete(t.Context(), a.Digest); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(t.Context(), a.Digest); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open a deleted blob: %v", err)
	}
	if got := read(t, s, b.Digest); string(got) != "b" {
		t.Errorf("its neighbour reads %q", got)
	}
}

func lists(t *testing.T, s blobstore.Store) {
	want := map[blobstore.Digest]int64{}
	for _, data := range []string{"", "one", "two two"} {
		want[put(t, s, data).Digest] = int64(len(data))
	}
	err := s.List(t.Context(), func(i blobstore.Info) error {
		if size, ok := want[i.Digest]; !ok || size != i.Size {
			t.Errorf("listed %+v", i)
		}
		delete(want, i.Digest)
		return nil
	})
	if err != nil || len(want) != 0 {
		t.Errorf("not listed: %v; %v", want, err)
	}
	stop := errors.New("stop")
	if err := s.List(t.Context(), func(blobstore.Info) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("list returned %v, want the function's error", err)
	}
}

type failing struct{ r io.Reader }

var errBroken = errors.New("connection lost")

func (f failing) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err == io.EOF {
		err = errBroken
	}
	return n, err
}

func brokenReader(t *testing.T, s blobstore.Store) {
	if _, err := s.Put(t.Context(), failing{strings.NewReader("half a pack")}); !errors.Is(err, errBroken) {
		t.Errorf("got %v, want the reader's error", err)
	}
	err := s.List(t.Context(), func(i blobstore.Info) error {
		t.Errorf("left %+v behind", i)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func concurrent(t *testing.T, s blobstore.Store) {
	data := bytes.Repeat([]byte("same bytes "), 10_000)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if info, err := s.Put(context.Background(), bytes.NewReader(data)); err != nil || info.Digest != digest(data) {
				t.Errorf("%+v, %v", info, err)
			}
		})
	}
	wg.Wait()
	if got := read(t, s, digest(data)); !bytes.Equal(got, data) {
		t.Error("bytes differ")
	}
}

func sweeps(t *testing.T, s blobstore.Store) {
	sw, ok := s.(blobstore.Sweepable)
	if !ok {
		t.Fatal("the store cannot be swept")
	}
	named, orphan := put(t, s, "named"), put(t, s, "orphan")
	references := func(_ context.Context, f func(blobstore.Digest) error) error { return f(named.Digest) }
	if n, _, err := blobstore.Sweep(t.Context(), sw, time.Now().Add(-time.Hour), references); n != 0 || err != nil {
		t.Errorf("swept %d young blobs, %v", n, err)
	}
	// A store that several servers share deletes in two steps.
	var n int
	var size int64
	for range 2 {
		blobs, bytes, err := blobstore.Sweep(t.Context(), sw, time.Now().Add(time.Hour), references)
		if err != nil {
			t.Error(err)
		}
		n, size = n+blobs, size+bytes
	}
	if n != 1 || size != 6 {
		t.Errorf("swept %d blobs of %d bytes; want the orphan", n, size)
	}
	if _, err := s.Stat(t.Context(), named.Digest); err != nil {
		t.Errorf("a named blob was swept: %v", err)
	}
	if _, err := s.Stat(t.Context(), orphan.Digest); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the orphan is still there: %v", err)
	}
}
