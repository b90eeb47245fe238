package main

import (
	"context"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/lfs"
	"github.com/rhaptos/rhaptos/gitserver/upstream"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/export"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/search"
	"github.com/rhaptos/rhaptos/publish/webhook"
)

// forget is a part of the program, other than the store, that has rows of
// repositories and can remove those of one.
type forget = func(ctx context.Context, tx database.Tx, repositoryID string) error

// forgetful are all of them, in the order in which they can go.
func (r *records) forgetful() []forget {
	releases := release.NewStore(r.db, nil)
	return []forget{r.access.Forget, lfs.Forget, publish.Forget, releases.Purge, search.Purge(releases), webhook.Purge, upstream.Forget, export.Purge}
}

// purge removes the repositories for good that were deleted before the time. Of
// the others that are deleted it forgets what fetches were answered with.
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
		purged, err := p.store.Purge(ctx, repo.ID, p.records.forgetful()...)
		if err != nil {
			return err
		}
		if purged {
			p.log.Info("a deleted repository is removed for good", "repository", repo.Path(), "id", repo.ID)
		}
	}
	return p.store.SweepMirrors(ctx)
}

// keepPurging purges at once and then every interval, until its context ends.
func (p *server) keepPurging(ctx context.Context, interval time.Duration) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		if err := p.purge(ctx, time.Now().Add(-p.Retention)); err != nil && ctx.Err() == nil {
			p.log.Error("remove deleted repositories", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
