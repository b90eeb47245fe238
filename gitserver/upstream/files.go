package upstream

import (
	"context"
	"fmt"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/egress"
	"github.com/rhaptos/rhaptos/gitserver/lfs"
)

// maxLacking bounds the lines about files that are not to be had.
const maxLacking = 10

// fetchFiles gets the files of Git LFS that are in the commits to which a pull moves
// refs, and not here. The lines that it returns are about those that the upstream
// does not have, and nothing else is wrong with: whether that matters is for the
// judgement.
func (p *Puller) fetchFiles(ctx context.Context, m *Mirror, push *gitserver.Push, objects gitserver.Incoming) (lacking []string, err error) {
	if p.Files == nil {
		return nil, nil
	}
	var want []lfs.Pointer
	paths := map[lfs.OID]string{}
	seen := map[string]bool{}
	for _, u := range push.Updates {
		if u.Refused != "" || u.Deletes() {
			continue
		}
		commit, kind, err := objects.Peel(u.New)
		if err != nil {
			return nil, err
		}
		if kind != plumbing.CommitObject {
			continue
		}
		fsys, err := objects.Tree(commit)
		if err != nil {
			return nil, err
		}
		tree, ok := fsys.(*lfs.Tree)
		if !ok {
			continue
		}
		err = tree.Pointers(seen, func(path string, pointer lfs.Pointer) {
			if paths[pointer.OID] == "" {
				paths[pointer.OID] = path
				want = append(want, pointer)
			}
		})
		if err != nil {
			return nil, fmt.Errorf("look for files of Git LFS: %w", err)
		}
	}
	why, err := p.Files.Fetch(ctx, p.Client.LFS(m.Source), m.RepositoryID, want)
	for oid, reason := range why {
		lacking = append(lacking, fmt.Sprintf("%s: in Git LFS, and not to be had: %s", egress.Plain(paths[oid]), reason))
	}
	slices.Sort(lacking)
	if more := len(lacking) - maxLacking; more > 0 {
		lacking = append(lacking[:maxLacking], fmt.Sprintf("and %d more files of Git LFS", more))
	}
	return lacking, err
}
