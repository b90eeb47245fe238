package site

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"time"
)

// stampedTree is a folder whose files are known by their size and the time of
// their last change, as git's index knows them, so that a file that has not
// changed is not opened again. What has changed within the last seconds may
// change again without a later time, and is looked at.
type stampedTree struct {
	fs.FS
	hidden string // a folder that is none of the books'; may be empty
	now    time.Time
}

// settled is after which time a file's stamp says that it is the same.
const settled = 2 * time.Second

// ReadDir implements fs.ReadDirFS.
func (t *stampedTree) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(t.FS, name)
	var out []fs.DirEntry
	for _, e := range all {
		if at := path.Join(name, e.Name()); at != t.hidden {
			out = append(out, stampedEntry{e, t, at})
		}
	}
	return out, err
}

// Stat implements fs.StatFS.
func (t *stampedTree) Stat(name string) (fs.FileInfo, error) {
	info, err := fs.Stat(t.FS, name)
	if err != nil {
		return nil, err
	}
	return stampedInfo{info, t, name}, nil
}

// Lstat implements fs.ReadLinkFS.
func (t *stampedTree) Lstat(name string) (fs.FileInfo, error) { return fs.Lstat(t.FS, name) }

// ReadLink implements fs.ReadLinkFS.
func (t *stampedTree) ReadLink(name string) (string, error) { return fs.ReadLink(t.FS, name) }

// ReadFile implements fs.ReadFileFS.
func (t *stampedTree) ReadFile(name string) ([]byte, error) { return fs.ReadFile(t.FS, name) }

type stampedEntry struct {
	fs.DirEntry
	tree *stampedTree
	name string
}

// Info implements fs.DirEntry.
func (e stampedEntry) Info() (fs.FileInfo, error) {
	info, err := e.DirEntry.Info()
	if err != nil {
		return nil, err
	}
	return stampedInfo{info, e.tree, e.name}, nil
}

type stampedInfo struct {
	fs.FileInfo
	tree *stampedTree
	name string
}

// Sys implements fs.FileInfo: what knows an id of the content, if there is one.
func (i stampedInfo) Sys() any {
	if !i.Mode().IsRegular() || i.tree.now.Sub(i.ModTime()) < settled {
		return nil
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%d", i.name, i.Size(), i.ModTime().UnixNano()))
	return stamp(hex.EncodeToString(sum[:20]))
}

type stamp string

// BlobID is the name of a content that nobody has read.
func (s stamp) BlobID() string { return "stamp-" + string(s) }
