package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"path/filepath"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/contribution"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/lfs"
	"github.com/rhaptos/rhaptos/gitserver/store"
	"github.com/rhaptos/rhaptos/hooks"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/webhook"
)

// contributor is what the verbs about contributions need beside the database.
type contributor struct {
	contributions *contribution.Contributions
	packs         contribution.Receiver
	store         *store.Store
	releases      *release.Store
	url           string // of the server; empty at the machine
}

// newContributions builds the part that keeps contributions.
func (r *env) newContributions(storage *store.Store, native *gitexec.Git, base string, announcers []publish.Announcer, cache analysis.Cache, log *slog.Logger) *contribution.Contributions {
	host := ""
	if u, err := url.Parse(base); err == nil {
		host = u.Hostname()
	}
	books := hooks.BookMerger{Analysis: cache, Log: log}
	return contribution.New(contribution.Config{
		DB: r.db, Storage: storage, Git: native, Merger: contribution.TreeMerger{Git: native, Files: books}, Follower: books, Log: log, Host: host,
		Counts:   r.countsApproval,
		Announce: hooks.ContributionEvents{URL: base, Announcers: announcers}.Announce,
	})
}

// countsApproval reports whether the approval of an account counts: if it may push to
// the repository itself.
func (r *env) countsApproval(ctx context.Context, repo *gitserver.Repository, name string) (bool, error) {
	account, err := r.access.Account(ctx, name)
	if errors.Is(err, access.ErrNoAccount) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	err = r.access.Authorize(ctx, access.Principal{Account: account, Scope: access.ScopeAdmin}, repo, access.PushDraft)
	if errors.Is(err, access.ErrForbidden) || errors.Is(err, access.ErrNotFound) || errors.Is(err, access.ErrUnauthenticated) {
		return false, nil
	}
	return err == nil, err
}

// contributor returns that of the server, or at the machine one on the data folder,
// with mirrors of its own.
func (c *cli) contributor(ctx context.Context, rec *env) (*contributor, func(), error) {
	if rec.contributor != nil {
		return rec.contributor, func() {}, nil
	}
	native, err := gitexec.Find(ctx)
	if err != nil {
		return nil, nil, err
	}
	cache, remove, err := commandCache(filepath.Join(c.Data, "cache"))
	if err != nil {
		return nil, nil, err
	}
	log := slog.New(slog.DiscardHandler)
	blobs, closeBlobs, err := c.storingBlobs(ctx, rec, cache, log)
	if err != nil {
		remove()
		return nil, nil, err
	}
	done := func() {
		closeBlobs()
		remove()
	}
	objects := lfs.NewObjects(rec.db, blobs, 0)
	storage, err := store.Open(store.Config{
		DB: rec.db, Blobs: blobs, Git: native, Cache: cache, Log: log,
		View: func(repositoryID string, tree fs.FS) fs.FS { return objects.Tree(repositoryID, tree) },
	})
	if err != nil {
		done()
		return nil, nil, err
	}
	announcers := []publish.Announcer{webhook.NewWebhooks(rec.db)}
	contributions := rec.newContributions(storage, native, "", announcers, nil, log)
	packs := gitserver.New(gitserver.Config{
		Storage: storage,
		Hooks: hooks.Exec{
			Hooks: hooks.Content{DB: rec.db, Announcers: announcers},
			Dir:   filepath.Join(c.Data, "hooks"), Limit: 30 * time.Second, Mirror: storage.Mirror, Log: log,
		},
		Git: native, Log: log, Version: version, Contributions: contributions,
	})
	return &contributor{contributions: contributions, packs: packs, store: storage, releases: release.NewStore(rec.db, blobs)}, done, nil
}

// storingBlobs opens the blob store for a command that stores blobs, beside a server
// that may be running. Copies of blobs in a bucket are kept in the folder.
func (c *cli) storingBlobs(ctx context.Context, rec *env, folder string, log *slog.Logger) (blobstore.Store, func(), error) {
	bucket, err := c.bucket(log)
	if err != nil {
		return nil, nil, err
	}
	if bucket == nil {
		blobs, err := blobstore.OpenShared(c.blobsDir())
		return blobs, func() {}, err
	}
	blobs, err := c.openCopies(ctx, rec, bucket, filepath.Join(folder, "blobs"), time.Hour, log)
	if err != nil {
		bucket.Close()
		return nil, nil, err
	}
	return blobs, func() { bucket.Close() }, nil
}

// doer returns the account for which something is done: the one that asks over SSH, or
// at the machine the one that --as names.
func (c *cli) doer(ctx context.Context, rec *env, as string) (access.Principal, error) {
	switch {
	case c.principal != nil && as != "" && as != c.principal.Name():
		return access.Principal{}, fmt.Errorf("over SSH everything is done for %s; --as is for the command line of the machine", c.principal.Name())
	case c.principal != nil:
		return *c.principal, nil
	case as == "":
		return access.Principal{}, errors.New("say for which account: --as NAME")
	}
	account, err := rec.access.Account(ctx, as)
	if err != nil {
		return access.Principal{}, err
	}
	return access.Principal{Account: account, Scope: access.ScopeAdmin}, nil
}
