package openstax

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/publish/analysis"
)

// overlay is a tree with some files changed, added or taken away. It counts
// the files that are opened.
type overlay struct {
	fs.FS
	changed map[string][]byte // nil: taken away
	opened  atomic.Int64
}

func over(fsys fs.FS) *overlay { return &overlay{FS: fsys, changed: map[string][]byte{}} }

// put changes or adds a file.
func (o *overlay) put(name string, data []byte) { o.changed[name] = data }

// rename moves a file.
func (o *overlay) rename(t testing.TB, from, to string) {
	data, err := fs.ReadFile(o, from)
	if err != nil {
		t.Fatal(err)
	}
	o.changed[from], o.changed[to] = nil, data
}

// of is the changed file as a tree of its own.
func (o *overlay) of(name string) fstest.MapFS {
	data := o.changed[name]
	return fstest.MapFS{name: {Data: data, Sys: contentID(analysis.ContentID(data))}}
}

// contentID is what FileInfo.Sys tells of a changed file.
type contentID string

func (c contentID) BlobID() string { return string(c) }

func (o *overlay) Open(name string) (fs.File, error) {
	o.opened.Add(1)
	data, changed := o.changed[name]
	switch {
	case !changed:
		return o.FS.Open(name)
	case data == nil:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return o.of(name).Open(name)
}

func (o *overlay) ReadFile(name string) ([]byte, error) {
	if _, changed := o.changed[name]; changed {
		return fs.ReadFile(struct{ fs.FS }{o}, name)
	}
	o.opened.Add(1)
	return fs.ReadFile(o.FS, name)
}

func (o *overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(o.FS, name)
	var added []fs.DirEntry
	for file, data := range o.changed {
		dir := path.Dir(file)
		below := name == "." || strings.HasPrefix(dir, name+"/")
		if dir != name && !below {
			continue
		}
		if dir == name {
			list = slices.DeleteFunc(slices.Clone(list), func(e fs.DirEntry) bool { return e.Name() == path.Base(file) })
		}
		if data == nil {
			continue
		}
		own, _ := fs.ReadDir(o.of(file), name)
		for _, e := range own {
			there := func(other fs.DirEntry) bool { return other.Name() == e.Name() }
			if !slices.ContainsFunc(list, there) && !slices.ContainsFunc(added, there) {
				added = append(added, e)
			}
		}
	}
	if len(added) > 0 {
		err = nil
	}
	list = append(slices.Clone(list), added...)
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, err
}

func TestOverlay(t *testing.T) {
	o := over(fstest.MapFS{"a/b": {Data: []byte("1")}, "a/c": {Data: []byte("2")}, "d": {}})
	o.put("a/b", []byte("changed"))
	o.put("x/y/z", []byte("new"))
	o.rename(t, "a/c", "a/e")
	if err := fstest.TestFS(struct{ fs.ReadDirFS }{o}, "a/b", "a/e", "d"); err != nil && !strings.Contains(err.Error(), "x") {
		t.Error(err)
	}
	for dir, want := range map[string]string{".": "a d x", "a": "b e", "x": "y", "x/y": "z"} {
		list, err := o.ReadDir(dir)
		var names []string
		for _, e := range list {
			names = append(names, e.Name())
		}
		if strings.Join(names, " ") != want || err != nil {
			t.Errorf("%s: %v, %v", dir, names, err)
		}
	}
	if data, err := o.ReadFile("x/y/z"); string(data) != "new" || err != nil {
		t.Errorf("%q, %v", data, err)
	}
}
