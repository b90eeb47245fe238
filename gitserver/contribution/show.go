package contribution

import (
	"context"
	"io/fs"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/tree"
)

// Details is all that is known of a contribution.
type Details struct {
	*Contribution
	Versions  []*Version    // the first one first
	Reviews   []*Review     // of all versions, in order
	Approvals []string      // accounts that approve of the latest version, and count
	Against   []string      // accounts that ask for changes
	Tip       plumbing.Hash // of the branch; zero: it has been deleted
}

// Latest returns the latest version.
func (d *Details) Latest() *Version { return d.Versions[len(d.Versions)-1] }

// Details returns all that is known of a contribution. The error of one that is not
// there matches [ErrNotFound].
func (c *Contributions) Details(ctx context.Context, repositoryID string, number int64) (*Details, error) {
	repo, refs, err := c.Storage.Refs(ctx, repositoryID)
	if err != nil {
		return nil, err
	}
	d := &Details{}
	if d.Contribution, err = c.Find(ctx, repositoryID, number); err != nil {
		return nil, err
	}
	if d.Versions, err = Versions(ctx, c.DB, repositoryID, number); err != nil {
		return nil, err
	}
	tip, _ := find(refs, "refs/heads/"+d.Branch)
	d.Tip = tip.Target
	if _, ok := find(refs, gitserver.ReviewRef); !ok {
		return d, nil
	}
	objects, err := c.Storage.Objects(ctx, repo)
	if err != nil {
		return nil, err
	}
	defer objects.Close()
	for i, v := range d.Versions {
		reviews, err := readReviews(stored{objects}, refs, v.Head)
		if err != nil {
			return nil, err
		}
		for _, r := range reviews {
			if r.Contribution == number && r.Version == v.Number {
				d.Reviews = append(d.Reviews, r)
			}
		}
		if i == len(d.Versions)-1 {
			d.Approvals, d.Against, err = c.approvals(ctx, repo, d.Contribution, reviews)
		}
		if err != nil {
			return nil, err
		}
	}
	return d, c.findPlaces(ctx, d)
}

// stored has the trees of what is stored.
type stored struct{ *tree.Objects }

// Tree implements trees.
func (s stored) Tree(commit plumbing.Hash) (fs.FS, error) { return s.Commit(commit) }
