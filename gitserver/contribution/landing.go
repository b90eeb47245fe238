package contribution

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
)

// landing is a contribution whose head gets into its branch by the push.
type landing struct {
	contribution *Contribution
	update       *gitserver.RefUpdate // of the branch
}

// findLandings finds the contributions that the push brings into their branches.
func (b *batch) findLandings(ctx context.Context) error {
	open := map[string][]*Contribution{} // by branch
	for _, u := range b.Push.Updates {
		if u.Branch() == "" || u.Refused != "" || u.Deletes() {
			continue
		}
		if len(open) == 0 {
			list, err := List(ctx, b.DB, b.Push.Repository.ID, Open, 0, maxOpen)
			if err != nil || len(list) == 0 {
				return err
			}
			for _, c := range slices.Backward(list) {
				open[c.Branch] = append(open[c.Branch], c)
			}
		}
		if len(open[u.Branch()]) == 0 {
			continue
		}
		merged, err := b.merged(ctx, u)
		if err != nil {
			return err
		}
		for _, c := range open[u.Branch()] {
			if merged[HeadRef(c.Number)+" "+c.Head.String()] {
				b.landings = append(b.landings, landing{c, u})
			}
		}
	}
	return nil
}

// merged returns the refs of contributions, with their targets, that the new tip of a
// branch has in its history.
func (b *batch) merged(ctx context.Context, u *gitserver.RefUpdate) (map[string]bool, error) {
	var out bytes.Buffer
	err := b.Git.Run(ctx, gitexec.Command{
		Args: []string{"for-each-ref", "--merged=" + u.New.String(), "--format=%(refname) %(objectname)", gitserver.ContributionPrefix},
		Env:  b.Objects.Environment(), Stdout: &out, Limits: gitexec.Limits{Wall: mergeTime},
	})
	if err != nil {
		return nil, err
	}
	refs := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		refs[strings.TrimRight(line, "\n")] = true
	}
	return refs, nil
}

// record marks the contribution as accepted and reports whether it was open, with the
// head that gets into the branch.
func (l landing) record(ctx context.Context, tx database.Tx, b *batch, push *gitserver.Push) (bool, error) {
	moved, err := l.contribution.move(ctx, tx, Open, Accepted, l.update.New, push.Actor, push.At)
	if err != nil || !moved {
		return false, err
	}
	c := *l.contribution
	c.State, c.Merged, c.ChangedBy, c.Updated = Accepted, l.update.New, push.Actor, push.At
	return true, b.announce(ctx, tx, Change{Repository: push.Repository, Contribution: &c, What: WasAccept, Actor: push.Actor, PushID: push.ID, At: push.At, Hops: push.Hops})
}

// requireApprovals refuses updates of published branches that take only approved
// contributions, unless they accept one that has the approvals.
func (b *batch) requireApprovals(ctx context.Context) error {
	for _, u := range b.Push.Updates {
		if b.Policy.Approvals == 0 || u.Refused != "" || u.Branch() == "" || u.Deletes() || !b.Policy.Published(u.Name) {
			continue
		}
		var err error
		if u.Refused, err = b.lacksApprovals(ctx, u); err != nil {
			return err
		}
	}
	return nil
}

// lacksApprovals says why an update of a branch that takes only approved contributions
// is refused; empty: it is not.
func (b *batch) lacksApprovals(ctx context.Context, u *gitserver.RefUpdate) (string, error) {
	repo, needs := b.Push.Repository, b.Policy.Approvals
	if b.Push.Accepts == 0 {
		said, err := readOptions(b.Push.Options)
		if err == nil && said.unreviewed && b.MayAdminister != nil && b.MayAdminister(ctx) == nil {
			return "", nil
		}
		fmt.Fprintf(b.Out, "%[1]s takes only contributions with %[2]d approvals (needs in .rhaptos.toml). To propose this change: git push origin HEAD:%[3]s%[1]s\n"+
			"An admin of the repository can push it nevertheless: git push -o %[4]s\n", u.Branch(), needs, gitserver.ForPrefix, unreviewed)
		return "this branch takes only approved contributions", nil
	}
	c, err := b.Find(ctx, repo.ID, b.Push.Accepts)
	if err != nil {
		return "", err
	}
	reviews, err := readReviews(b.Objects, b.Refs, c.Head)
	if err != nil {
		return "", err
	}
	approvals, against, err := b.approvals(ctx, repo, c, reviews)
	switch {
	case err != nil:
		return "", err
	case len(against) > 0:
		return fmt.Sprintf("%s asks for changes", strings.Join(against, ", ")), nil
	case len(approvals) < needs:
		return fmt.Sprintf("contribution %d has %d of %d approvals", c.Number, len(approvals), needs), nil
	}
	return "", nil
}
