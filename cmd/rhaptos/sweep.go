package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/lfs"
	"github.com/rhaptos/rhaptos/gitserver/store"
	"github.com/rhaptos/rhaptos/publish/export"
	"github.com/rhaptos/rhaptos/publish/release"
)

// references calls its argument for every blob that must be kept.
type references func(context.Context, func(blobstore.Digest) error) error

// gcRoots returns the references of all parts of the program. Blobs that none of
// them references are swept.
func gcRoots(db database.DB, blobs blobstore.Store) references {
	return func(ctx context.Context, f func(blobstore.Digest) error) error {
		var errs []error
		for _, part := range []references{
			store.Repositories{DB: db}.References,
			release.NewStore(db, blobs).References,
			lfs.NewObjects(db, blobs, 0).References,
			func(ctx context.Context, f func(blobstore.Digest) error) error { return export.References(ctx, db, f) },
			func(ctx context.Context, f func(blobstore.Digest) error) error {
				marker, ok, err := database.Setting(ctx, db, blobStoreSetting)
				if err != nil || !ok {
					return err
				}
				return f(blobstore.Digest(marker))
			},
		} {
			if err := part(ctx, f); ctx.Err() != nil {
				return context.Cause(ctx)
			} else if err != nil {
				errs = append(errs, err) // the other parts are read all the same
			}
		}
		return errors.Join(errs...)
	}
}

// sweep removes the blobs that no root references and that are older than grace.
func sweep(ctx context.Context, blobs blobstore.Sweepable, grace time.Duration, log *slog.Logger, roots references) error {
	n, bytes, err := blobstore.Sweep(ctx, blobs, time.Now().Add(-grace), roots)
	if err == nil && n > 0 {
		log.Info("swept unreferenced blobs", "blobs", n, "bytes", bytes)
	}
	return err
}

// abortUploads gives up what servers that were killed have left of uploads to the bucket.
func (p *server) abortUploads(ctx context.Context) error {
	if p.bucket == nil {
		return nil
	}
	n, err := p.bucket.AbortUploads(ctx, time.Now().Add(-p.OrphanGrace))
	if n > 0 {
		p.log.Info("gave up unfinished uploads to the bucket", "uploads", n)
	}
	return err
}
