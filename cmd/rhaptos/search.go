package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"time"

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
	return c.with(ctx, func(rec *records) error {
		blobs := blobstore.ViewDir(filepath.Join(c.Data, "blobs"))
		index, err := search.Open(ctx, rec.db, release.NewStore(rec.db, blobs), blobs, search.FTS5{}, slog.New(slog.DiscardHandler))
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
}

// keepSearch indexes what no job has, and removes from the index what nothing
// needs any more, at once and then every interval, until its context ends.
func (p *server) keepSearch(ctx context.Context, interval time.Duration) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		if err := p.search.Resume(ctx); err != nil && ctx.Err() == nil {
			p.log.Error("wake the indexing for search", "err", err)
		}
		switch n, err := p.search.Sweep(ctx); {
		case err != nil && ctx.Err() == nil:
			p.log.Error("sweep the index for search", "err", err)
		case n > 0:
			p.log.Info("swept pages from the index for search", "pages", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
