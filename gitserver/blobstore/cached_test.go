package blobstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/blobstore/blobstoretest"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
)

// remote is a remote store in memory that counts what it is asked for.
type remote struct {
	*blobstore.Memory
	puts, gets, stats atomic.Int64
	cut               atomic.Int64 // of the next gets, so many give other bytes
}

func newRemote() *remote { return &remote{Memory: blobstore.NewMemory()} }

func (r *remote) Put(ctx context.Context, file *os.File, d blobstore.Digest, replace bool) (blobstore.Info, error) {
	r.puts.Add(1)
	if i, err := r.Memory.Stat(ctx, d); err == nil && !replace {
		return i, nil // as old as it was
	}
	return r.Memory.Put(ctx, io.NewSectionReader(file, 0, 1<<40))
}

func (r *remote) Get(ctx context.Context, d blobstore.Digest) (io.ReadCloser, error) {
	r.gets.Add(1)
	if r.cut.Add(-1) >= 0 {
		return io.NopCloser(strings.NewReader("other bytes")), nil
	}
	return r.Memory.Open(ctx, d)
}

func (r *remote) Stat(ctx context.Context, d blobstore.Digest) (blobstore.Info, error) {
	r.stats.Add(1)
	return r.Memory.Stat(ctx, d)
}

func openDB(t *testing.T) database.DB {
	t.Helper()
	db := databasetest.NewOn(t, database.SQLite).Open(t)
	return db
}

func openCached(t *testing.T, r blobstore.Remote, db database.DB, folder string, size int64, grace time.Duration) *blobstore.Cached {
	t.Helper()
	s, err := blobstore.OpenCached(t.Context(), blobstore.CachedConfig{Remote: r, Folder: folder, Size: size, DB: db, Grace: grace})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCachedSuite(t *testing.T) {
	for _, size := range []int64{64 << 20, 8 << 10, 0} { // bytes of the cache: all fits, two files, none
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			blobstoretest.Run(t, func(t *testing.T) blobstore.Store {
				return openCached(t, newRemote(), openDB(t), t.TempDir(), size, time.Hour)
			})
		})
	}
}

func putText(t *testing.T, s blobstore.Store, text string) blobstore.Digest {
	t.Helper()
	info, err := s.Put(t.Context(), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return info.Digest
}

func readText(t *testing.T, s blobstore.Store, d blobstore.Digest) string {
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
	return string(b)
}

// The cache keeps what was used last, within its size, across restarts, and asks the
// remote store once for what many want at the same time.
func TestCacheIsBounded(t *testing.T) {
	r, db, folder := newRemote(), openDB(t), t.TempDir()
	const size, each = 100 << 10, 20 << 10 // four files, with what each costs beside its content
	s := openCached(t, r, db, folder, size, time.Hour)
	var all []blobstore.Digest
	for i := range 12 {
		all = append(all, putText(t, s, strings.Repeat(string(rune('a'+i)), each)))
	}
	if n := filesIn(t, folder); n > 4 || n < 3 {
		t.Errorf("%d files in the cache", n)
	}
	if readText(t, s, all[11]); r.gets.Load() != 0 {
		t.Error("what was put last was fetched")
	}
	if readText(t, s, all[0]); r.gets.Load() != 1 {
		t.Error("what was put first is still there")
	}
	r.gets.Store(0)
	s = openCached(t, r, db, folder, size, time.Hour)
	if readText(t, s, all[0]); r.gets.Load() != 0 {
		t.Error("a restart has lost the copies")
	}
	if n := filesIn(t, folder); n > 4 {
		t.Errorf("%d files in the cache", n)
	}
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() { readText(t, s, all[5]) })
	}
	wg.Wait()
	if r.gets.Load() != 1 {
		t.Errorf("fetched %d times for 16 readers", r.gets.Load())
	}
}

func filesIn(t *testing.T, folder string) (n int) {
	t.Helper()
	err := filepath.WalkDir(folder, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The cache may be removed while the server runs.
func TestCacheRemoved(t *testing.T) {
	r, folder := newRemote(), t.TempDir()
	s := openCached(t, r, openDB(t), folder, 1<<20, time.Hour)
	d := putText(t, s, "text")
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if got := readText(t, s, d); got != "text" {
		t.Errorf("read %q", got)
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	readText(t, s, putText(t, s, "more text"))
}

// Bytes that changed on the way are fetched again; bytes that are damaged are not given
// out, and whoever puts the blob replaces them.
func TestCachedDamage(t *testing.T) {
	r, db := newRemote(), openDB(t)
	d := putText(t, openCached(t, r, db, t.TempDir(), 1<<20, time.Hour), "text")
	s, other := openCached(t, r, db, t.TempDir(), 1<<20, time.Hour), openCached(t, r, db, t.TempDir(), 1<<20, 0)
	r.cut.Store(2)
	if got := readText(t, s, d); got != "text" {
		t.Errorf("read %q", got)
	}
	s.Evict(d)
	r.cut.Store(1000)
	if _, err := s.Open(t.Context(), d); !errors.Is(err, blobstore.ErrDamaged) {
		t.Errorf("open: %v", err)
	}
	for _, server := range []*blobstore.Cached{s, other} {
		if _, err := server.Verify(t.Context(), d); !errors.Is(err, blobstore.ErrDamaged) {
			t.Errorf("verify: %v", err)
		}
	}
	r.cut.Store(0)
	puts := r.puts.Load()
	putText(t, other, "text")
	if r.puts.Load() != puts+1 {
		t.Error("a damaged blob was not replaced")
	}
	if _, err := other.Verify(t.Context(), d); err != nil {
		t.Errorf("verify after that: %v", err)
	}
}

// Publishing once more what is there asks the remote store once for each blob, and then
// not for a while.
func TestKnownBlobs(t *testing.T) {
	r, db := newRemote(), openDB(t)
	d := putText(t, openCached(t, r, db, t.TempDir(), 1<<20, time.Hour), "text")
	s := openCached(t, r, db, t.TempDir(), 1<<20, time.Hour)
	for range 5 {
		if _, err := s.Renew(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		putText(t, s, "text")
	}
	if r.stats.Load() != 1 || r.puts.Load() != 1 {
		t.Errorf("asked %d times, put %d times", r.stats.Load(), r.puts.Load())
	}
}

// While servers put, renew and name blobs, and others sweep, no blob that has a name is
// deleted. Names come and go, so that sweeps find work.
func TestSweepBesideWriters(t *testing.T) {
	const seed, grace = 3, 200 * time.Millisecond
	r, db := newRemote(), openDB(t)
	var mu sync.Mutex
	named := map[blobstore.Digest]bool{}
	references := func(_ context.Context, f func(blobstore.Digest) error) error {
		mu.Lock()
		defer mu.Unlock()
		for d := range named {
			if err := f(d); err != nil {
				return err
			}
		}
		return nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	var swept, kept atomic.Int64
	for server := range 2 {
		s := openCached(t, r, db, t.TempDir(), 1<<20, grace)
		for writer := range 2 {
			random := rand.New(rand.NewPCG(seed, uint64(server*2+writer)))
			wg.Go(func() {
				for ctx.Err() == nil {
					text := fmt.Sprint("text ", random.IntN(6))
					info, err := s.Put(context.Background(), strings.NewReader(text))
					if random.IntN(2) == 0 {
						info, err = blobstore.Renew(context.Background(), s, info.Digest)
					}
					if errors.Is(err, fs.ErrNotExist) {
						continue
					}
					if err != nil {
						t.Error(err)
						return
					}
					time.Sleep(time.Duration(random.IntN(int(grace / 2)))) // between the bytes and the name
					mu.Lock()
					named[info.Digest] = true
					mu.Unlock()
					for range 5 {
						time.Sleep(time.Duration(random.IntN(int(grace / 10))))
						mu.Lock()
						_, err := r.Memory.Stat(context.Background(), info.Digest)
						if named[info.Digest] && err != nil {
							t.Errorf("a blob that has a name was swept: %v", err)
						}
						mu.Unlock()
					}
					kept.Add(1)
					mu.Lock()
					delete(named, info.Digest)
					mu.Unlock()
					time.Sleep(time.Duration(random.IntN(int(2 * grace))))
				}
			})
		}
		wg.Go(func() {
			for ctx.Err() == nil {
				n, _, err := blobstore.Sweep(context.Background(), s, time.Now().Add(-grace), references)
				if err != nil {
					t.Error(err)
				}
				swept.Add(int64(n))
				time.Sleep(grace / 20)
			}
		})
	}
	wg.Wait()
	t.Logf("seed %d: %d times named, %d swept", seed, kept.Load(), swept.Load())
	if swept.Load() == 0 || kept.Load() == 0 {
		t.Error("nothing was tried")
	}
}

// A batch uploads in the background, and Commit returns its first error.
func TestCachedBatchErrors(t *testing.T) {
	s := openCached(t, refusing{newRemote()}, openDB(t), t.TempDir(), 1<<20, time.Hour)
	b := s.Batch()
	defer b.Close()
	var putErr error
	for i := range 1000 {
		if _, err := b.Put(t.Context(), bytes.NewReader([]byte(fmt.Sprint(i)))); err != nil {
			putErr = err
		}
	}
	if err := b.Commit(t.Context()); !errors.Is(err, errRefused) {
		t.Errorf("commit: %v", err)
	}
	if putErr != nil && !errors.Is(putErr, errRefused) {
		t.Errorf("put: %v", putErr)
	}
}

var errRefused = errors.New("no room in the bucket")

type refusing struct{ *remote }

func (refusing) Put(context.Context, *os.File, blobstore.Digest, bool) (blobstore.Info, error) {
	return blobstore.Info{}, errRefused
}
