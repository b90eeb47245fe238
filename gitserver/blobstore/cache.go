package blobstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/rhaptos/rhaptos/gitserver/lru"
)

// cache is a folder of copies of blobs, up to a number of bytes; those that were used
// the longest ago go first. It may be lost at any time: nothing in it is synced, so a
// copy is read through before it is used for the first time, like every blob of a [Dir].
type cache struct {
	dir   *Dir
	most  int64
	files *lru.Cache[Digest, cachedFile]
	fills singleflight.Group
}

type cachedFile struct {
	digest Digest
	size   int64
}

// fileCost is the cost of a file in bytes beside its content, so that small files are
// bounded too.
const fileCost = 4 << 10

// A fill that does not get the bytes of the digest is repeated: they may have changed on
// the way.
const fillAttempts = 3

// openCache opens the cache in a folder. What is in it counts as used when it was
// written.
func openCache(ctx context.Context, root string, most int64) (*cache, error) {
	dir, err := openPrivate(root)
	if err != nil {
		return nil, fmt.Errorf("cache of blobs: %w", err)
	}
	c := &cache{dir: dir, most: most, files: lru.New[Digest, cachedFile](most)}
	var all []Info
	if err := dir.List(ctx, func(i Info) error { all = append(all, i); return nil }); err != nil {
		return nil, fmt.Errorf("cache of blobs: %w", err)
	}
	slices.SortFunc(all, func(a, b Info) int { return a.Written.Compare(b.Written) })
	for _, i := range all {
		c.count(i.Digest, i.Size)
	}
	return c, nil
}

// count notes that a file is in the cache, and removes those that have no room any more.
func (c *cache) count(d Digest, size int64) {
	for _, gone := range c.files.Put(d, cachedFile{d, size}, size+fileCost) {
		if gone.digest != d || size+fileCost > c.most {
			_ = c.dir.Delete(context.Background(), gone.digest) // who has it open reads on
		}
	}
}

// drop removes a copy.
func (c *cache) drop(d Digest) {
	c.files.Remove(d)
	_ = c.dir.Delete(context.Background(), d)
}

// adopt moves a file of tmp, which has the digest, into the cache. Without it the cache
// is only slower.
func (c *cache) adopt(w written) {
	_, err := c.dir.move(w)
	if errors.Is(err, fs.ErrNotExist) && c.restore(string(w.digest[:2])) == nil {
		_, err = c.dir.move(w)
	}
	if err != nil {
		os.Remove(w.path)
		return
	}
	c.count(w.digest, w.size)
}

// restore makes a folder of the cache that somebody has removed.
func (c *cache) restore(name string) error {
	return os.MkdirAll(filepath.Join(c.dir.root, name), 0o700)
}

// link makes a copy of a file that has the digest, by a hard link, where that is
// possible.
func (c *cache) link(path string, d Digest, size int64) {
	aside := c.temporary()
	if err := os.Link(path, aside); err == nil {
		c.adopt(written{aside, d, size})
	}
}

func (c *cache) temporary() string { return c.dir.temporary("fill") }

// open opens the copy of a blob, which get brings if there is none, or none that is
// sound.
func (c *cache) open(ctx context.Context, d Digest, get func(context.Context, Digest) (io.ReadCloser, error)) (*os.File, error) {
	for range fillAttempts {
		f, err := c.dir.open(ctx, d)
		switch {
		case err == nil:
			c.files.Get(d)
			return f, nil
		case errors.Is(err, ErrDamaged):
			c.drop(d)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
		if f, err = c.fill(ctx, d, get); f != nil || err != nil {
			return f, err
		}
	}
	return c.private(ctx, d, get) // the cache does not keep it
}

// fill brings a blob into the cache, once for all who wait for it. It returns a file only
// if the cache has no room for the blob.
func (c *cache) fill(ctx context.Context, d Digest, get func(context.Context, Digest) (io.ReadCloser, error)) (*os.File, error) {
	filled := c.fills.DoChan(string(d), func() (any, error) {
		// Whoever waits first may go away first.
		w, err := c.download(context.WithoutCancel(ctx), d, get)
		if err != nil {
			return nil, err
		}
		if w.size+fileCost > c.most {
			return true, os.Remove(w.path)
		}
		c.adopt(w)
		return false, nil
	})
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case result := <-filled:
		if result.Err != nil {
			return nil, result.Err
		}
		if tooLarge := result.Val.(bool); tooLarge {
			return c.private(ctx, d, get)
		}
		return nil, nil
	}
}

// private downloads a blob for one reader.
func (c *cache) private(ctx context.Context, d Digest, get func(context.Context, Digest) (io.ReadCloser, error)) (*os.File, error) {
	w, err := c.download(ctx, d, get)
	if err != nil {
		return nil, err
	}
	defer os.Remove(w.path)
	return os.Open(w.path)
}

// download writes a blob to tmp and checks it.
func (c *cache) download(ctx context.Context, d Digest, get func(context.Context, Digest) (io.ReadCloser, error)) (w written, err error) {
	for range fillAttempts {
		if w, err = c.downloadOnce(ctx, d, get); err == nil || !errors.Is(err, ErrDamaged) && !errors.Is(err, syscall.ENOSPC) {
			return w, err
		}
		if errors.Is(err, syscall.ENOSPC) {
			c.makeRoom()
		}
	}
	return w, err
}

func (c *cache) downloadOnce(ctx context.Context, d Digest, get func(context.Context, Digest) (io.ReadCloser, error)) (w written, err error) {
	r, err := get(ctx, d)
	if err != nil {
		return w, err
	}
	defer r.Close()
	w = written{path: c.temporary(), digest: d}
	f, err := os.OpenFile(w.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o444)
	if errors.Is(err, fs.ErrNotExist) && c.restore("tmp") == nil {
		f, err = os.OpenFile(w.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o444)
	}
	if err != nil {
		return w, err
	}
	counted := &counter{w: f}
	err = errors.Join(CheckBytes(io.TeeReader(contextReader{ctx, r}, counted), d), f.Close())
	if w.size = counted.n; err != nil {
		os.Remove(w.path)
	}
	return w, err
}

// counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// makeRoom removes the copies that were not used within the last minutes, when the disk
// is full before the cache is.
func (c *cache) makeRoom() {
	for _, gone := range c.files.Delete(func(d Digest, _ cachedFile) bool {
		i, err := c.dir.Stat(context.Background(), d)
		return err != nil || time.Since(i.Written) > time.Minute
	}) {
		_ = c.dir.Delete(context.Background(), gone.digest)
	}
}
