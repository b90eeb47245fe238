package hooks

import (
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
)

// interval is the time between two lines of progress.
const interval = time.Second

// progress returns a tree that reports to the pusher how many files have been read,
// in git's manner: a line that is overwritten, at most one a second, none within
// the first second or if the client asked for quiet.
func (c *pushCheck) progress(u *gitserver.RefUpdate, tree fs.FS) fs.FS {
	if c.push.Quiet {
		return tree
	}
	short := strings.TrimPrefix(strings.TrimPrefix(u.Name, "refs/heads/"), "refs/tags/")
	return &counted{FS: tree, now: time.Now, last: time.Now(), report: func(files int) {
		fmt.Fprintf(c.out, "Checking %s: %d files\r", short, files)
	}}
}

// counted counts the files that are read.
type counted struct {
	fs.FS
	now    func() time.Time
	report func(files int)

	mu    sync.Mutex
	files int
	last  time.Time
}

func (c *counted) count() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files++
	if now := c.now(); now.Sub(c.last) >= interval {
		c.last = now
		c.report(c.files)
	}
}

// Open implements fs.FS.
func (c *counted) Open(name string) (fs.File, error) {
	c.count()
	return c.FS.Open(name)
}

// ReadFile implements fs.ReadFileFS.
func (c *counted) ReadFile(name string) ([]byte, error) {
	c.count()
	return fs.ReadFile(c.FS, name)
}

// Stat implements fs.StatFS.
func (c *counted) Stat(name string) (fs.FileInfo, error) { return fs.Stat(c.FS, name) }

// Lstat implements fs.ReadLinkFS.
func (c *counted) Lstat(name string) (fs.FileInfo, error) { return fs.Lstat(c.FS, name) }

// ReadLink implements fs.ReadLinkFS.
func (c *counted) ReadLink(name string) (string, error) { return fs.ReadLink(c.FS, name) }

// ReadDir implements fs.ReadDirFS.
func (c *counted) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(c.FS, name) }

// Missing returns the files that were asked for and whose content is missing, if
// the tree knows them; see [check.Tree].
func (c *counted) Missing() []string {
	if tree, ok := c.FS.(interface{ Missing() []string }); ok {
		return tree.Missing()
	}
	return nil
}
