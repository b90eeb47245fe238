package gitserver

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/pathpolicy"
)

// maxSingles bounds the updates that are looked at one by one when something is
// wrong with some of them.
const maxSingles = 100

// reasonMissing is git's own word for it.
const reasonMissing = "missing necessary objects"

// check sees to it that the new objects are all there, and of a kind that is
// taken, and that no published history is replaced unless that is meant.
func (r *reception) check(ctx context.Context, q Quarantine) error {
	if wanted := r.wanted(); len(wanted) > 0 {
		warnings, err := q.Check(ctx, wanted)
		for _, line := range warnings {
			fmt.Fprintf(r.answer, "warning: %s\n", line)
		}
		switch {
		case err != nil && refusedFor(err) == "":
			return err
		case err != nil:
			if err := r.checkEach(ctx, q); err != nil {
				return err
			}
		}
	}
	for _, u := range r.push.Updates {
		if u.Refused != "" || u.Deletes() || u.Branch() == "" {
			continue
		}
		if err := r.checkBranch(ctx, q, u); err != nil {
			return err
		}
	}
	return nil
}

// checkBranch looks at where a branch is to point.
func (r *reception) checkBranch(ctx context.Context, q Quarantine, u *RefUpdate) error {
	target, kind, err := q.Peel(u.New)
	if err != nil {
		return err
	}
	if kind != plumbing.CommitObject || target != u.New {
		u.Refused = "a branch must point at a commit"
		return nil
	}
	if u.Old.IsZero() || u.Old == u.New {
		return nil
	}
	_, kind, err = q.Peel(u.Old)
	if errors.Is(err, plumbing.ErrObjectNotFound) || kind != plumbing.CommitObject {
		return nil // not what the ref was: the transaction says so
	}
	if err != nil {
		return err
	}
	forward, err := q.Descends(ctx, u.New, u.Old)
	if err != nil {
		return err
	}
	if u.Forced = !forward; u.Forced && r.policy.Published(u.Name) {
		u.Refused = r.policy.refuses(u, "replaces the history of", r.push.Options)
	}
	return nil
}

// checkEach finds which of the updates has something wrong with it.
func (r *reception) checkEach(ctx context.Context, q Quarantine) error {
	singles := 0
	for _, u := range r.push.Updates {
		if u.Refused != "" || u.Deletes() {
			continue
		}
		if singles++; singles > maxSingles {
			u.Refused = reasonMissing
			continue
		}
		_, err := q.Check(ctx, []plumbing.Hash{u.New})
		if err == nil {
			continue
		}
		if u.Refused = refusedFor(err); u.Refused == "" {
			return err
		}
		r.explain(u, err)
	}
	return nil
}

// refusedFor is the reason that an error of Quarantine.Check gives for refusing
// an update, empty if the error is the server's own trouble.
func refusedFor(err error) string {
	var paths *pathpolicy.Error
	var failed *gitexec.Error
	switch {
	case errors.As(err, &paths) && len(paths.Problems) == 1:
		return printable(paths.Problems[0].String())
	case errors.As(err, &paths):
		return fmt.Sprintf("%d paths are not taken", len(paths.Problems))
	case errors.As(err, &failed) && failed.Exit > 0:
		return reasonMissing
	}
	return ""
}

// explain tells the pusher what to do about it.
func (r *reception) explain(u *RefUpdate, err error) {
	var paths *pathpolicy.Error
	switch {
	case errors.As(err, &paths):
		fmt.Fprintf(r.answer, "%s: in %.10s:\n", short(u.Name), paths.Commit.String())
		for _, p := range paths.Problems {
			fmt.Fprintf(r.answer, "  %s\n", p)
		}
		fmt.Fprintln(r.answer, "Mend this in the commit itself (git commit --amend, or git rebase), and push again.")
	case r.shallow:
		u.Refused = "shallow update not allowed"
		fmt.Fprintln(r.answer, unshallow)
	}
}

// unshallow is for whoever pushes from a clone whose history ends where that of
// the repository does not go on.
const unshallow = "Your clone is shallow, and this repository does not have the history before it either: git fetch --unshallow (from where you cloned it), and push again."

func (r *reception) wanted() []plumbing.Hash {
	var ids []plumbing.Hash
	for _, u := range r.push.Updates {
		if u.Refused == "" && !u.Deletes() {
			ids = append(ids, u.New)
		}
	}
	return ids
}
