package main

import (
	"context"
	"errors"
	"os"

	"github.com/rhaptos/rhaptos/gitserver/localrepo"
)

// open finds what is to be judged.
func (k *checkCmd) open(ctx context.Context) (*subject, error) {
	if k.Repo == "" && !k.Staged {
		return &subject{tree: os.DirFS(k.dir()), skip: ignored(ctx, k.dir()), close: func() error { return nil }}, nil
	}
	repo, err := localrepo.Open(ctx, k.dir())
	if err != nil {
		return nil, err
	}
	s, err := k.inRepository(ctx, repo)
	if err != nil {
		return nil, errors.Join(err, repo.Close())
	}
	return s, nil
}

func (k *checkCmd) inRepository(ctx context.Context, repo *localrepo.Repository) (*subject, error) {
	s := &subject{close: repo.Close}
	var err error
	if k.Staged {
		s.tree, err = repo.Staged(ctx)
	} else {
		rev := "HEAD"
		if k.Target != "" {
			rev = k.Target
		}
		s.tree, s.commit, err = repo.Resolve(ctx, rev)
	}
	if err == nil && k.Base != "" {
		s.base, _, err = repo.Resolve(ctx, k.Base)
	}
	return s, err
}

// ignored returns a function that reports whether git ignores a path in the folder;
// nil if that is in no repository.
func ignored(ctx context.Context, dir string) func(path string) bool {
	repo, err := localrepo.Open(ctx, dir)
	if err != nil {
		return nil
	}
	defer repo.Close()
	skip, err := repo.Ignored(ctx)
	if err != nil {
		return nil
	}
	return skip
}
