package localrepo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/pathpolicy"
)

// CheckPaths judges the trees of all commits that a push would bring to the remote,
// as the server does, refuses the updates that lead to paths which are not
// accepted, and explains that to w. What the remote has is known from its remote
// refs here and from the old ids of the updates.
func (r *Repository) CheckPaths(ctx context.Context, remote string, updates []*gitserver.RefUpdate, w io.Writer) error {
	not := []string{"--not", "--remotes=" + remote}
	for _, u := range updates {
		if !u.Old.IsZero() {
			if _, _, err := r.Peel(u.Old); err == nil {
				not = append(not, u.Old.String())
			}
		}
	}
	warned := map[string]bool{}
	known := pathpolicy.NewKnown()
	old := r.oldTree(ctx, not)
	for _, u := range updates {
		if u.Deletes() {
			continue
		}
		walk := pathpolicy.NewWalk(known, r.Objects, old)
		err := r.checkCommits(ctx, walk, u.New, not)
		var refused *pathpolicy.Error
		if errors.As(err, &refused) {
			u.Refused = refused.Summary()
			refused.Explain(w, strings.TrimPrefix(u.Name, "refs/heads/"))
		} else if err != nil {
			return err
		}
		for _, p := range walk.Warnings() {
			if line := p.String(); !warned[line] {
				warned[line] = true
				fmt.Fprintf(w, "warning: %s\n", line)
			}
		}
	}
	return nil
}

// checkCommits judges the commits that lead to a tip, parents first, and the tree
// of a tip that is no commit.
func (r *Repository) checkCommits(ctx context.Context, walk *pathpolicy.Walk, tip plumbing.Hash, not []string) error {
	target, kind, err := r.Peel(tip)
	if err != nil {
		return err
	}
	if kind == plumbing.TreeObject {
		return walk.Commit(ctx, tip, target)
	}
	if kind != plumbing.CommitObject {
		return nil
	}
	list, err := r.output(ctx, append([]string{"rev-list", "--reverse", "--topo-order", "--no-commit-header", "--format=%H %T", tip.String()}, not...)...)
	if err != nil {
		return err
	}
	for line := range strings.Lines(list) {
		commit, tree, _ := strings.Cut(strings.TrimSpace(line), " ")
		if err := walk.Commit(ctx, plumbing.NewHash(commit), plumbing.NewHash(tree)); err != nil {
			return err
		}
	}
	return nil
}

// oldTree reports whether the remote has a tree already. It looks that up when it
// is first called.
func (r *Repository) oldTree(ctx context.Context, not []string) func(plumbing.Hash) (bool, error) {
	var old map[plumbing.Hash]bool
	return func(tree plumbing.Hash) (bool, error) {
		if old == nil {
			var list strings.Builder
			args := append([]string{"-C", r.dir, "rev-list", "--objects", "--no-object-names", "--filter=blob:none"}, not[1:]...)
			if err := r.git.Run(ctx, gitexec.Command{Args: args, Stdout: &list, Inherit: true}); err != nil {
				return false, err
			}
			old = map[plumbing.Hash]bool{}
			for line := range strings.Lines(list.String()) {
				old[plumbing.NewHash(strings.TrimSpace(line))] = true
			}
		}
		return old[tree], nil
	}
}
