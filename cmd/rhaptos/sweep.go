package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/lfs"
	"github.com/rhaptos/rhaptos/gitserver/store"
	"github.com/rhaptos/rhaptos/publish/export"
	"github.com/rhaptos/rhaptos/publish/release"
)

// references calls its argument for every blob that is needed.
type references func(context.Context, func(blobstore.Digest) error) error

// named are the blobs that some part of the program needs. What none names is
// swept.
func named(db database.DB, blobs blobstore.Store) references {
	return func(ctx context.Context, f func(blobstore.Digest) error) error {
		for _, part := range []references{
			store.Repositories{DB: db}.References,
			release.NewStore(db, blobs).References,
			lfs.NewObjects(db, blobs, 0).References,
			func(ctx context.Context, f func(blobstore.Digest) error) error { return export.References(ctx, db, f) },
		} {
			if err := part(ctx, f); err != nil {
				return err
			}
		}
		return nil
	}
}

// sweep removes blobs that nothing names and that are older than grace, at
// once and then every interval, until its context ends.
func sweep(ctx context.Context, blobs blobstore.Sweepable, grace, interval time.Duration, log *slog.Logger, needed references) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		n, bytes, err := blobstore.Sweep(ctx, blobs, time.Now().Add(-grace), needed)
		switch {
		case err != nil && ctx.Err() == nil:
			log.Error("sweep", "err", err)
		case n > 0:
			log.Info("swept blobs that nothing names", "blobs", n, "bytes", bytes)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
