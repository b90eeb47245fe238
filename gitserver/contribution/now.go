package contribution

import (
	"context"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
)

// Bounds of what is found out when somebody looks at a contribution.
const (
	keptMerges = 10_000
	atOnce     = 2
)

// merge names two commits that are merged.
type merge struct{ tip, head plumbing.Hash }

// MergesNow returns the conflicts of an open contribution with its branch as it is
// now, a line each. What is pushed stays as it is.
func (c *Contributions) MergesNow(ctx context.Context, d *Details) (conflicts []string, err error) {
	if d.Tip == d.Latest().Tip {
		return d.Latest().Conflicts, nil
	}
	key := merge{d.Tip, d.Head}
	if known, ok := c.merges.Get(key); ok {
		return known, nil
	}
	select {
	case c.looking <- struct{}{}:
		defer func() { <-c.looking }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	q, err := c.Storage.Quarantine(ctx, &gitserver.Repository{ID: d.RepositoryID})
	if err != nil {
		return nil, err
	}
	defer q.Close()
	base, err := c.mergeBase(ctx, q.Environment(), d.Tip, d.Head)
	if err != nil {
		return nil, err
	}
	merged, err := c.Merger.Merge(ctx, q, base, d.Tip, d.Head)
	if err != nil {
		return nil, err
	}
	c.merges.Put(key, merged.Conflicts, int64(1+len(merged.Conflicts)))
	return merged.Conflicts, nil
}
