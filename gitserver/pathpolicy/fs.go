package pathpolicy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/tree"
)

// Check judges a tree as [Walk] judges that of a commit. In a [*tree.FS] it walks
// git's own objects; any other tree, such as a folder, it takes as the commit
// that git would make of it: without empty folders, devices and the folder .git,
// and with repositories inside it as submodules. Links are read if fsys is an
// [fs.ReadLinkFS]. Paths that skip reports are left out; it may be nil.
func Check(ctx context.Context, fsys fs.FS, skip func(path string) bool) (problems, warnings []Problem, err error) {
	var objects Objects
	var root plumbing.Hash
	if t, ok := fsys.(*tree.FS); ok {
		objects, root = t.Objects(), t.ID()
	} else {
		if skip == nil {
			skip = func(string) bool { return false }
		}
		f := &folderObjects{fsys: fsys, skip: skip, trees: map[plumbing.Hash][]byte{}, files: map[plumbing.Hash]string{}}
		if root, _, err = f.add(ctx, ".", 0); err != nil {
			return nil, nil, err
		}
		objects = f
	}
	walk := NewWalk(NewKnown(), objects, func(plumbing.Hash) (bool, error) { return false, nil })
	problems, err = walk.Tree(ctx, root)
	return problems, walk.Warnings(), err
}

// folderObjects are the objects that git would make of a folder. The ids of its
// files are made of their paths, and those of its folders of what is in them.
type folderObjects struct {
	fsys  fs.FS
	skip  func(path string) bool
	trees map[plumbing.Hash][]byte
	files map[plumbing.Hash]string
	paths int
}

// Raw implements [Objects].
func (f *folderObjects) Raw(kind plumbing.ObjectType, id plumbing.Hash, most int64) ([]byte, error) {
	content, ok := f.trees[id]
	if kind == plumbing.BlobObject {
		var err error
		if content, err = f.read(f.files[id], most); err != nil {
			return nil, err
		}
	} else if !ok {
		return nil, fmt.Errorf("%s %s: %w", kind, id, plumbing.ErrObjectNotFound)
	}
	if int64(len(content)) > most {
		return nil, tree.ErrTooLarge
	}
	return content, nil
}

// read returns the target of a link, or the beginning of a file, up to just above
// most bytes.
func (f *folderObjects) read(name string, most int64) ([]byte, error) {
	if target, err := fs.ReadLink(f.fsys, name); err == nil {
		return []byte(target), nil
	}
	file, err := f.fsys.Open(name)
	if errors.Is(err, fs.ErrInvalid) {
		return nil, nil // its name says enough
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, most+1))
}

// add makes the tree of a folder, and reports whether there is anything in it.
// What lies deeper or is more than a tree may have is left out: that it is too
// much shows without.
func (f *folderObjects) add(ctx context.Context, name string, depth int) (id plumbing.Hash, ok bool, err error) {
	if err := ctx.Err(); err != nil {
		return id, false, err
	}
	list, err := fs.ReadDir(f.fsys, name)
	if errors.Is(err, fs.ErrInvalid) || depth > MaxDepth { // a name that fs.FS does not have, or too deep
		return f.put([]entry{{modeFile, "x", f.file(name + "/x")}}), true, nil
	}
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
		return id, false, nil // git leaves it out, too
	}
	if err != nil {
		return id, false, err
	}
	var entries []entry
	for _, d := range list {
		if f.paths > MaxPaths {
			break
		}
		e, ok, err := f.entry(ctx, name, d, depth)
		if err != nil {
			return id, false, err
		}
		if ok {
			f.paths++
			entries = append(entries, e)
		}
	}
	return f.put(entries), len(entries) > 0, nil
}

// entry makes the line of a tree for what is in a folder, if git would make one.
func (f *folderObjects) entry(ctx context.Context, folder string, d fs.DirEntry, depth int) (e entry, ok bool, err error) {
	name := path.Join(folder, d.Name())
	e = entry{name: d.Name(), mode: modeFile}
	switch mode := d.Type(); {
	case d.Name() == ".git" || f.skip(name):
		return e, false, nil
	case mode.IsDir():
		if _, err := fs.Lstat(f.fsys, name+"/.git"); err == nil {
			e.mode, e.id = modeGitlink, f.file(name)
			return e, true, nil
		}
		e.mode = modeTree
		e.id, ok, err = f.add(ctx, name, depth+1)
		return e, ok, err
	case mode&fs.ModeSymlink != 0:
		e.mode = modeSymlink
	case !mode.IsRegular():
		return e, false, nil
	}
	e.id = f.file(name)
	return e, true, nil
}

func (f *folderObjects) file(name string) plumbing.Hash {
	id := plumbing.ComputeHash(plumbing.BlobObject, []byte(name))
	f.files[id] = name
	return id
}

// put keeps a tree, its entries in git's order, and returns its id.
func (f *folderObjects) put(entries []entry) plumbing.Hash {
	key := func(e entry) string {
		if e.mode == modeTree {
			return e.name + "/"
		}
		return e.name
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(key(a), key(b)) })
	var text strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&text, "%s %s\x00%s", e.mode, e.name, e.id[:])
	}
	id := plumbing.ComputeHash(plumbing.TreeObject, []byte(text.String()))
	f.trees[id] = []byte(text.String())
	return id
}
