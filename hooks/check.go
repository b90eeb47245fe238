package hooks

import (
	"context"
	"io/fs"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/check"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/report"
)

// check checks the content of one update, refuses it if need be, and adds to the
// feedback and the report.
func (c *pushCheck) check(ctx context.Context, u *gitserver.RefUpdate, p *plan) error {
	if u.Proposal != nil {
		return c.checkProposal(ctx, u, p)
	}
	tree, err := c.objects.Tree(u.New)
	if err != nil {
		return err
	}
	found, err := c.checkTree(ctx, u.New, c.progress(u, tree))
	if err != nil {
		return err
	}
	fresh, before := found.Problems, []collection.Problem(nil)
	if p.published && collection.HasErrors(fresh) {
		if fresh, before, err = c.compare(ctx, u, p, found); err != nil {
			return err
		}
	}
	part := report.Of(fresh, before, report.MaxProblems-c.kept)
	part.Name, part.Commit, part.Published = u.Name, u.New.String(), p.published
	unavailable := ""
	if p.published && collection.HasErrors(fresh) {
		u.Refused = report.Of(fresh, nil, 0).Counts.String()
	} else if unavailable, err = c.unavailable(ctx, p, found); err != nil {
		return err
	} else if unavailable != "" {
		u.Refused = unavailable
	}
	part.Refused = u.Refused
	if part.Books, err = c.books(ctx, u, p, found); err != nil {
		return err
	}
	part.Quote(tree, c.Analysis)
	c.kept += len(part.Problems)
	c.report.Refs = append(c.report.Refs, part)
	c.print(u, p, &part, unavailable)
	return nil
}

// checkTree checks the tree of a commit, once.
func (c *pushCheck) checkTree(ctx context.Context, commit plumbing.Hash, tree fs.FS) (*check.Result, error) {
	if found, ok := c.results[commit]; ok {
		return found, nil
	}
	found, err := check.Tree(ctx, tree, c.Analysis)
	if err == nil {
		found.Library = nil // a push may have many refs
		c.results[commit] = found
	}
	return found, err
}

// compare divides the problems of a published ref into those that its baseline
// lacks and those that it has.
func (c *pushCheck) compare(ctx context.Context, u *gitserver.RefUpdate, p *plan, found *check.Result) (fresh, before []collection.Problem, err error) {
	baseline, err := c.baseline(ctx, u)
	if err != nil || baseline.IsZero() {
		return found.Problems, nil, err
	}
	tree, err := c.objects.Tree(baseline)
	if err != nil {
		// A pusher may name any old tip; one that is not the true one is
		// refused when the refs are moved.
		return found.Problems, nil, nil
	}
	old, err := c.checkTree(ctx, baseline, tree)
	if err != nil {
		return nil, nil, err
	}
	fresh, before = collection.DiffProblems(found.Problems, old.Problems)
	if collection.HasErrors(before) {
		p.baseline = baseline
	}
	return fresh, before, nil
}

// baseline returns the commit to compare a ref with: the old tip of a branch, the
// commit released last for a tag. After a failed publication there is none, and
// the result is zero.
func (c *pushCheck) baseline(ctx context.Context, u *gitserver.RefUpdate) (plumbing.Hash, error) {
	switch {
	case c.DB == nil && u.Branch() != "":
		return u.Old, nil
	case c.DB == nil:
		return plumbing.ZeroHash, nil
	case u.Branch() == "":
		commit, err := publish.LastReleased(ctx, c.DB, c.push.Repository.ID, u.Name)
		return plumbing.NewHash(commit), err
	}
	failed, err := publish.LastFailed(ctx, c.DB, c.push.Repository.ID, u.Name)
	if err != nil || failed {
		return plumbing.ZeroHash, err
	}
	return u.Old, nil
}

// unavailable says why a release cannot have the number that is requested for it;
// empty if it can, or if none is requested.
func (c *pushCheck) unavailable(ctx context.Context, p *plan, found *check.Result) (string, error) {
	if c.DB == nil || p.kind != publish.Release || len(p.request.Numbers) == 0 {
		return "", nil
	}
	var books []string
	for _, b := range found.Books {
		books = append(books, b.Slug)
	}
	return p.request.Refuses(ctx, c.DB, release.NewStore(nil, nil), c.push.Repository.ID, books)
}
