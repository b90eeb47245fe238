package tree

import (
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// Root is the tree with the id, which need be no commit's; when is the time
// that its files bear.
func (o *Objects) Root(root plumbing.Hash, when time.Time) *FS {
	return &FS{objects: o, root: root, when: when, folders: newFolders()}
}
