package store

import (
	"fmt"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
)

// maxRefs bounds the refs of one repository: all of them are read by every push.
const maxRefs = 200_000

// refSet is the refs of a repository while a push changes them, with the folders
// that their names make: a ref cannot be where a folder is, nor the reverse.
type refSet struct {
	targets map[string]plumbing.Hash
	folders map[string]int // how many refs are below
}

func newRefSet(refs []gitserver.Ref) *refSet {
	s := &refSet{targets: make(map[string]plumbing.Hash, len(refs)), folders: map[string]int{}}
	for _, r := range refs {
		s.set(r.Name, r.Target)
	}
	return s
}

func (s *refSet) set(name string, target plumbing.Hash) {
	if _, ok := s.targets[name]; !ok {
		s.count(name, 1)
	}
	s.targets[name] = target
}

func (s *refSet) remove(name string) {
	if _, ok := s.targets[name]; ok {
		s.count(name, -1)
		delete(s.targets, name)
	}
}

func (s *refSet) count(name string, n int) {
	for folder := parent(name); folder != ""; folder = parent(folder) {
		if s.folders[folder] += n; s.folders[folder] == 0 {
			delete(s.folders, folder)
		}
	}
}

// parent is the folder of a name, empty at the top.
func parent(name string) string { return name[:max(0, strings.LastIndexByte(name, '/'))] }

// refuses returns why an update cannot be made; empty if it can.
func (s *refSet) refuses(u *gitserver.RefUpdate) string {
	if s.targets[u.Name] != u.Old { // a ref that is not there is zero, as git writes it
		return reasonStale
	}
	if !u.Creates() {
		return ""
	}
	if s.folders[u.Name] > 0 {
		for name := range s.targets {
			if strings.HasPrefix(name, u.Name+"/") {
				return inTheWay(name)
			}
		}
	}
	for folder := parent(u.Name); folder != ""; folder = parent(folder) {
		if _, ok := s.targets[folder]; ok {
			return inTheWay(folder)
		}
	}
	if len(s.targets) >= maxRefs {
		return fmt.Sprintf("a repository has at most %d refs: delete some first", maxRefs)
	}
	return ""
}

func inTheWay(name string) string { return fmt.Sprintf("'%s' is in the way", name) }
