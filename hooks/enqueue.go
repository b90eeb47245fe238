package hooks

import (
	"context"
	"slices"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish"
)

// enqueue implements gitserver.Enqueue: it requests the publications of the
// accepted updates and announces the push.
func (c *pushCheck) enqueue(ctx context.Context, tx database.Tx, push *gitserver.Push) error {
	for _, u := range c.ordered(push.Updates) {
		if u.Refused != "" || !c.publishes(u) {
			continue
		}
		if _, err := publish.Request(ctx, tx, c.publication(push, u)); err != nil {
			return err
		}
	}
	return publish.Announce(ctx, tx, c.event(push), c.Announcers)
}

// publishes reports whether the update leads to a publication. A release of a
// tree without books does not, which is no error.
func (c *pushCheck) publishes(u *gitserver.RefUpdate) bool {
	switch c.plans[u.Name].kind {
	case publish.Release:
		return len(c.results[u.New].Formats) > 0
	case publish.Draft:
		return true
	}
	return false
}

func (c *pushCheck) publication(push *gitserver.Push, u *gitserver.RefUpdate) publish.Publication {
	p := c.plans[u.Name]
	publication := publish.Publication{RepositoryID: push.Repository.ID, Ref: u.Name, Kind: p.kind,
		PushID: push.ID, Hops: push.Hops, Actor: push.Actor, Request: p.request}
	if p.ref != "" {
		publication.Ref = p.ref
	}
	if !p.commit.IsZero() {
		publication.Commit = p.commit.String()
	}
	if p.kind == publish.Release && !p.baseline.IsZero() {
		publication.Base = p.baseline.String()
	}
	return publication
}

// ordered returns the updates with tags that name a number first: if a branch
// comes with its tag, the release gets that number, and nothing is left to
// release of the branch.
func (c *pushCheck) ordered(updates []*gitserver.RefUpdate) []*gitserver.RefUpdate {
	named := func(u *gitserver.RefUpdate) bool { p := c.plans[u.Name]; return p != nil && p.tag.named }
	list := slices.Clone(updates)
	slices.SortStableFunc(list, func(a, b *gitserver.RefUpdate) int {
		switch {
		case named(a) == named(b):
			return 0
		case named(a):
			return -1
		}
		return 1
	})
	return list
}
