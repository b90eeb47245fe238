package tree

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/rhaptos/rhaptos/gitserver/lru"
)

// FS is the tree of one commit. It also implements fs.ReadFileFS, fs.StatFS,
// fs.ReadDirFS and fs.ReadLinkFS. All files bear the commit's time. Symbolic links
// and submodules are listed as irregular files and cannot be opened: nothing leads
// out of the tree. Where a link leads is for its reader to find out.
type FS struct {
	objects *Objects
	root    plumbing.Hash
	when    time.Time

	folders *lru.Cache[plumbing.Hash, folder]
}

// keptFolders is the number of folders in the cache: many books have one for each
// module.
const keptFolders = 1000

func newFolders() *lru.Cache[plumbing.Hash, folder] {
	return lru.New[plumbing.Hash, folder](keptFolders)
}

// folder is a tree object's entries, by name. The index that go-git's Tree makes
// itself is not safe for many readers.
type folder map[string]object.TreeEntry

// Commit is the tree of the commit, or of the commit that a tag leads to.
func (o *Objects) Commit(h plumbing.Hash) (*FS, error) {
	h, kind, err := o.Peel(h)
	if err != nil {
		return nil, err
	}
	if kind != plumbing.CommitObject {
		return nil, fmt.Errorf("%s is a %s, not a commit", h, kind)
	}
	c, err := o.commit(h)
	if err != nil {
		return nil, err
	}
	return &FS{objects: o, root: c.TreeHash, when: c.Committer.When, folders: newFolders()}, nil
}

// ID is the id of the tree object.
func (f *FS) ID() plumbing.Hash { return f.root }

// Objects are those that the tree is read from.
func (f *FS) Objects() *Objects { return f.objects }

func (f *FS) folder(h plumbing.Hash) (folder, error) {
	if known, ok := f.folders.Get(h); ok {
		return known, nil
	}
	t, err := f.objects.tree(h)
	if err != nil {
		return nil, err
	}
	found := make(folder, len(t.Entries))
	for _, e := range t.Entries {
		found[e.Name] = e
	}
	f.folders.Put(h, found, 1)
	return found, nil
}

// find walks from the root to the entry of name.
func (f *FS) find(op, name string) (*entry, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	e := &entry{fs: f, TreeEntry: object.TreeEntry{Name: ".", Mode: filemode.Dir, Hash: f.root}}
	if name == "." {
		return e, nil
	}
	for part := range strings.SplitSeq(name, "/") {
		if e.TreeEntry.Mode != filemode.Dir {
			return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
		}
		in, err := f.folder(e.Hash)
		if err != nil {
			return nil, &fs.PathError{Op: op, Path: name, Err: err}
		}
		found, ok := in[part]
		if !ok {
			return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
		}
		e = &entry{fs: f, TreeEntry: found}
	}
	return e, nil
}

// Open implements fs.FS.
func (f *FS) Open(name string) (fs.File, error) {
	e, err := f.find("open", name)
	if err != nil {
		return nil, err
	}
	if e.IsDir() {
		list, err := f.list(e)
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
		return &dir{entry: e, rest: list}, nil
	}
	data, err := f.read(e)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &file{entry: e, Reader: bytes.NewReader(data)}, nil
}

// ReadFile implements fs.ReadFileFS.
func (f *FS) ReadFile(name string) ([]byte, error) {
	e, err := f.find("read", name)
	if err != nil {
		return nil, err
	}
	data, err := f.read(e)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return data, nil
}

// Stat implements fs.StatFS.
func (f *FS) Stat(name string) (fs.FileInfo, error) {
	e, err := f.find("stat", name)
	if err != nil {
		return nil, err
	}
	return e.Info()
}

// Lstat implements fs.ReadLinkFS.
func (f *FS) Lstat(name string) (fs.FileInfo, error) { return f.Stat(name) }

// longestTarget is the length in bytes of the targets of symbolic links that are
// read: no system has longer ones.
const longestTarget = 4096

// ReadLink implements fs.ReadLinkFS. The target is as in the tree, which anybody
// may have written.
func (f *FS) ReadLink(name string) (string, error) {
	e, err := f.find("readlink", name)
	if err != nil {
		return "", err
	}
	if e.TreeEntry.Mode != filemode.Symlink {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	target, err := f.objects.Raw(plumbing.BlobObject, e.Hash, longestTarget)
	if errors.Is(err, ErrTooLarge) {
		err = fs.ErrInvalid
	}
	if err != nil {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: err}
	}
	return string(target), nil
}

// ReadDir implements fs.ReadDirFS.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	e, err := f.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if !e.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	return f.list(e)
}

func (f *FS) read(e *entry) ([]byte, error) {
	if !e.Type().IsRegular() {
		return nil, fmt.Errorf("not a regular file: %w", fs.ErrInvalid)
	}
	return f.objects.blob(e.Hash)
}

// list is a folder's entries by name, where git orders folders as if their
// names ended in a slash.
func (f *FS) list(e *entry) ([]fs.DirEntry, error) {
	in, err := f.folder(e.Hash)
	if err != nil {
		return nil, err
	}
	list := make([]fs.DirEntry, 0, len(in))
	for _, te := range in {
		list = append(list, &entry{fs: f, TreeEntry: te})
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, nil
}

// entry is a file or folder as git's tree lists it: DirEntry, and with its size
// known also FileInfo. As a DirEntry it also gives its blob's id, for which
// nothing has to be read; the size costs a look into the pack.
type entry struct {
	object.TreeEntry
	fs *FS
}

// BlobID is the object id in hexadecimal.
func (e *entry) BlobID() string { return e.Hash.String() }

func (e *entry) Name() string { return path.Base(e.TreeEntry.Name) }
func (e *entry) IsDir() bool  { return e.TreeEntry.Mode == filemode.Dir }

func (e *entry) Type() fs.FileMode {
	switch e.TreeEntry.Mode {
	case filemode.Dir:
		return fs.ModeDir
	case filemode.Regular, filemode.Executable, filemode.Deprecated:
		return 0
	case filemode.Symlink:
		return fs.ModeSymlink
	}
	return fs.ModeIrregular
}

func (e *entry) Info() (fs.FileInfo, error) {
	i := info{entry: e}
	if e.Type().IsRegular() {
		var err error
		if i.size, err = e.fs.objects.size(e.Hash); err != nil {
			return nil, err
		}
	}
	return i, nil
}

type info struct {
	*entry
	size int64
}

func (i info) Size() int64        { return i.size }
func (i info) ModTime() time.Time { return i.fs.when }
func (i info) Sys() any           { return blobID(i.Hash) }

func (i info) Mode() fs.FileMode {
	switch i.TreeEntry.Mode {
	case filemode.Dir:
		return fs.ModeDir | 0o555
	case filemode.Executable:
		return 0o555
	}
	return i.Type() | 0o444
}

// blobID is returned by FileInfo.Sys: the id under which git keeps the content.
// Equal ids mean equal bytes.
type blobID plumbing.Hash

// BlobID is the object id in hexadecimal.
func (b blobID) BlobID() string { return plumbing.Hash(b).String() }

type file struct {
	*bytes.Reader
	entry *entry
}

func (f *file) Stat() (fs.FileInfo, error) { return info{f.entry, f.Size()}, nil }
func (f *file) Close() error               { return nil }

type dir struct {
	entry *entry
	rest  []fs.DirEntry
}

func (d *dir) Stat() (fs.FileInfo, error) { return d.entry.Info() }
func (d *dir) Close() error               { return nil }

func (d *dir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.entry.Name(), Err: fs.ErrInvalid}
}

func (d *dir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		n = len(d.rest)
	} else if len(d.rest) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(d.rest))
	out := d.rest[:n:n]
	d.rest = d.rest[n:]
	return out, nil
}
