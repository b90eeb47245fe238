package blobstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// How many blobs, and bytes, a batch holds back before it makes them durable: what a
// crash loses of the work on a large book. And from how many on one wait for the
// whole file system is less than one for each file.
const (
	batchMost  = 2_000
	batchBytes = 64 << 20
	batchFew   = 8
)

// Batch implements [BatchStore].
func (d *Dir) Batch() Batch { return &dirBatch{dir: d} }

// dirBatch has written its blobs to tmp and not synced them.
type dirBatch struct {
	dir *Dir

	mu      sync.Mutex
	pending []written
	bytes   int64 // of pending
}

// written is a file in tmp.
type written struct {
	path   string
	digest Digest
	size   int64
}

// Put implements [Batch].
func (b *dirBatch) Put(ctx context.Context, r io.Reader) (Info, error) {
	w, err := b.dir.write(ctx, r)
	if err != nil {
		return Info{}, err
	}
	b.mu.Lock()
	b.pending = append(b.pending, w)
	b.bytes += w.size
	var full []written
	if len(b.pending) >= batchMost || b.bytes >= batchBytes {
		full, b.pending, b.bytes = b.pending, nil, 0
	}
	b.mu.Unlock()
	return Info{Digest: w.digest, Size: w.size, Written: time.Now()}, b.dir.keepAll(ctx, full)
}

// write writes the bytes of r to a file of tmp, and does not wait for the disk.
func (d *Dir) write(ctx context.Context, r io.Reader) (w written, err error) {
	w.path = d.temporary("batch")
	f, err := os.OpenFile(w.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o444)
	if err != nil {
		return w, err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			os.Remove(w.path)
		}
	}()
	h, buffer := sha256.New(), buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	if w.size, err = io.CopyBuffer(io.MultiWriter(f, h), contextReader{ctx, r}, *buffer); err != nil {
		return w, fmt.Errorf("write blob: %w", err)
	}
	w.digest = Digest(hex.EncodeToString(h.Sum(nil)))
	return w, nil
}

// buffers are for copying: most blobs of a batch are smaller than one.
var buffers = sync.Pool{New: func() any { return new(make([]byte, 32<<10)) }}

// Commit implements [Batch].
func (b *dirBatch) Commit(ctx context.Context) error {
	b.mu.Lock()
	all := b.pending
	b.pending, b.bytes = nil, 0
	b.mu.Unlock()
	return b.dir.keepAll(ctx, all)
}

// Close implements [Batch].
func (b *dirBatch) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	remove(b.pending)
	b.pending = nil
	return nil
}

func remove(files []written) {
	for _, w := range files {
		os.Remove(w.path)
	}
}

// keepAll makes files of tmp durable and gives them their places in the store.
// They are gone from tmp then, whatever the error.
func (d *Dir) keepAll(ctx context.Context, files []written) error {
	kept := 0
	defer func() { remove(files[kept:]) }()
	if len(files) < batchFew {
		for _, w := range files {
			if err := d.keepWritten(w); err != nil {
				return err
			}
		}
		return nil
	}
	if err := syncWritten(d.tmp(), files); err != nil {
		return fmt.Errorf("sync blobs: %w", err)
	}
	shards := map[string]bool{}
	for _, w := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		dst, err := d.move(w)
		if err != nil {
			return fmt.Errorf("keep blob %s: %w", w.digest, err)
		}
		kept++
		shards[filepath.Dir(dst)] = true
	}
	return syncDirs(d.root, shards)
}

// move gives a file of tmp that is durable its place. If the blob is there
// already the file takes over from it, which is as young as a new one then.
func (d *Dir) move(w written) (dst string, err error) {
	if dst, err = d.path(w.digest); err != nil {
		return "", err
	}
	d.sweep.Lock()
	defer d.sweep.Unlock()
	return dst, os.Rename(w.path, dst)
}

func (d *Dir) keepWritten(w written) error {
	f, err := os.Open(w.path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = d.keep(f, w.path, w.digest, w.size)
	return err
}

// place links a file that is durable into its place. A blob that is there already is
// checked; if it is damaged the file takes over from it.
func (d *Dir) place(path string, digest Digest) (dst string, err error) {
	if dst, err = d.path(digest); err != nil {
		return "", err
	}
	if _, err := d.Verify(context.Background(), digest); errors.Is(err, ErrDamaged) {
		return dst, d.replace(path, dst)
	}
	d.sweep.Lock()
	defer d.sweep.Unlock()
	switch err := os.Link(path, dst); {
	case errors.Is(err, fs.ErrExist):
		// Young again, so that a sweep of old blobs which nothing names leaves
		// it to the row that is about to name it.
		return dst, d.rejuvenate(dst, digest)
	case err != nil:
		return "", fmt.Errorf("keep blob %s: %w", digest, err)
	}
	return dst, nil
}

// replace puts a file that is durable in the place of a damaged blob, at once.
func (d *Dir) replace(path, dst string) error {
	aside := d.temporary("replace")
	if err := os.Link(path, aside); err != nil {
		return err
	}
	d.sweep.Lock()
	defer d.sweep.Unlock()
	if err := os.Rename(aside, dst); err != nil {
		return errors.Join(err, os.Remove(aside))
	}
	return nil
}

// Renew implements [Renewer].
func (d *Dir) Renew(ctx context.Context, digest Digest) (Info, error) {
	if _, err := d.Verify(ctx, digest); err != nil {
		return Info{}, err
	}
	path, err := d.path(digest)
	if err != nil {
		return Info{}, err
	}
	d.sweep.Lock()
	defer d.sweep.Unlock()
	if err := d.rejuvenate(path, digest); err != nil {
		return Info{}, err
	}
	return d.Stat(ctx, digest)
}
