package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/search"
)

type searchCmd struct {
	Rebuild searchRebuildCmd `cmd:"" help:"Rebuild the full-text index."`
}

type searchRebuildCmd struct{}

// Run empties the index and fills it. A server may be running on the folder; it
// finds less until the end.
func (*searchRebuildCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(rec *env) error {
		return c.withBlobs(ctx, rec, func(blobs blobstore.Sweepable) error {
			index, err := search.Open(ctx, rec.db, release.NewStore(rec.db, blobs), blobs, slog.New(slog.DiscardHandler))
			if err != nil {
				return err
			}
			if err := index.Clear(ctx); err != nil {
				return err
			}
			n, err := index.Update(ctx)
			con.printf("indexed for search: %d releases and drafts\n", n)
			return err
		})
	})
}

// maintainSearch indexes what no job has indexed, and removes from the search index
// what is no longer needed.
func (p *server) maintainSearch(ctx context.Context) error {
	resumed := p.search.Resume(ctx)
	n, err := p.search.Sweep(ctx)
	if err == nil && n > 0 {
		p.log.Info("swept pages from the search index", "pages", n)
	}
	return errors.Join(resumed, err)
}
