package store

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/pathpolicy"
)

// Check implements gitserver.Quarantine.
func (q *quarantine) Check(ctx context.Context, ids []plumbing.Hash) (warnings []string, err error) {
	warnings, err = q.check(ctx, ids)
	var failed *gitexec.Error
	if !errors.As(err, &failed) || failed.Exit <= 0 || !q.store.MarkSuspect(q.repo) {
		return warnings, err
	}
	// It may be the mirror that lacks something, not the push.
	q.closeObjects()
	if _, err := q.store.Mirror(ctx, q.repo); err != nil {
		return nil, err
	}
	return q.check(ctx, ids)
}

// check looks at the trees first: git's own walks go down them by recursion, to
// the end of its stack.
func (q *quarantine) check(ctx context.Context, ids []plumbing.Hash) (warnings []string, err error) {
	commits, err := q.newCommits(ctx, ids)
	if err != nil {
		return nil, err
	}
	objects, err := q.open()
	if err != nil {
		return nil, err
	}
	walk := pathpolicy.NewWalk(q.store.trees, objects, q.oldTree(ctx))
	for _, c := range commits {
		if err := walk.Commit(ctx, c.id, c.tree); err != nil {
			return nil, err
		}
	}
	for _, id := range ids {
		target, kind, err := objects.Peel(id)
		if err == nil && kind == plumbing.TreeObject {
			err = walk.Commit(ctx, id, target)
		}
		if err != nil && !errors.Is(err, plumbing.ErrObjectNotFound) {
			return nil, err
		}
	}
	for _, p := range walk.Warnings() {
		warnings = append(warnings, p.String())
	}
	return warnings, q.connected(ctx, ids)
}

// connected checks that everything reachable from the objects is here or
// reachable from the repository's refs.
func (q *quarantine) connected(ctx context.Context, ids []plumbing.Hash) error {
	return q.store.git.Run(ctx, gitexec.Command{
		Args: []string{"rev-list", "--objects", "--stdin", "--not", "--all", "--quiet"},
		Env:  q.Environment(), Stdin: strings.NewReader(lines(ids)), Stdout: io.Discard,
	})
}

func lines(ids []plumbing.Hash) string {
	var b strings.Builder
	for _, id := range ids {
		fmt.Fprintln(&b, id)
	}
	return b.String()
}

// newCommit is a commit that no ref of the repository reaches yet.
type newCommit struct {
	id, tree plumbing.Hash
	parents  []plumbing.Hash
}

// newCommits are the new ones among what the objects reach, parents first. It
// remembers them for Descends.
func (q *quarantine) newCommits(ctx context.Context, ids []plumbing.Hash) ([]newCommit, error) {
	var out bytes.Buffer
	err := q.store.git.Run(ctx, gitexec.Command{
		Args: []string{"rev-list", "--reverse", "--topo-order", "--no-commit-header", "--format=%H %T %P", "--stdin", "--not", "--all"},
		Env:  q.Environment(), Stdin: strings.NewReader(lines(ids)), Stdout: &out,
	})
	if err != nil {
		return nil, err
	}
	var commits []newCommit
	q.mu.Lock()
	defer q.mu.Unlock()
	for line := range strings.Lines(out.String()) {
		f := strings.Fields(line)
		if len(f) < 2 {
			return nil, fmt.Errorf("git rev-list answered %q", line)
		}
		c := newCommit{id: plumbing.NewHash(f[0]), tree: plumbing.NewHash(f[1])}
		for _, p := range f[2:] {
			c.parents = append(c.parents, plumbing.NewHash(p))
		}
		commits = append(commits, c)
		q.parents[c.id] = c.parents
	}
	return commits, nil
}

// oldTree reports whether a tree is reachable from the refs as they are. Few
// pushes ask, and then the answer takes a walk over the whole repository, once.
func (q *quarantine) oldTree(ctx context.Context) func(plumbing.Hash) (bool, error) {
	var old map[plumbing.Hash]bool
	return func(tree plumbing.Hash) (bool, error) {
		if old != nil {
			return old[tree], nil
		}
		old = map[plumbing.Hash]bool{}
		r, w := io.Pipe()
		done := make(chan error, 1)
		go func() {
			err := q.store.git.Run(ctx, gitexec.Command{
				Args: []string{"rev-list", "--objects", "--no-object-names", "--filter=blob:none", "--all"},
				Env:  []string{"GIT_DIR=" + q.mirror.dir}, Stdout: w,
			})
			w.CloseWithError(err)
			done <- err
		}()
		for scan := bufio.NewScanner(r); scan.Scan(); {
			old[plumbing.NewHash(scan.Text())] = true
		}
		return old[tree], <-done
	}
}

// Descends implements gitserver.Quarantine. Most pushes put new commits on top
// of the old one, and their parents are known by now.
func (q *quarantine) Descends(ctx context.Context, id, ancestor plumbing.Hash) (bool, error) {
	if q.leadsTo(id, ancestor) {
		return true, nil
	}
	err := q.store.git.Run(ctx, gitexec.Command{
		Args: []string{"merge-base", "--is-ancestor", ancestor.String(), id.String()}, Env: q.Environment(),
	})
	var failed *gitexec.Error
	if errors.As(err, &failed) && failed.Exit == 1 {
		return false, nil
	}
	return err == nil, err
}

// leadsTo reports whether new commits lead from one commit down to another.
func (q *quarantine) leadsTo(id, ancestor plumbing.Hash) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	seen := map[plumbing.Hash]bool{id: true}
	for todo := []plumbing.Hash{id}; len(todo) > 0; {
		id, todo = todo[len(todo)-1], todo[:len(todo)-1]
		if id == ancestor {
			return true
		}
		for _, p := range q.parents[id] {
			if !seen[p] {
				seen[p] = true
				todo = append(todo, p)
			}
		}
	}
	return false
}
