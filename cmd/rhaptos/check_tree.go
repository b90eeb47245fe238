package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/tree"
)

// open finds what is to be judged.
func (k *checkCmd) open(ctx context.Context) (*subject, error) {
	if k.Repo == "" && !k.Staged {
		return &subject{tree: os.DirFS(k.dir()), close: func() error { return nil }}, nil
	}
	repo, err := openLocal(ctx, k.dir())
	if err != nil {
		return nil, err
	}
	s, err := k.inRepository(ctx, repo)
	if err != nil {
		return nil, errors.Join(err, repo.Close())
	}
	return s, nil
}

func (k *checkCmd) inRepository(ctx context.Context, repo *local) (*subject, error) {
	s := &subject{close: repo.Close}
	var err error
	if k.Staged {
		s.tree, err = repo.staged(ctx)
	} else {
		rev := "HEAD"
		if k.Target != "" {
			rev = k.Target
		}
		s.tree, s.commit, err = repo.commit(ctx, rev)
	}
	if err == nil && k.Base != "" {
		s.base, _, err = repo.commit(ctx, k.Base)
	}
	return s, err
}

// local is a git repository on an author's machine.
type local struct {
	*tree.Objects
	git *gitexec.Git
	dir string
}

// openLocal opens the repository that the folder is in.
func openLocal(ctx context.Context, dir string) (*local, error) {
	git, err := gitexec.Find(ctx)
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	r := &local{git: git, dir: dir}
	objects, err := r.output(ctx, "rev-parse", "--path-format=absolute", "--git-path", "objects")
	if err != nil {
		return nil, err
	}
	dirs, err := objectDirs(objects, map[string]bool{})
	if err != nil {
		return nil, err
	}
	if r.Objects, err = tree.Open(dirs...); err != nil {
		return nil, err
	}
	return r, nil
}

// output is what git prints, with the settings of whoever runs the program.
func (r *local) output(ctx context.Context, args ...string) (string, error) {
	var out strings.Builder
	err := r.git.Run(ctx, gitexec.Command{Args: append([]string{"-C", r.dir}, args...), Stdout: &out, Inherit: true})
	return strings.TrimSuffix(out.String(), "\n"), err
}

// objectDirs are the folders that hold the object folder and its alternates
// (see gitrepository-layout(5)).
func objectDirs(objects string, seen map[string]bool) ([]string, error) {
	if seen[objects] {
		return nil, nil
	}
	seen[objects] = true
	if filepath.Base(objects) != "objects" {
		return nil, fmt.Errorf("%s: the folder of a repository's objects must have the name objects", objects)
	}
	dirs := []string{filepath.Dir(objects)}
	data, err := os.ReadFile(filepath.Join(objects, "info", "alternates"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		if !filepath.IsAbs(line) {
			line = filepath.Join(objects, line)
		}
		more, err := objectDirs(filepath.Clean(line), seen)
		if err != nil {
			return nil, err
		}
		dirs = append(dirs, more...)
	}
	return dirs, nil
}

// commit is the tree of the commit that git knows by the name, and its id.
func (r *local) commit(ctx context.Context, rev string) (fs.FS, string, error) {
	id, err := r.output(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	var failed *gitexec.Error
	if errors.As(err, &failed) && failed.Exit == 1 {
		return nil, "", fmt.Errorf("%s has no commit %q", r.dir, rev)
	}
	if err != nil {
		return nil, "", err
	}
	fsys, err := r.Commit(plumbing.NewHash(id))
	return fsys, id, err
}

// staged is the tree that the next commit will have. Git writes it, so that it
// need not be told how an index may look.
func (r *local) staged(ctx context.Context) (fs.FS, error) {
	id, err := r.output(ctx, "write-tree")
	if err != nil {
		return nil, err
	}
	// The tree is newer than the objects that were opened.
	if err := r.Close(); err != nil {
		return nil, err
	}
	again, err := openLocal(ctx, r.dir)
	if err != nil {
		return nil, err
	}
	r.Objects = again.Objects
	return r.Root(plumbing.NewHash(id), time.Now()), nil
}
