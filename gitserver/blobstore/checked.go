package blobstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/lru"
)

// A Dir reads every blob through before it is first used, and then remembers which
// file it has checked: a file that was written to since, or replaced, is another one
// (see stamp). After a day it is checked once more, since a disk may spoil bytes
// without an error.
const (
	mostChecked = 1 << 17 // files that are remembered
	checkedFor  = 24 * time.Hour
)

// checked says which file of a blob was found to be sound, and when.
type checked struct {
	file stamp
	at   time.Time
}

func newChecked() *lru.Cache[Digest, checked] { return lru.New[Digest, checked](mostChecked) }

// Verifier is the further power of a store to check a blob without reading it again
// when it has done so lately.
type Verifier interface {
	Store

	// Verify returns what is known of a blob whose bytes have its digest. The error
	// of a missing one matches fs.ErrNotExist, that of a damaged one ErrDamaged.
	Verify(ctx context.Context, d Digest) (Info, error)
}

// Verify checks a blob in any store; see [Verifier].
func Verify(ctx context.Context, s Store, d Digest) (Info, error) {
	if s, ok := s.(Verifier); ok {
		return s.Verify(ctx, d)
	}
	info, err := s.Stat(ctx, d)
	if err != nil {
		return info, err
	}
	return info, Check(ctx, s, d)
}

// Verify implements [Verifier].
func (d *Dir) Verify(ctx context.Context, digest Digest) (Info, error) {
	f, err := d.open(ctx, digest)
	if err != nil {
		return Info{}, err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return Info{}, err
	}
	return Info{Digest: digest, Size: fi.Size(), Written: fi.ModTime()}, nil
}

// open opens a blob whose bytes have its digest.
func (d *Dir) open(ctx context.Context, digest Digest) (*os.File, error) {
	path, err := d.path(digest)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := d.check(ctx, f, digest); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// check reads an open file of the store through, unless it has been checked, and
// leaves it at its start.
func (d *Dir) check(ctx context.Context, f *os.File, digest Digest) error {
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	now := stampOf(fi)
	if known, ok := d.checked.Get(digest); ok && known.file == now && time.Since(known.at) < checkedFor {
		return nil
	}
	if err := CheckBytes(contextReader{ctx, f}, digest); err != nil {
		if errors.Is(err, ErrDamaged) {
			return fmt.Errorf("%s: %w", f.Name(), err)
		}
		return err
	}
	d.checked.Put(digest, checked{now, time.Now()}, 1)
	_, err = f.Seek(0, io.SeekStart)
	return err
}

// Check reads a blob through, whatever is remembered of it.
func (d *Dir) Check(ctx context.Context, digest Digest) error {
	path, err := d.path(digest)
	if err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return CheckBytes(contextReader{ctx, f}, digest)
}

// rejuvenate makes the blob at path as young as if it had been put again. Its times
// change and its bytes do not, so what was checked stays checked.
func (d *Dir) rejuvenate(path string, digest Digest) error {
	known, ok := d.checked.Get(digest)
	if fi, err := os.Stat(path); err != nil {
		return err
	} else if ok && known.file != stampOf(fi) {
		ok = false
	}
	now := time.Now()
	if err := os.Chtimes(path, now, now); err != nil {
		return err
	}
	if fi, err := os.Stat(path); err == nil && ok {
		d.checked.Put(digest, checked{stampOf(fi), known.at}, 1)
	}
	return nil
}
