package mdbook

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// checkSymlinks reports the symbolic links among the sources that lead nowhere:
// mdBook copies all that is there, and fails at them.
func (r *reader) checkSymlinks(context.Context) error {
	if r.book == nil {
		return nil
	}
	broken := map[string]*collection.BrokenLink{}
	err := r.files.Links(r.src, func(name string, link *collection.BrokenLink) {
		if link != nil {
			broken[name] = link
		}
	})
	for i, name := range slices.Sorted(maps.Keys(broken)) {
		if i == symlinksListed {
			r.report(r.src).Error(cnxml.Pos{}, "symlink-broken", "%d more symbolic links in this folder lead nowhere", len(broken)-i)
			break
		}
		r.report(name).Error(cnxml.Pos{}, "symlink-broken", "%s; correct or remove it", broken[name])
	}
	return err
}

// symlinksListed limits the broken links that are listed one by one.
const symlinksListed = 100

// behindLink says in a problem about a file that is not there which symbolic link
// is to blame, and reports whether one is.
func (r *reader) behindLink(p *collection.Problem, name string) (bool, error) {
	broken, err := r.files.Broken(name)
	if broken == nil || err != nil {
		return false, err
	}
	said, _, _ := strings.Cut(p.Message, ";")
	p.Message = fmt.Sprintf("%s: %s", said, broken)
	return true, nil
}
