package main

import (
	"context"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/store"
	"github.com/rhaptos/rhaptos/publish"
)

// maintenance configures the repacking of repositories in the background.
func (p *server) maintenance() store.Maintenance {
	return store.Maintenance{
		Packs:    p.Packs,
		Full:     p.FullRepack,
		Undo:     p.KeepUnreachable,
		Grace:    p.OrphanGrace,
		Interval: time.Hour,
		Needed:   p.published,
	}
}

// trimMirrors keeps the mirrors on this machine within --mirror-cache.
func (p *server) trimMirrors(ctx context.Context) error {
	n, err := p.store.Trim(ctx, p.MirrorCache<<20)
	if n > 0 {
		p.log.Info("trimmed mirrors", "mirrors", n)
	}
	return err
}

// published are the commits that something was published from.
func (p *server) published(ctx context.Context, repositoryID string) ([]plumbing.Hash, error) {
	ids, err := publish.Commits(ctx, p.env.db, repositoryID)
	if err != nil {
		return nil, err
	}
	var commits []plumbing.Hash
	for _, id := range ids {
		commits = append(commits, plumbing.NewHash(id))
	}
	return commits, nil
}
