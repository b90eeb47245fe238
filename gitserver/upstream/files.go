package upstream

import (
	"context"
	"fmt"
	"io/fs"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/egress"
	"github.com/rhaptos/rhaptos/gitserver/lfs"
	"github.com/rhaptos/rhaptos/gitserver/tree"
)

// maxLacking bounds the lines about files that are not to be had.
const maxLacking = 10

// commits has commits and their trees: [gitserver.Incoming].
type commits interface {
	Peel(id plumbing.Hash) (plumbing.Hash, plumbing.ObjectType, error)
	Tree(commit plumbing.Hash) (fs.FS, error)
}

// fetchFiles gets the files of Git LFS that are in the commits that the ids lead to,
// and not here. The lines that it returns are about those that the upstream does
// not have, and nothing else is wrong with: whether that matters is for the
// judgement.
func (p *Puller) fetchFiles(ctx context.Context, m *Mirror, ids []plumbing.Hash, objects commits) (lacking []string, err error) {
	var want []lfs.Pointer
	paths := map[lfs.OID]string{}
	seen := map[string]bool{}
	for _, id := range ids {
		commit, kind, err := objects.Peel(id)
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
		files, ok := fsys.(*lfs.Tree)
		if !ok {
			continue
		}
		err = files.Pointers(seen, func(path string, pointer lfs.Pointer) {
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

// fetchPushed fetches the files of the commits to which a push moves refs.
func (p *Puller) fetchPushed(ctx context.Context, m *Mirror, push *gitserver.Push, objects gitserver.Incoming) (lacking []string, err error) {
	if p.Files == nil {
		return nil, nil
	}
	var ids []plumbing.Hash
	for _, u := range push.Updates {
		if u.Refused == "" && !u.Deletes() {
			ids = append(ids, u.New)
		}
	}
	return p.fetchFiles(ctx, m, ids, objects)
}

// catchUp fetches the files of the commits where followed refs are already, which
// the upstream may not have had when they came.
func (p *Puller) catchUp(ctx context.Context, m *Mirror, repo *gitserver.Repository, refs []gitserver.Ref, remote *Remote) (lacking []string, err error) {
	if p.Files == nil {
		return nil, nil
	}
	var ids []plumbing.Hash
	for _, r := range refs {
		if m.Follows(r.Name) && remote.Refs[r.Name] == r.Target {
			ids = append(ids, r.Target)
		}
	}
	objects, err := p.Storage.Objects(ctx, repo)
	if err != nil {
		return nil, err
	}
	defer objects.Close()
	return p.fetchFiles(ctx, m, ids, held{objects, p.Storage, repo.ID})
}

// held is the set of objects that a repository has.
type held struct {
	*tree.Objects
	storage      Storage
	repositoryID string
}

// Tree implements commits.
func (h held) Tree(commit plumbing.Hash) (fs.FS, error) {
	fsys, err := h.Commit(commit)
	if err != nil {
		return nil, err
	}
	return h.storage.Viewed(h.repositoryID, fsys), nil
}
