package main

import (
	"context"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/contribution"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/lfs"
	"github.com/rhaptos/rhaptos/gitserver/upstream"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/export"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/search"
	"github.com/rhaptos/rhaptos/publish/webhook"
)

// purgeRows removes the rows of one repository from the tables of a part of the
// program other than the store.
type purgeRows = func(ctx context.Context, tx database.Tx, repositoryID string) error

// purges returns the function of each part, in an order that foreign keys allow.
func (r *env) purges() []purgeRows {
	releases := release.NewStore(r.db, nil)
	return []purgeRows{r.access.Purge, lfs.Purge, contribution.Purge, publish.Purge, releases.Purge, search.Purge(releases), webhook.Purge, upstream.Purge, export.Purge}
}

// purge removes for good the repositories that were deleted before the time. Of
// the other deleted ones it purges the fetch cache.
func (p *server) purge(ctx context.Context, before time.Time) error {
	deleted, err := p.store.Deleted(ctx)
	if err != nil {
		return err
	}
	for _, repo := range deleted {
		p.packs.Purge(repo.ID)
		if !repo.At.Before(before) {
			continue
		}
		purged, err := p.store.Purge(ctx, repo.ID, p.env.purges()...)
		if err != nil {
			return err
		}
		if purged {
			p.log.Info("a deleted repository is removed for good", "repository", repo.Path(), "id", repo.ID)
		}
	}
	return p.store.SweepMirrors(ctx)
}
