package blobstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// leftBehind is the age at which what lies in tmp was left behind by a process that
// ended; no upload takes so long.
const leftBehind = 24 * time.Hour

// OpenShared opens the store in root as OpenDir does, for one of several processes,
// perhaps on several machines: the file system must have flock(2) for all of them,
// as NFS does.
func OpenShared(root string) (*Dir, error) {
	d := ViewDir(root)
	if err := d.create(); err != nil {
		return nil, err
	}
	if err := d.sweep.open(d.lock()); err != nil {
		return nil, err
	}
	return d, d.removeLeftBehind()
}

func (d *Dir) removeLeftBehind() error {
	entries, err := os.ReadDir(d.tmp())
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) || err == nil && time.Since(info.ModTime()) < leftBehind {
			continue
		}
		if err != nil {
			return err
		}
		if err := os.RemoveAll(filepath.Join(d.tmp(), e.Name())); err != nil {
			return fmt.Errorf("remove what an upload left behind: %w", err)
		}
	}
	return nil
}

// sweepLock is a lock among the goroutines of a process and, with a file, among
// processes.
type sweepLock struct {
	mu   sync.Mutex
	file *os.File // nil: there is one process
}

// errNoLocks is the error of a file system without flock(2).
var errNoLocks = errors.New("it is on a file system without locks, so several processes cannot share it")

// open makes it a lock among all processes that open the same file.
func (l *sweepLock) open(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_SH); err != nil {
		file.Close()
		return fmt.Errorf("%s: %w: %w", filepath.Dir(path), errNoLocks, err)
	}
	l.file = file
	l.release()
	return nil
}

// Lock takes the lock.
func (l *sweepLock) Lock() {
	l.mu.Lock()
	if l.file == nil {
		return
	}
	for unix.Flock(int(l.file.Fd()), unix.LOCK_EX) != nil { // interrupted, or the file system is away
		time.Sleep(10 * time.Millisecond)
	}
}

// Unlock gives the lock back.
func (l *sweepLock) Unlock() {
	if l.file != nil {
		l.release()
	}
	l.mu.Unlock()
}

func (l *sweepLock) release() {
	_ = unix.Flock(int(l.file.Fd()), unix.LOCK_UN) // it ends with the process at the latest
}
