package s3_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/blobstore/s3"
	"github.com/rhaptos/rhaptos/gitserver/blobstore/s3/s3test"
	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// blob is what a test has put.
type blob struct {
	digest blobstore.Digest
	data   []byte
}

// With a third of all requests and answers lost, cut, changed or refused, each operation
// succeeds or fails honestly, and what was put is there when the storm is over.
func TestStorm(t *testing.T) {
	testenv.Slow(t, "hundreds of requests with pauses in between")
	const seed, writers, each = 5, 6, 40
	server := s3test.Start(t)
	proxy := s3test.NewProxy(t, server.Endpoint)
	bucket := server.Bucket(t, "storm")
	remote := open(t, proxy.Endpoint, bucket, func(c *s3.Config) { c.Patience, c.Stall = 2*time.Second, time.Second })
	s := cached(t, remote, t.TempDir())
	proxy.Random(seed, 33)
	var mu sync.Mutex
	var put []blob
	failed := 0
	var wg sync.WaitGroup
	for writer := range writers {
		r := rand.New(rand.NewPCG(seed, uint64(writer)))
		wg.Go(func() {
			for i := range each {
				data := fmt.Appendf(nil, "%d %d %s", writer, i, bytes.Repeat([]byte("x"), r.IntN(30_000)))
				info, err := s.Put(t.Context(), bytes.NewReader(data))
				mu.Lock()
				if err != nil {
					failed++
				} else {
					put = append(put, blob{info.Digest, data})
				}
				b := blob{}
				if len(put) > 0 {
					b = put[r.IntN(len(put))]
				}
				mu.Unlock()
				if b.data == nil {
					continue
				}
				s.Evict(b.digest)
				if got, err := readAll(t, s, b.digest); err == nil && !bytes.Equal(got, b.data) {
					t.Errorf("seed %d: blob %s reads as other bytes", seed, b.digest)
				}
			}
		})
	}
	wg.Wait()
	counts := proxy.Counts()
	proxy.Random(seed, 0)
	fresh := cached(t, open(t, server.Endpoint, bucket), t.TempDir())
	for _, b := range put {
		if got, err := readAll(t, fresh, b.digest); err != nil || !bytes.Equal(got, b.data) {
			t.Errorf("seed %d: blob %s was put and is lost: %v", seed, b.digest, err)
		}
	}
	t.Logf("seed %d: %d put, %d refused, faults %v", seed, len(put), failed, counts)
	if len(put) < writers*each/2 {
		t.Errorf("only %d of %d succeeded", len(put), writers*each)
	}
}

func readAll(t *testing.T, s blobstore.Store, d blobstore.Digest) ([]byte, error) {
	r, err := s.Open(t.Context(), d)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// A thousand bits that flip in the cache and in the bucket, while nobody looks: none of
// the bytes is ever given out. What was damaged in the bucket is known to be, and the
// next who puts it replaces it.
func TestFlippedBits(t *testing.T) {
	flips := 1000
	if testing.Short() {
		flips = 100
	}
	r := rand.New(rand.NewPCG(7, 7))
	server := s3test.Start(t)
	bucket := server.Bucket(t, "flips")
	folder := t.TempDir()
	s := cached(t, open(t, server.Endpoint, bucket), folder)
	var blobs []blob
	for i := range 40 {
		data := fmt.Appendf(nil, "%d %s", i, bytes.Repeat([]byte("words "), r.IntN(2000)))
		info, err := s.Put(t.Context(), bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		blobs = append(blobs, blob{info.Digest, data})
	}
	refused, mended := 0, 0
	for range flips {
		b := blobs[r.IntN(len(blobs))]
		inBucket := r.IntN(2) == 0
		path := filepath.Join(folder, string(b.digest[:2]), string(b.digest[2:]))
		if inBucket {
			s.Evict(b.digest)
			path = objectFile(server, bucket, b.digest)
		}
		flipBit(t, path, r)
		got, err := readAll(t, s, b.digest)
		switch {
		case err == nil && !bytes.Equal(got, b.data):
			t.Fatalf("damaged bytes of %s were given out", b.digest)
		case err == nil && inBucket, err != nil && !inBucket, err != nil && !errors.Is(err, blobstore.ErrDamaged):
			t.Fatalf("damaged in the bucket %t: %v", inBucket, err)
		case err == nil:
			mended++
			continue
		}
		refused++
		if _, err := s.Verify(t.Context(), b.digest); !errors.Is(err, blobstore.ErrDamaged) {
			t.Fatalf("verify of a damaged blob: %v", err)
		}
		if _, err := s.Put(t.Context(), bytes.NewReader(b.data)); err != nil {
			t.Fatal(err)
		}
		if got, err := readAll(t, s, b.digest); err != nil || !bytes.Equal(got, b.data) {
			t.Fatalf("put again after damage: %v", err)
		}
	}
	t.Logf("%d flips: %d copies fetched anew, %d reads refused and then replaced", flips, mended, refused)
}

// flipBit changes one bit of a file, if it is there.
func flipBit(t *testing.T, path string, r *rand.Rand) {
	t.Helper()
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil || len(b) == 0 {
		t.Fatal(err)
	}
	b[r.IntN(len(b))] ^= 1 << r.IntN(8)
	if err := errors.Join(os.Chmod(path, 0o600), os.WriteFile(path, b, 0o600)); err != nil {
		t.Fatal(err)
	}
}
