package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/store"
	"github.com/rhaptos/rhaptos/hooks"
	"github.com/rhaptos/rhaptos/publish/webhook"
)

// gitSource shows commits of the store to the world of books, which does not know
// git: it is publish.Source and webhook.Resolver.
type gitSource struct{ store *store.Store }

// Tree implements publish.Source.
func (t gitSource) Tree(ctx context.Context, repositoryID, commit string) (fs.FS, func() error, error) {
	repo, err := t.store.ByID(ctx, t.store.DB, repositoryID)
	if err != nil {
		return nil, nil, err
	}
	objects, err := t.store.Objects(ctx, repo)
	if err != nil {
		return nil, nil, err
	}
	fsys, err := objects.Commit(plumbing.NewHash(commit))
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		err = fmt.Errorf("commit %s: %w", commit, fs.ErrNotExist)
	}
	if err != nil {
		return nil, nil, errors.Join(err, objects.Close())
	}
	return t.store.Viewed(repositoryID, fsys), objects.Close, nil
}

// Renames implements publish.Renamer.
func (t gitSource) Renames(ctx context.Context, repositoryID, from, to string) (map[string]string, error) {
	return t.store.Renames(ctx, repositoryID, from, to)
}

// Head implements webhook.Resolver.
func (t gitSource) Head(ctx context.Context, q database.Queryer, repositoryID string) (string, error) {
	repo, err := t.store.ByID(ctx, q, repositoryID)
	if err != nil {
		return "", err
	}
	return repo.Head, nil
}

// Resolve implements webhook.Resolver.
func (t gitSource) Resolve(ctx context.Context, q database.Queryer, repositoryID, name string) (string, error) {
	ref, ok, err := t.store.Ref(ctx, q, repositoryID, name)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", webhook.ErrNoRef
	}
	return commitOf(ref), nil
}

// Published implements webhook.Resolver: by the settings of the default
// branch, as for a push.
func (t gitSource) Published(ctx context.Context, repositoryID, ref, _ string) (bool, error) {
	repo, err := t.store.ByID(ctx, t.store.DB, repositoryID)
	if err != nil {
		return false, err
	}
	head, ok, err := t.store.Ref(ctx, t.store.DB, repositoryID, repo.Head)
	if err != nil {
		return false, err
	}
	var fsys fs.FS
	if ok {
		read, done, err := t.Tree(ctx, repositoryID, head.Target.String())
		if err != nil {
			return false, err
		}
		defer done()
		fsys = read
	}
	return hooks.Content{}.Policy(repo, fsys).Published(ref), nil
}
