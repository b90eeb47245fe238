package blobstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/lru"
)

// uploads is how many files are on their way to a remote store at the same time.
const uploads = 32

// mostKnown is of how many blobs it is remembered that the remote store has them.
const mostKnown = 1 << 17

// CachedConfig configures a [Cached] store. Log may be nil.
type CachedConfig struct {
	Remote Remote
	Folder string        // of copies; one process at a time may use it
	Size   int64         // of the copies together, in bytes
	DB     database.DB   // for the marks of blobs: see [Mark]
	Grace  time.Duration // that passes between the sweep that finds a blob without a name and its deletion
	Log    *slog.Logger
}

// Cached is a store on other machines with copies of what was used last on this one.
// Several processes may share one remote store. What Put has returned is in the remote
// store; what Open returns has been compared with its digest on this machine.
type Cached struct {
	remote Remote
	cache  *cache
	marks  *marks
	grace  time.Duration
	log    *slog.Logger

	// known are blobs that the remote store has, and when that was seen.
	known    *lru.Cache[Digest, seen]
	slots    *semaphore.Weighted // for uploads
	download func(context.Context, Digest) (io.ReadCloser, error)
}

type seen struct {
	Info
	at time.Time
}

// OpenCached opens a store. The context is only for opening it.
func OpenCached(ctx context.Context, c CachedConfig) (*Cached, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	cache, err := openCache(ctx, c.Folder, c.Size)
	if err != nil {
		return nil, err
	}
	return &Cached{
		remote: c.Remote, cache: cache, marks: newMarks(Marks{c.DB}, c.Grace/4), grace: c.Grace, log: c.Log,
		known: lru.New[Digest, seen](mostKnown), slots: semaphore.NewWeighted(uploads), download: c.Remote.Get,
	}, nil
}

// Put implements [Store].
func (s *Cached) Put(ctx context.Context, r io.Reader) (Info, error) {
	w, err := s.write(ctx, r)
	if err != nil {
		return Info{}, err
	}
	return s.keep(ctx, w)
}

// write writes the bytes of r to a file of tmp.
func (s *Cached) write(ctx context.Context, r io.Reader) (written, error) {
	if err := s.cache.restore("tmp"); err != nil {
		return written{}, err
	}
	return s.cache.dir.write(ctx, r)
}

// keep stores a file of tmp, which is gone from there then, and keeps it as a copy.
func (s *Cached) keep(ctx context.Context, w written) (Info, error) {
	f, err := os.Open(w.path)
	if err != nil {
		return Info{}, err
	}
	defer f.Close()
	info, err := s.upload(ctx, f, w.digest)
	if err != nil {
		os.Remove(w.path)
		return Info{}, err
	}
	s.cache.adopt(w)
	return info, nil
}

// PutFile implements [FileStore].
func (s *Cached) PutFile(ctx context.Context, path string) (Info, error) {
	f, err := os.Open(path)
	if err != nil {
		return Info{}, err
	}
	defer f.Close()
	d, err := digestOf(contextReader{ctx, f})
	if err != nil {
		return Info{}, fmt.Errorf("read %s: %w", path, err)
	}
	info, err := s.upload(ctx, f, d)
	if err != nil {
		return Info{}, err
	}
	s.cache.link(path, d, info.Size)
	return info, nil
}

// upload makes the remote store have a file, whose digest is known.
func (s *Cached) upload(ctx context.Context, f *os.File, d Digest) (Info, error) {
	mark, err := s.marks.pardon(ctx, d)
	if err != nil {
		return Info{}, err
	}
	if known, ok := s.knows(d); ok && mark.Kind == Unmarked {
		return known, nil
	}
	if err := s.slots.Acquire(ctx, 1); err != nil {
		return Info{}, context.Cause(ctx)
	}
	defer s.slots.Release(1)
	info, err := s.remote.Put(ctx, f, d, mark.Kind == Damaged)
	if err != nil {
		return Info{}, fmt.Errorf("keep blob %s: %w", d, err)
	}
	if mark.Kind == Damaged {
		s.cache.drop(d)
		if err := s.marks.swap(ctx, d, mark, Mark{}); err != nil {
			return Info{}, err
		}
	}
	s.know(info)
	return info, nil
}

// know notes that the remote store has a blob.
func (s *Cached) know(i Info) { s.known.Put(i.Digest, seen{i, time.Now()}, 1) }

// knows reports whether the remote store had a blob a while ago: so short a while that
// nobody can have deleted it since.
func (s *Cached) knows(d Digest) (Info, bool) {
	known, ok := s.known.Get(d)
	return known.Info, ok && time.Since(known.at) < s.grace/4
}

// Open implements [Store].
func (s *Cached) Open(ctx context.Context, d Digest) (io.ReadSeekCloser, error) {
	f, err := s.open(ctx, d)
	if err != nil {
		return nil, err // not a nil file in an interface
	}
	return f, nil
}

func (s *Cached) open(ctx context.Context, d Digest) (*os.File, error) {
	f, err := s.cache.open(ctx, d, s.download)
	if errors.Is(err, ErrDamaged) {
		s.markDamaged(ctx, d, err)
	}
	return f, err
}

// LinkFile implements [FileStore].
func (s *Cached) LinkFile(ctx context.Context, d Digest, path string) error {
	f, err := s.open(ctx, d)
	if err != nil {
		return err
	}
	defer f.Close()
	if fi, err := f.Stat(); err == nil && fi.Size()+fileCost <= s.cache.most {
		if src, err := s.cache.dir.path(d); err == nil && os.Link(src, path) == nil {
			return nil
		}
	}
	return copyOpen(f, path)
}

// Evict removes the copy of a blob, which somebody has found to be damaged.
func (s *Cached) Evict(d Digest) { s.cache.drop(d) }

// markDamaged lets all servers know that a blob is damaged in the remote store, so that
// whoever puts it replaces it.
func (s *Cached) markDamaged(ctx context.Context, d Digest, found error) {
	s.known.Remove(d)
	s.log.ErrorContext(ctx, "a blob is damaged in the remote store", "blob", d, "err", found)
	if err := s.marks.damaged(context.WithoutCancel(ctx), d); err != nil {
		s.log.ErrorContext(ctx, "a damaged blob could not be marked", "blob", d, "err", err)
	}
}

// Stat implements [Store].
func (s *Cached) Stat(ctx context.Context, d Digest) (Info, error) {
	if known, ok := s.knows(d); ok {
		return known, nil
	}
	info, err := s.remote.Stat(ctx, d)
	if errors.Is(err, ErrDamaged) {
		s.markDamaged(ctx, d, err)
	}
	return info, err
}

// Renew implements [Renewer]: no sweep deletes the blob within the next three quarters
// of the grace period.
func (s *Cached) Renew(ctx context.Context, d Digest) (Info, error) {
	if !d.Valid() {
		return Info{}, fmt.Errorf("%q is not a digest: %w", d, fs.ErrInvalid)
	}
	mark, err := s.marks.pardon(ctx, d)
	if err != nil {
		return Info{}, err
	}
	if mark.Kind == Damaged {
		return Info{}, fmt.Errorf("%w: blob %s, as it is marked", ErrDamaged, d)
	}
	info, err := s.Stat(ctx, d)
	if err == nil {
		s.know(info)
	}
	return info, err
}

// Verify implements [Verifier]. It asks the remote store for the checksum that it has
// kept, and reads nothing: what is damaged is found when it is read.
func (s *Cached) Verify(ctx context.Context, d Digest) (Info, error) { return s.Renew(ctx, d) }

// Check reads a blob through in the remote store, whatever copies there are.
func (s *Cached) Check(ctx context.Context, d Digest) error {
	var err error
	for range fillAttempts {
		if err = s.checkOnce(ctx, d); !errors.Is(err, ErrDamaged) {
			return err
		}
	}
	s.markDamaged(ctx, d, err)
	return err
}

func (s *Cached) checkOnce(ctx context.Context, d Digest) error {
	r, err := s.download(ctx, d)
	if err != nil {
		return err
	}
	defer r.Close()
	return CheckBytes(contextReader{ctx, r}, d)
}

// Delete implements [Store]. It asks nobody whether the blob is needed.
func (s *Cached) Delete(ctx context.Context, d Digest) error {
	if !d.Valid() {
		return fmt.Errorf("%q is not a digest: %w", d, fs.ErrInvalid)
	}
	s.known.Remove(d)
	s.cache.drop(d)
	return s.remote.Delete(ctx, d)
}

// List implements [Store].
func (s *Cached) List(ctx context.Context, f func(Info) error) error { return s.remote.List(ctx, f) }

// DeleteOlder implements [Sweepable]. The first call for a blob only condemns it: see
// [Mark]. A later one deletes it, if it was condemned before t.
func (s *Cached) DeleteOlder(ctx context.Context, d Digest, t time.Time) (bool, error) {
	mark, err := s.marks.now(ctx, d)
	if err != nil {
		return false, err
	}
	switch mark.Kind {
	case Deleting:
		if time.Since(mark.At) < abandoned {
			return false, nil // another server is at it
		}
	case Condemned:
		if !mark.At.Before(t) {
			return false, nil
		}
		deleting := newMark(Deleting)
		if swapped, err := s.marks.Swap(ctx, d, mark, deleting); !swapped || err != nil {
			return false, err
		}
		mark = deleting
	default:
		return false, s.marks.swap(ctx, d, mark, newMark(Condemned))
	}
	if err := s.Delete(ctx, d); err != nil {
		return false, err
	}
	return true, s.marks.swap(ctx, d, mark, Mark{})
}

// abandoned is after how long a deletion that has not ended is taken over: its server
// was killed. No request of it is valid any more then.
const abandoned = 20 * time.Minute
