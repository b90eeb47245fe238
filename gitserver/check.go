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

// check sees to it that the new objects are all there, and of a kind that is
// taken, and that no published history is replaced unless that is meant.
func (r *receiver) check(ctx context.Context, q Quarantine) error {
	if err := r.checkObjects(ctx, q); err != nil {
		return err
	}
	for _, u := range r.wanted() {
		if u.Branch() == "" {
			continue
		}
		if err := r.checkBranch(ctx, q, u); err != nil {
			return err
		}
	}
	return nil
}

// checkBranch looks at where a branch is to point.
func (r *receiver) checkBranch(ctx context.Context, q Quarantine, u *RefUpdate) error {
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

// checkObjects checks what all updates lead to at once, and if something is
// wrong with it finds the updates that are to blame.
func (r *receiver) checkObjects(ctx context.Context, q Quarantine) error {
	wanted := r.wanted()
	if len(wanted) == 0 {
		return nil
	}
	var ids []plumbing.Hash
	for _, u := range wanted {
		ids = append(ids, u.New)
	}
	warnings, err := q.Check(ctx, ids)
	for _, line := range warnings {
		fmt.Fprintf(r.sideband, "warning: %s\n", line)
	}
	if err == nil {
		return nil
	}
	if len(wanted) == 1 {
		return r.blame(wanted[0], err)
	}
	for i, u := range wanted {
		if i >= maxSingles {
			u.Refused = "one of many refs that could not be accepted together: push fewer at a time"
			continue
		}
		if _, err := q.Check(ctx, []plumbing.Hash{u.New}); err != nil {
			if err := r.blame(u, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// blame refuses an update for an error of Quarantine.Check, and reports it to the pusher
// what to do about it. An error that is the server's own trouble is returned.
func (r *receiver) blame(u *RefUpdate, err error) error {
	var paths *pathpolicy.Error
	var failed *gitexec.Error
	switch {
	case errors.As(err, &paths):
		u.Refused = printable(paths.Summary())
		paths.Explain(r.sideband, short(u.Name))
	case !errors.As(err, &failed) || failed.Exit <= 0:
		return err
	case r.shallow:
		u.Refused = refusedShallow
		fmt.Fprintln(r.sideband, unshallow)
	default:
		u.Refused = "missing necessary objects" // git's own words
	}
	return nil
}

// refusedShallow is git's own reason for the refs of a push from a clone whose history
// ends where the repository's does not go on.
const refusedShallow = "shallow update not allowed"

// unshallow is for whoever pushes from a clone whose history ends where that of
// the repository does not go on.
const unshallow = "Your clone is shallow, and this repository does not have the history before it either: git fetch --unshallow (from where you cloned it), and push again."

// wanted are the updates that need objects.
func (r *receiver) wanted() []*RefUpdate {
	var list []*RefUpdate
	for _, u := range r.push.Updates {
		if u.Refused == "" && !u.Deletes() {
			list = append(list, u)
		}
	}
	return list
}
