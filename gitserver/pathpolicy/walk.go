package pathpolicy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/lru"
	"github.com/rhaptos/rhaptos/gitserver/tree"
)

// Objects gives the content of trees and blobs: [tree.Objects]. The error of
// what is larger than most bytes is [tree.ErrTooLarge].
type Objects interface {
	Raw(kind plumbing.ObjectType, id plumbing.Hash, most int64) ([]byte, error)
}

// shape is the size of a tree with all trees below it.
type shape struct {
	height  int  // trees inside each other, this one counted
	paths   int  // entries in all, up to just above MaxPaths
	longest int  // bytes of the longest path
	up      int  // how many folders must be above this tree, for what is in it to be harmless
	clean   bool // without a warning, too
}

// Known remembers trees that were found clean, by their ids. It may be used by
// many goroutines, and for many repositories: a tree is what its id says.
type Known struct {
	shapes *lru.Cache[plumbing.Hash, shape]
}

// maxKnown bounds what Known remembers, to about 40 MB.
const maxKnown = 200_000

// NewKnown knows nothing yet.
func NewKnown() *Known { return &Known{lru.New[plumbing.Hash, shape](maxKnown)} }

// Walk judges the trees of one push.
type Walk struct {
	known    *Known
	objects  Objects
	old      func(id plumbing.Hash) (bool, error)
	folder   Folder
	seen     map[plumbing.Hash]shape // those that are not clean, too
	problems []Problem
	warnings []Problem
}

// NewWalk begins a walk. Old reports whether a tree belongs to what is reachable
// from the repository's refs already: such a tree stays as it is, whatever is
// wrong with it. It is asked only about trees with which something is wrong.
func NewWalk(known *Known, objects Objects, old func(id plumbing.Hash) (bool, error)) *Walk {
	return &Walk{known: known, objects: objects, old: old, folder: NewFolder(), seen: map[plumbing.Hash]shape{}}
}

// Warnings are of what was walked so far: paths that are taken and will be a
// trouble to somebody.
func (w *Walk) Warnings() []Problem { return w.warnings }

// frame is a tree on the way from the root to where the walk is.
type frame struct {
	id    plumbing.Hash
	path  string
	depth int     // folders above it
	trees []entry // the folders in it that are still to be walked
	shape shape
}

// Tree judges a commit's tree with all that is below it. A tree that was walked
// before is not reported twice. The error is that of an object that cannot be read.
//
// The walk keeps its own stack, and looks into each distinct tree once.
func (w *Walk) Tree(ctx context.Context, root plumbing.Hash) ([]Problem, error) {
	w.problems = nil
	if known, ok := w.shape(root); ok && known.up == 0 {
		return nil, nil
	}
	first, err := w.enter(root, "", 0)
	if err != nil {
		return nil, err
	}
	for stack := []*frame{first}; len(stack) > 0 && len(w.problems) < maxProblems; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		f := stack[len(stack)-1]
		if len(f.trees) == 0 {
			stack = stack[:len(stack)-1]
			w.leave(f)
			if len(stack) > 0 {
				stack[len(stack)-1].add(f.shape, f.path)
			}
			continue
		}
		e := f.trees[0]
		f.trees = f.trees[1:]
		below, ok, err := w.descend(f, e)
		if err != nil {
			return nil, err
		}
		if ok {
			stack = append(stack, below)
		}
	}
	if first.shape.paths > MaxPaths {
		w.add("", fmt.Sprintf("holds more than %d files and folders: divide it into several repositories", MaxPaths))
	}
	return w.excuse(root)
}

func (w *Walk) shape(id plumbing.Hash) (shape, bool) {
	if s, ok := w.seen[id]; ok {
		return s, true
	}
	return w.known.shapes.Get(id)
}

// descend goes into a folder, unless it is known or leads too far.
func (w *Walk) descend(f *frame, e entry) (below *frame, ok bool, err error) {
	path, depth := join(f.path, e.name), f.depth+1
	known, ok := w.shape(e.id)
	if !ok {
		known = shape{height: 1}
	}
	switch {
	case depth+known.height > MaxDepth:
		f.shape.clean = false
		w.add(path, fmt.Sprintf("lies in more than %d folders inside each other: make the tree flatter", MaxDepth))
		return nil, false, nil
	case len(path)+1+known.longest > MaxPath:
		f.shape.clean = false
		w.add(path, fmt.Sprintf("leads to a path of more than %d bytes: shorten its names", MaxPath))
		return nil, false, nil
	case known.up > depth:
		f.shape.clean = false
		w.add(path, "holds a symbolic link that leads out of the repository from here: put a copy of the file there")
		return nil, false, nil
	case ok:
		f.add(known, path)
		return nil, false, nil
	}
	below, err = w.enter(e.id, path, depth)
	return below, err == nil, err
}

// add counts what is below a folder at path to the tree that it is in.
func (f *frame) add(below shape, path string) {
	f.shape.height = max(f.shape.height, below.height+1)
	f.shape.paths = min(f.shape.paths+below.paths, MaxPaths+1)
	f.shape.longest = max(f.shape.longest, len(path)-len(f.path)+below.longest)
	f.shape.up = max(f.shape.up, below.up-1)
	f.shape.clean = f.shape.clean && below.clean
}

// enter reads a tree and judges its entries.
func (w *Walk) enter(id plumbing.Hash, path string, depth int) (*frame, error) {
	f := &frame{id: id, path: path, depth: depth, shape: shape{height: 1, clean: true}}
	raw, err := w.objects.Raw(plumbing.TreeObject, id, maxTree)
	if errors.Is(err, tree.ErrTooLarge) {
		f.shape.clean = false
		w.add(path, "has too many files in one folder: divide it")
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	entries, err := parseTree(raw)
	if err != nil {
		return nil, fmt.Errorf("tree %s: %w", id, err)
	}
	before, warned := len(w.problems), len(w.warnings)
	if err := w.judge(f, entries); err != nil {
		return nil, err
	}
	if f.shape.clean = len(w.problems) == before && len(w.warnings) == warned; !f.shape.clean {
		old, err := w.old(id)
		if err != nil {
			return nil, err
		}
		if old {
			w.problems, w.warnings = w.problems[:before], w.warnings[:warned]
		}
	}
	f.shape.paths = min(len(entries), MaxPaths+1)
	for _, e := range entries {
		f.shape.longest = max(f.shape.longest, len(e.name))
		if e.mode == modeTree {
			f.trees = append(f.trees, e)
		}
	}
	return f, nil
}

// judge finds what is wrong with the entries of one tree.
func (w *Walk) judge(f *frame, entries []entry) error {
	names, shown := make(map[string]string, len(entries)), make(map[string]string, len(entries))
	for _, e := range entries {
		path, bare := join(f.path, e.name), seen(e.name)
		key := w.folder.Key(bare)
		if why := checkEntry(e); why != "" {
			w.add(path, why)
		}
		if other, ok := shown[bare]; ok {
			w.add(path, fmt.Sprintf("and %s differ only by characters that are not seen: rename one", Quote(other)))
		} else if other, ok := names[key]; ok {
			w.warn(path, fmt.Sprintf("and %s are one file on Windows and on a Mac: better rename one", Quote(other)))
		}
		if len(path) > MaxPath {
			w.add(path, fmt.Sprintf("is a path of more than %d bytes: shorten its names", MaxPath))
		}
		names[key], shown[bare] = e.name, e.name
		if err := w.content(f, e, key); err != nil {
			return err
		}
	}
	return nil
}

// content judges the few files that are more than their bytes.
func (w *Walk) content(f *frame, e entry, key string) error {
	path, most := join(f.path, e.name), int64(maxAttrs)
	switch {
	case key == ".gitmodules": // git reads it in the root
		if f.shape.up = max(f.shape.up, 1); f.depth == 0 {
			w.add(path, "names submodules, which are not taken: remove it")
		}
		return nil
	case e.mode == modeSymlink:
		most = maxLink
	case key == ".gitattributes" && (e.mode == modeFile || e.mode == modeExecutable):
	default:
		return nil
	}
	text, err := w.objects.Raw(plumbing.BlobObject, e.id, most)
	if errors.Is(err, tree.ErrTooLarge) {
		w.add(path, fmt.Sprintf("is larger than %d KiB: shorten it", most>>10))
		return nil
	}
	if err != nil {
		return err
	}
	var why string
	if e.mode == modeSymlink {
		var up int
		if up, why = checkLink(string(text)); why == "" && up > f.depth {
			why = "is a symbolic link that leads out of the repository: put a copy of the file there"
		}
		f.shape.up = max(f.shape.up, up)
	} else {
		why = checkAttributes(text)
	}
	if why != "" {
		w.add(path, why)
	}
	return nil
}

// leave notes what a tree and all below it came to.
func (w *Walk) leave(f *frame) {
	w.seen[f.id] = f.shape
	if f.shape.clean && f.shape.paths <= MaxPaths {
		w.known.shapes.Put(f.id, f.shape, 1)
	}
}

// excuse drops what was found if the whole tree is an old one.
func (w *Walk) excuse(root plumbing.Hash) ([]Problem, error) {
	if len(w.problems) == 0 {
		return nil, nil
	}
	old, err := w.old(root)
	if err != nil || old {
		return nil, err
	}
	return w.problems, nil
}

func (w *Walk) add(path, why string) {
	if len(w.problems) < maxProblems {
		w.problems = append(w.problems, Problem{cmp.Or(path, "/"), why})
	}
}

// warn reports a path once that is in many of the trees.
func (w *Walk) warn(path, why string) {
	if p := (Problem{path, why}); len(w.warnings) < maxProblems && !slices.Contains(w.warnings, p) {
		w.warnings = append(w.warnings, p)
	}
}

func join(folder, name string) string {
	return strings.TrimPrefix(folder+"/"+name, "/")
}
