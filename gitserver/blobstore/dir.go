package blobstore

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/lru"
)

// Dir is a store in a folder of the local file system: ROOT/ab/cdef... for the
// digest abcdef..., ROOT/tmp for bytes that are still arriving, and the file ROOT/lock.
//
// A blob is written aside, synced, linked into place, and its folder synced;
// only then does Put return.
type Dir struct {
	root string

	// sweep keeps Delete from removing a blob that a Put has just found there
	// and made young again.
	sweep sweepLock

	process string       // in the names of its files in tmp, which other processes may have too
	written atomic.Int64 // files that were begun in tmp under such names

	checked *lru.Cache[Digest, checked]
}

// OpenDir opens the store in root, making what is missing, and removes what an
// interrupted Put has left in tmp. Only one process may open it so at a time; others
// may use [OpenShared] beside it if the file system has locks.
func OpenDir(root string) (*Dir, error) {
	d, err := openPrivate(root)
	if err != nil {
		return nil, err
	}
	if err := d.sweep.open(d.lock()); err != nil && !errors.Is(err, errNoLocks) {
		return nil, err
	}
	return d, nil
}

// openPrivate opens the store in root for this process alone.
func openPrivate(root string) (*Dir, error) {
	d := ViewDir(root)
	if err := os.RemoveAll(d.tmp()); err != nil {
		return nil, err
	}
	return d, d.create()
}

// create makes the folders of the store.
func (d *Dir) create() error {
	root := d.root
	if err := os.MkdirAll(d.tmp(), 0o700); err != nil {
		return err
	}
	for i := range 256 {
		if err := os.Mkdir(filepath.Join(root, fmt.Sprintf("%02x", i)), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	for _, dir := range []string{root, filepath.Dir(root)} {
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

// ViewDir is the store in root for reading, beside the process that has opened
// it. Nothing is made or removed.
func ViewDir(root string) *Dir {
	return &Dir{root: root, process: rand.Text(), checked: newChecked()}
}

func (d *Dir) tmp() string  { return filepath.Join(d.root, "tmp") }
func (d *Dir) lock() string { return filepath.Join(d.root, "lock") }

// temporary returns a name in tmp that no other file has, in this process or another.
func (d *Dir) temporary(kind string) string {
	return filepath.Join(d.tmp(), fmt.Sprintf("%s-%s-%d", kind, d.process, d.written.Add(1)))
}

func (d *Dir) path(digest Digest) (string, error) {
	if !digest.Valid() {
		return "", fmt.Errorf("%q is not a digest: %w", digest, fs.ErrInvalid)
	}
	return filepath.Join(d.root, string(digest[:2]), string(digest[2:])), nil
}

// Put implements [Store].
func (d *Dir) Put(ctx context.Context, r io.Reader) (Info, error) {
	f, err := os.CreateTemp(d.tmp(), "put-")
	if err != nil {
		return Info{}, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, h), contextReader{ctx, r})
	if err != nil {
		return Info{}, fmt.Errorf("write blob: %w", err)
	}
	return d.keep(f, f.Name(), Digest(hex.EncodeToString(h.Sum(nil))), n)
}

// PutFile implements [FileStore].
func (d *Dir) PutFile(ctx context.Context, path string) (Info, error) {
	f, err := os.Open(path)
	if err != nil {
		return Info{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, contextReader{ctx, f})
	if err != nil {
		return Info{}, fmt.Errorf("read %s: %w", path, err)
	}
	info, err := d.keep(f, path, Digest(hex.EncodeToString(h.Sum(nil))), n)
	if errors.Is(err, syscall.EXDEV) {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return Info{}, err
		}
		return d.Put(ctx, f)
	}
	return info, err
}

// keep makes the open file f at path durable and gives it its place in the store.
func (d *Dir) keep(f *os.File, path string, digest Digest, size int64) (Info, error) {
	if err := f.Chmod(0o444); err != nil {
		return Info{}, err
	}
	if err := f.Sync(); err != nil {
		return Info{}, fmt.Errorf("sync blob: %w", err)
	}
	dst, err := d.place(path, digest)
	if err != nil {
		return Info{}, err
	}
	if err := syncDir(filepath.Dir(dst)); err != nil {
		return Info{}, err
	}
	return Info{Digest: digest, Size: size, Written: time.Now()}, nil
}

// Open implements [Store]. The error of a blob whose bytes are not those of its
// digest matches [ErrDamaged] and names its file.
func (d *Dir) Open(ctx context.Context, digest Digest) (io.ReadSeekCloser, error) {
	f, err := d.open(ctx, digest)
	if err != nil {
		return nil, err // not a nil file in an interface
	}
	return f, nil
}

// LinkFile implements [FileStore]. Where hard links cannot reach it copies.
func (d *Dir) LinkFile(_ context.Context, digest Digest, path string) error {
	src, err := d.path(digest)
	if err != nil {
		return err
	}
	err = os.Link(src, path)
	if errors.Is(err, syscall.EXDEV) {
		return copyFile(src, path)
	}
	return err
}

// Stat implements [Store].
func (d *Dir) Stat(_ context.Context, digest Digest) (Info, error) {
	path, err := d.path(digest)
	if err != nil {
		return Info{}, err
	}
	fi, err := os.Stat(path)
	if err != nil {
		return Info{}, err
	}
	return Info{Digest: digest, Size: fi.Size(), Written: fi.ModTime()}, nil
}

// Delete implements [Store].
func (d *Dir) Delete(_ context.Context, digest Digest) error {
	path, err := d.path(digest)
	if err != nil {
		return err
	}
	d.sweep.Lock()
	defer d.sweep.Unlock()
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// DeleteOlder removes a blob unless it was written, or put again, after t.
func (d *Dir) DeleteOlder(ctx context.Context, digest Digest, t time.Time) (bool, error) {
	d.sweep.Lock()
	defer d.sweep.Unlock()
	info, err := d.Stat(ctx, digest)
	if err != nil || !info.Written.Before(t) {
		return false, ignoreMissing(err)
	}
	path, err := d.path(digest)
	if err != nil {
		return false, err
	}
	return true, ignoreMissing(os.Remove(path))
}

// List implements [Store].
func (d *Dir) List(ctx context.Context, f func(Info) error) error {
	shards, err := os.ReadDir(d.root)
	if err != nil {
		return err
	}
	for _, shard := range shards {
		if name := shard.Name(); name == "tmp" || name == "lock" {
			continue
		}
		if err := d.listShard(ctx, shard.Name(), f); err != nil {
			return err
		}
	}
	return nil
}

func (d *Dir) listShard(ctx context.Context, shard string, f func(Info) error) error {
	files, err := os.ReadDir(filepath.Join(d.root, shard))
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		digest := Digest(shard + file.Name())
		if !digest.Valid() {
			continue
		}
		info, err := d.Stat(ctx, digest)
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted since
		}
		if err != nil {
			return err
		}
		if err := f(info); err != nil {
			return err
		}
	}
	return nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func copyFile(src, dst string) error {
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	return copyOpen(in, dst)
}

// copyOpen copies an open file to a new one.
func copyOpen(in io.Reader, dst string) error {
	out, err := os.OpenFile(dst, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o444)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		os.Remove(dst)
		return err
	}
	return out.Close()
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil {
		return fmt.Errorf("sync folder %s: %w", path, err)
	}
	return nil
}

// contextReader stops a copy when its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
