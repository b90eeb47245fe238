package budget

import (
	"context"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"
)

// Tree is a tree while it is checked. It reads as the tree itself does.
type Tree struct {
	fs.FS
	ctx      context.Context // of whoever has the tree checked
	governor *Governor
	exceeded chan struct{}
	analysis atomic.Int64

	mu     sync.Mutex
	closed bool
	spent  time.Duration // processor time of the files that have ended
	err    *Error
}

// Tree returns the tree as one that is to be checked. Waiting for a turn ends with the
// context. Close ends the watch; the tree can be read after that, too, and files then
// still wait their turn.
func (g *Governor) Tree(ctx context.Context, fsys fs.FS) *Tree {
	t := &Tree{FS: fsys, ctx: ctx, governor: g, exceeded: make(chan struct{})}
	g.add(t)
	return t
}

// Close ends the watch. From then on the tree is not given up any more.
func (t *Tree) Close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.governor.remove(t)
}

// Exceeded is closed when the tree is given up.
func (t *Tree) Exceeded() <-chan struct{} { return t.exceeded }

// Err returns the bound that the tree exceeded; nil if none.
func (t *Tree) Err() *Error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// ReadFile, ReadDir, Stat, Lstat and ReadLink are those of the tree.
func (t *Tree) ReadFile(name string) ([]byte, error)       { return fs.ReadFile(t.FS, name) }
func (t *Tree) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(t.FS, name) }
func (t *Tree) Stat(name string) (fs.FileInfo, error)      { return fs.Stat(t.FS, name) }
func (t *Tree) Lstat(name string) (fs.FileInfo, error)     { return fs.Lstat(t.FS, name) }
func (t *Tree) ReadLink(name string) (string, error)       { return fs.ReadLink(t.FS, name) }

// Missing returns the files that were asked for and whose content is not there, if the
// tree knows them.
func (t *Tree) Missing() []string {
	if partial, ok := t.FS.(interface{ Missing() []string }); ok {
		return partial.Missing()
	}
	return nil
}

// fail gives the tree up. The first error counts.
func (t *Tree) fail(err *Error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil && !t.closed {
		t.err = err
		close(t.exceeded)
	}
}

// total returns the processor time of the files that have ended.
func (t *Tree) total() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.spent
}

func (t *Tree) tookTooLong(last string) *Error {
	return &Error{"", fmt.Sprintf("checking the tree took more than %v of processor time; the last file was %s", t.governor.limits.TreeTime, last)}
}

// cache is an analysis cache.
type cache interface {
	Get(key string) ([]byte, bool)
	Put(key string, value []byte)
}

// Cache returns the cache with what is read from it, and put into it, counted as analysis
// about the tree's files.
func (t *Tree) Cache(c cache) interface {
	Get(key string) ([]byte, bool)
	Put(key string, value []byte)
} {
	return counted{c, t}
}

type counted struct {
	cache
	tree *Tree
}

// Get implements analysis.Cache.
func (c counted) Get(key string) ([]byte, bool) {
	value, ok := c.cache.Get(key)
	if !c.tree.count(len(value)) {
		return nil, false
	}
	return value, ok
}

// Put implements analysis.Cache.
func (c counted) Put(key string, value []byte) {
	c.tree.count(len(value))
	c.cache.Put(key, value)
}

// count adds to the analysis. It returns false if the tree has been given up.
func (t *Tree) count(n int) bool {
	if limit := t.governor.limits.Analysis; t.analysis.Add(int64(n)) > limit {
		t.fail(&Error{"", fmt.Sprintf("what is known about the files of the tree takes more than %d MiB", limit>>20)})
	}
	select {
	case <-t.exceeded:
		return false
	default:
		return true
	}
}
