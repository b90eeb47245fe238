package collection

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// Symbolic links are followed within the tree, as the target in the link says
// (path_resolution(7)), whether the tree is git's or a folder. The tree must be an
// [fs.ReadLinkFS]. What is opened is named by a path without links, so the file
// system below has none to follow.

// mostLinks is how many symbolic links may be on the way to a file, those in
// the targets of others counted, as Linux has it.
const mostLinks = 40

// found is what a path leads to: a file, a folder, or nothing.
type found struct {
	path   string      // without links
	entry  fs.DirEntry // of a file
	folder bool
	links  int         // on the way
	broken *BrokenLink // why there is nothing; nil if it is no link's fault
}

// BrokenLink is a symbolic link that leads nowhere.
type BrokenLink struct {
	Path   string // of the link
	Target string // as the link has it
	reason string
}

// String is a clause for a message: which link leads where, and why that is
// nothing.
func (b *BrokenLink) String() string {
	return cnxml.Quote(b.Path) + " is a symbolic link to " + cnxml.Quote(b.Target) + ", which " + b.reason
}

const (
	absent  = "does not exist"
	outside = "leads out of the repository"
	endless = "leads back to itself or through more than 40 other links"
)

// Broken is the symbolic link because of which nothing is found under the name;
// nil if there is no such link.
func (f *Files) Broken(name string) (*BrokenLink, error) {
	at, err := f.find(name)
	return at.broken, err
}

// Real is the path of a file without symbolic links; empty if there is no file
// with the name.
func (f *Files) Real(name string) (string, error) {
	at, err := f.find(name)
	if at.entry == nil {
		return "", err
	}
	return at.path, err
}

// RealFolder is the path of a folder without symbolic links; empty if there is no
// folder with the name.
func (f *Files) RealFolder(name string) (string, error) {
	at, err := f.find(name)
	if !at.folder {
		return "", err
	}
	return at.path, err
}

// Links calls visit for each symbolic link in the folder and below it, with what
// is wrong with it, if anything.
func (f *Files) Links(name string, visit func(name string, broken *BrokenLink)) error {
	at, err := f.find(name)
	if err != nil || !at.folder {
		return err
	}
	for next := []string{at.path}; len(next) > 0; {
		folder := next[len(next)-1]
		next = next[:len(next)-1]
		entries, err := f.list(folder)
		if err != nil {
			return err
		}
		for name, e := range entries {
			switch below := path.Join(folder, name); {
			case e.IsDir():
				next = append(next, below)
			case e.Type()&fs.ModeSymlink != 0:
				to, err := f.follow(below, 0)
				if err != nil {
					return err
				}
				visit(below, to.broken)
			}
		}
	}
	return nil
}

// find is what a path from the root leads to.
func (f *Files) find(name string) (found, error) {
	if !plausible(name) {
		return found{}, nil
	}
	return f.walk(".", name, 0)
}

// walk goes from a folder, which has no links on its way, along a path. depth is
// how many links are being followed.
func (f *Files) walk(folder, way string, depth int) (found, error) {
	here := found{path: folder, folder: true}
	for part := range strings.SplitSeq(way, "/") {
		switch {
		case part == "", part == ".":
			continue
		case !here.folder:
			return found{}, nil
		case part == ".." && here.path == ".":
			return found{broken: &BrokenLink{reason: outside}}, nil
		case part == "..":
			here.path = path.Dir(here.path)
			continue
		}
		entries, err := f.list(here.path)
		if err != nil {
			return found{}, err
		}
		at, links := path.Join(here.path, part), here.links
		switch e := entries[part]; {
		case e == nil:
			return found{}, nil
		case e.IsDir():
			here.path = at
		case e.Type().IsRegular():
			here = found{path: at, entry: e, links: links}
		case e.Type()&fs.ModeSymlink != 0:
			if here, err = f.follow(at, depth); err != nil || here.path == "" {
				return here, err
			}
			if here.links += links; here.links > mostLinks {
				target, err := fs.ReadLink(f.fsys, at)
				return found{broken: &BrokenLink{at, target, endless}}, err
			}
		default:
			return found{}, nil
		}
	}
	return here, nil
}

// follow is what the symbolic link at a path without others leads to.
func (f *Files) follow(link string, depth int) (found, error) {
	f.mu.Lock()
	to, known := f.links[link]
	f.mu.Unlock()
	if known {
		return to, nil
	}
	target, err := fs.ReadLink(f.fsys, link)
	switch {
	case errors.Is(err, fs.ErrInvalid), errors.Is(err, fs.ErrNotExist): // the tree has no links, or no such
		to = found{broken: &BrokenLink{reason: absent}}
	case err != nil:
		return found{}, err
	case depth > mostLinks:
		return found{broken: &BrokenLink{reason: endless}}, nil
	case target == "", strings.HasPrefix(target, "/"), len(target) > longestPath:
		to = found{broken: &BrokenLink{reason: outside}}
	default:
		if to, err = f.walk(path.Dir(link), target, depth+1); err != nil {
			return found{}, err
		}
	}
	to.links++
	switch {
	case to.links > mostLinks:
		to = found{broken: &BrokenLink{reason: endless}}
	case to.path == "" && to.broken == nil:
		to = found{broken: &BrokenLink{reason: absent}}
	}
	if b := to.broken; b != nil && (b.Path == "" || b.reason == endless) { // the last link, or the first of those without end
		to.broken = &BrokenLink{link, target, b.reason}
	}
	if to.broken == nil || to.broken.reason != endless || depth == 0 { // what has no end depends on where it began
		f.mu.Lock()
		f.links[link] = to
		f.mu.Unlock()
	}
	return to, nil
}
