package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// removed begins the names of mirrors that are being removed.
const removed = "removed-"

// use notes that the mirror is used until the context ends, so that it is not trimmed
// before. Its lock must be held.
func (m *mirror) use(ctx context.Context) {
	m.uses++
	m.last = time.Now()
	context.AfterFunc(ctx, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.uses--
		m.last = time.Now()
	})
}

// kept is a mirror in the cache folder.
type kept struct {
	id   string
	size int64
	last time.Time
}

// Trim removes mirrors until the others together occupy no more than so many bytes of the
// disk: first those that have not been used for the longest time, and never one that is in
// use. A mirror that is removed is created again when it is needed. Packs that are hard
// links, to blobs in a folder or to copies of blobs, occupy nothing. It returns how many
// mirrors were removed.
func (s *Store) Trim(ctx context.Context, most int64) (n int, err error) {
	all, err := s.kept(ctx)
	if err != nil {
		return 0, err
	}
	var total int64
	for _, k := range all {
		total += k.size
	}
	slices.SortFunc(all, func(a, b kept) int { return cmp.Or(a.last.Compare(b.last), cmp.Compare(a.id, b.id)) })
	for _, k := range all {
		if total <= most || ctx.Err() != nil {
			break
		}
		gone, err := s.evict(k.id)
		if err != nil {
			return n, err
		}
		if gone {
			n++
			total -= k.size
		}
	}
	return n, ctx.Err()
}

// kept lists the mirrors in the cache folder.
func (s *Store) kept(ctx context.Context) (all []kept, err error) {
	dirs, err := filepath.Glob(filepath.Join(s.cache, "*.git"))
	if err != nil {
		return nil, err
	}
	for _, dir := range dirs {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		size, err := occupied(dir)
		if err != nil {
			return nil, err
		}
		k := kept{id: strings.TrimSuffix(filepath.Base(dir), ".git"), size: size}
		m := s.mirror(k.id)
		m.mu.Lock()
		k.last = m.last // zero: not since the start
		m.mu.Unlock()
		all = append(all, k)
	}
	return all, nil
}

// occupied is how many bytes of the disk are free when a folder is removed.
func occupied(dir string) (bytes int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			var fi fs.FileInfo
			if fi, err = e.Info(); err == nil && links(fi) < 2 {
				bytes += fi.Size()
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed meanwhile
		}
		return err
	})
	return bytes, err
}

// links is the number of names that a file has.
func links(fi fs.FileInfo) uint64 {
	if s, ok := fi.Sys().(*syscall.Stat_t); ok {
		return uint64(s.Nlink)
	}
	return 1
}

// evict removes the mirror of a repository, unless it is in use.
func (s *Store) evict(repositoryID string) (gone bool, err error) {
	m := s.mirror(repositoryID)
	aside := filepath.Join(s.cache, removed+rand.Text())
	m.mu.Lock()
	if m.uses == 0 {
		err = os.Rename(m.dir, aside)
		gone = err == nil
		m.state, m.packs, m.covered, m.last = state{version: -1}, nil, 0, time.Time{}
	}
	m.mu.Unlock()
	if err != nil || !gone {
		return false, err
	}
	return true, os.RemoveAll(aside) // who has a file of it open reads on
}

// sweepRemoved removes what an interrupted Trim has left.
func (s *Store) sweepRemoved() error {
	left, err := filepath.Glob(filepath.Join(s.cache, removed+"*"))
	for _, path := range left {
		err = errors.Join(err, os.RemoveAll(path))
	}
	return err
}
