package lfs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Tree is a tree of git's in which pointers are the files that they stand for.
// A pointer is one only in or below a folder whose .gitattributes names the
// filter lfs, as git lfs track writes it; so the trees of repositories without
// Git LFS are read as they are. A pointer whose object the repository does not
// have stays the text that it is, and is listed by [Tree.Missing].
//
// It may be used by many goroutines if the tree below it may, and sees the
// objects that were there when it first looked for one.
type Tree struct {
	inner        fs.FS
	objects      *Objects
	repositoryID string

	mu      sync.Mutex
	tracked map[string]bool // folders, by whether pointers are followed in them
	stored  map[OID]bool    // the repository's objects; nil before the first is looked for
	missing map[string]bool // paths
}

// Tree is the tree with the objects of the repository in it. It reads what the
// inner tree gives by BlobID, of an entry or of FileInfo.Sys, for an id of the
// content, and gives an object's oid in its place.
func (o *Objects) Tree(repositoryID string, inner fs.FS) *Tree {
	return &Tree{inner: inner, objects: o, repositoryID: repositoryID, tracked: map[string]bool{}, missing: map[string]bool{}}
}

// Missing are the paths of the files that were asked for and are pointers whose
// objects are not here, sorted. Being listed in a folder is not enough.
func (t *Tree) Missing() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var paths []string
	for p := range t.missing {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	return paths
}

// follows reports whether pointers are followed in the folder.
func (t *Tree) follows(dir string) (bool, error) {
	t.mu.Lock()
	yes, known := t.tracked[dir]
	t.mu.Unlock()
	if known {
		return yes, nil
	}
	yes, err := t.names(path.Join(dir, ".gitattributes"))
	if err == nil && !yes && dir != "." {
		yes, err = t.follows(path.Dir(dir))
	}
	if err != nil {
		return false, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tracked[dir] = yes
	return yes, nil
}

// maxAttributes bounds what is read of a .gitattributes file, in bytes.
const maxAttributes = 1 << 20

// names reports whether a .gitattributes file is there and names the filter.
func (t *Tree) names(file string) (bool, error) {
	info, err := fs.Stat(t.inner, file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxAttributes {
		return false, err
	}
	text, err := fs.ReadFile(t.inner, file)
	if err != nil {
		return false, err
	}
	for line := range bytes.Lines(text) {
		fields := strings.Fields(string(line)) // a pattern and its attributes
		if len(fields) > 1 && !strings.HasPrefix(fields[0], "#") && slices.Contains(fields[1:], "filter=lfs") {
			return true, nil
		}
	}
	return false, nil
}

// pointer reads the file at name as a pointer; ok is false for what is none.
func (t *Tree) pointer(name string) (p Pointer, ok bool, err error) {
	if yes, err := t.follows(path.Dir(name)); !yes || err != nil {
		return Pointer{}, false, err
	}
	info, err := fs.Stat(t.inner, name)
	if err != nil || !info.Mode().IsRegular() || info.Size() >= maxPointer {
		return Pointer{}, false, err
	}
	id := blobID(info.Sys())
	if p, ok, known := t.objects.seen.get(id); known {
		return p, ok, nil
	}
	text, err := fs.ReadFile(t.inner, name)
	if err != nil {
		return Pointer{}, false, err
	}
	p, ok = parsePointer(text)
	t.objects.seen.put(id, p, ok)
	return p, ok, nil
}

// Pointers calls f for every pointer in the tree, whether its object is here or
// not. What has been looked through is noted in seen, and not again looked through
// in the next tree.
func (t *Tree) Pointers(seen map[string]bool, f func(path string, p Pointer)) error {
	return fs.WalkDir(t.inner, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			above, err := t.follows(path.Dir(name))
			if err != nil {
				return err
			}
			if id := blobID(d); id != "" {
				if id = fmt.Sprint(above, id); seen[id] {
					return fs.SkipDir
				}
				seen[id] = true
			}
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		p, ok, err := t.pointer(name)
		if ok {
			f(name, p)
		}
		return err
	})
}

// has reports whether the repository has an object.
func (t *Tree) has(p Pointer) (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stored == nil {
		var err error
		if t.stored, err = t.objects.all(t.repositoryID); err != nil {
			return false, err
		}
	}
	return t.stored[p.OID], nil
}

// miss notes that a file was asked for whose object is missing.
func (t *Tree) miss(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.missing[name] = true
}

// resolve finds out what the file at name is: an object that is here, a pointer
// whose object is absent, or neither.
func (t *Tree) resolve(name string) (p Pointer, here, absent bool, err error) {
	p, ok, err := t.pointer(name)
	if err != nil || !ok {
		return Pointer{}, false, false, err
	}
	here, err = t.has(p)
	return p, here, !here, err
}

// Open implements [fs.FS].
func (t *Tree) Open(name string) (fs.File, error) {
	info, err := t.Stat(name)
	if err != nil {
		return nil, reason("open", name, err)
	}
	if info.IsDir() {
		list, err := t.ReadDir(name)
		if err != nil {
			return nil, reason("open", name, err)
		}
		return &folder{info: info, rest: list}, nil
	}
	o, ok := info.(*objectInfo)
	if !ok {
		return t.inner.Open(name)
	}
	r, err := t.objects.Open(context.Background(), t.repositoryID, o.pointer.OID)
	if err != nil {
		return nil, reason("open", name, err)
	}
	return &objectFile{r, o}, nil
}

// ReadFile implements [fs.ReadFileFS].
func (t *Tree) ReadFile(name string) ([]byte, error) {
	info, err := t.Stat(name)
	if err != nil {
		return nil, reason("read", name, err)
	}
	if _, ok := info.(*objectInfo); !ok {
		return fs.ReadFile(t.inner, name)
	}
	f, err := t.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// Stat implements [fs.StatFS].
func (t *Tree) Stat(name string) (fs.FileInfo, error) {
	info, err := fs.Stat(t.inner, name)
	if err != nil || !info.Mode().IsRegular() {
		return info, err
	}
	p, here, absent, err := t.resolve(name)
	switch {
	case err != nil:
		return nil, reason("stat", name, err)
	case here:
		return &objectInfo{info, p}, nil
	case absent:
		t.miss(name)
		return absentInfo{info}, nil
	}
	return info, nil
}

// Lstat implements [fs.ReadLinkFS].
func (t *Tree) Lstat(name string) (fs.FileInfo, error) {
	info, err := fs.Lstat(t.inner, name)
	if err != nil || !info.Mode().IsRegular() {
		return info, err
	}
	return t.Stat(name)
}

// ReadLink implements [fs.ReadLinkFS].
func (t *Tree) ReadLink(name string) (string, error) { return fs.ReadLink(t.inner, name) }

// ReadDir implements [fs.ReadDirFS].
func (t *Tree) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(t.inner, name)
	if err != nil {
		return nil, err
	}
	if yes, err := t.follows(name); err != nil || !yes {
		return list, err
	}
	list = slices.Clone(list)
	for i, e := range list {
		if !e.Type().IsRegular() {
			continue
		}
		at := path.Join(name, e.Name())
		p, here, absent, err := t.resolve(at)
		switch {
		case err != nil:
			return nil, reason("readdir", at, err)
		case here:
			list[i] = objectEntry{e, t, at, p}
		case absent:
			list[i] = absentEntry{e, t, at}
		}
	}
	return list, nil
}

func reason(op, name string, err error) error {
	if already := (*fs.PathError)(nil); errors.As(err, &already) {
		return err
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// objectInfo describes a file that is an object.
type objectInfo struct {
	fs.FileInfo
	pointer Pointer
}

func (o *objectInfo) Size() int64 { return o.pointer.Size }
func (o *objectInfo) Sys() any    { return o.pointer }

// BlobID is the id of the pointer's content: equal ids mean equal bytes.
func (p Pointer) BlobID() string { return string(p.OID) }

// absentInfo describes a pointer whose object is not here: what is read in its
// place says nothing about the next time, so it has no id.
type absentInfo struct{ fs.FileInfo }

func (absentInfo) Sys() any { return nil }

type objectEntry struct {
	fs.DirEntry
	tree    *Tree
	path    string
	pointer Pointer
}

func (e objectEntry) Info() (fs.FileInfo, error) { return e.tree.Stat(e.path) }
func (e objectEntry) BlobID() string             { return e.pointer.BlobID() }

type absentEntry struct {
	fs.DirEntry
	tree *Tree
	path string
}

func (e absentEntry) Info() (fs.FileInfo, error) { return e.tree.Stat(e.path) }

// objectFile is an open object.
type objectFile struct {
	io.ReadSeekCloser
	info *objectInfo
}

func (f *objectFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// folder is an open folder.
type folder struct {
	info fs.FileInfo
	rest []fs.DirEntry
}

func (f *folder) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *folder) Close() error               { return nil }

func (f *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.info.Name(), Err: fs.ErrInvalid}
}

// ReadDir implements [fs.ReadDirFile].
func (f *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(f.rest) == 0 {
		return nil, io.EOF
	}
	if n <= 0 {
		n = len(f.rest)
	}
	n = min(n, len(f.rest))
	list := f.rest[:n:n]
	f.rest = f.rest[n:]
	return list, nil
}

// blobID is the id that a tree gives for a file's content, empty if none.
func blobID(sys any) string {
	if b, ok := sys.(interface{ BlobID() string }); ok {
		return b.BlobID()
	}
	return ""
}

// all are the objects that a repository has.
func (o *Objects) all(repositoryID string) (map[OID]bool, error) {
	rows, err := o.db.QueryContext(context.Background(), `SELECT oid FROM lfs_object WHERE repository_id = $1`, repositoryID)
	if err != nil {
		return nil, err
	}
	list, err := database.Collect(rows, func(row database.Row) (oid OID, err error) {
		err = row.Scan(&oid)
		return oid, err
	})
	if err != nil {
		return nil, err
	}
	all := map[OID]bool{}
	for _, oid := range list {
		all[oid] = true
	}
	return all, nil
}

// seen remembers which blobs of git's are pointers: the same small files are in
// one commit after the other.
type seen struct {
	mu    sync.Mutex
	blobs map[string]seenBlob
}

type seenBlob struct {
	pointer Pointer
	is      bool
}

// maxSeen bounds what is remembered; then it is forgotten, and begun anew.
const maxSeen = 1 << 16

func (s *seen) get(id string) (p Pointer, is, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, known := s.blobs[id]
	return b.pointer, b.is, known
}

// put remembers a blob, if it has an id.
func (s *seen) put(id string, p Pointer, is bool) {
	if id == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.blobs == nil || len(s.blobs) >= maxSeen {
		s.blobs = map[string]seenBlob{}
	}
	s.blobs[strings.Clone(id)] = seenBlob{p, is}
}
