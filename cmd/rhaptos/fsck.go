package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/store"
)

type fsckCmd struct {
	ReadData bool `help:"Read all data and verify its digests."`
}

// fsck is one look at everything.
type fsck struct {
	*fsckCmd
	con      console
	env      *env
	blobs    blobstore.Store
	named    map[blobstore.Digest]bool // that were looked at
	problems int
}

// Run prints what is wrong, a line each, and fails if something is. A server may
// be running on the folder.
func (k *fsckCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(rec *env) error {
		return c.withBlobs(ctx, rec, func(blobs blobstore.Sweepable) error {
			f := &fsck{fsckCmd: k, con: con, env: rec, blobs: blobs, named: map[blobstore.Digest]bool{}}
			return f.run(ctx, filepath.Join(c.Data, "cache"))
		})
	})
}

func (f *fsck) run(ctx context.Context, cache string) error {
	if err := errors.Join(f.database(ctx), f.repositories(ctx, cache), f.references(ctx)); err != nil {
		return err
	}
	if f.problems > 0 {
		return fmt.Errorf("problems found: %d", f.problems)
	}
	return nil
}

// database looks at the database itself: its pages and indexes, and whether rows lead to
// rows that exist.
func (f *fsck) database(ctx context.Context) error {
	problems, err := database.Check(ctx, f.env.db)
	for _, problem := range problems {
		f.report("database: %s", problem)
	}
	return err
}

func (f *fsck) report(format string, args ...any) {
	f.problems++
	f.con.printf(format+"\n", args...)
}

// blob says what is wrong with a blob, by an error, and notes that it has a name.
func (f *fsck) blob(ctx context.Context, d blobstore.Digest) error {
	f.named[d] = true
	_, err := f.blobs.Stat(ctx, d)
	if err == nil && f.ReadData {
		err = blobstore.Check(ctx, f.blobs, d)
	}
	return err
}

// repositories looks at each repository, in mirrors made for it from the blob
// store, and at those of the server.
func (f *fsck) repositories(ctx context.Context, cache string) error {
	native, err := gitexec.Find(ctx)
	if err != nil {
		return err
	}
	own, remove, err := commandCache(cache)
	if err != nil {
		return err
	}
	defer remove()
	s, err := store.Open(store.Config{DB: f.env.db, Blobs: f.blobs, Git: native, Cache: own, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	list, err := s.List(ctx)
	if err != nil {
		return err
	}
	packs := 0
	for _, repo := range list {
		n, problems, err := s.Check(ctx, repo, f.ReadData, f.blob)
		removed, cacheErr := s.CheckCache(ctx, repo, cache, f.ReadData)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for _, problem := range problems {
			f.report("%s: %s", repo.Path(), problem)
		}
		for _, path := range removed {
			f.report("%s: damaged in the cache, and removed from there: %s", repo.Path(), path)
		}
		if err := errors.Join(err, cacheErr); err != nil {
			f.report("%s: %v", repo.Path(), err)
		}
		packs += n
	}
	f.con.printf("%d repositories with %d packs\n", len(list), packs)
	return nil
}

// references looks whether every blob that has a name is there, and how many
// have none.
func (f *fsck) references(ctx context.Context) error {
	err := gcRoots(f.env.db, f.blobs)(ctx, func(d blobstore.Digest) error {
		if f.named[d] {
			return nil
		}
		if err := f.blob(ctx, d); err != nil {
			f.report("%v", err)
		}
		return ctx.Err()
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	f.con.printf("%d referenced blobs\n", len(f.named))
	if err != nil {
		f.report("not all names could be read: %v", err)
		return nil
	}
	var dangling, bytes int64
	err = f.blobs.List(ctx, func(i blobstore.Info) error {
		if !f.named[i.Digest] {
			dangling++
			bytes += i.Size
		}
		return nil
	})
	f.con.printf("%d unreferenced blobs, %d bytes\n", dangling, bytes)
	return err
}
