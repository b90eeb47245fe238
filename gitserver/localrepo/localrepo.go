// Package localrepo reads a git repository on an author's machine: its commits,
// what is staged, and what it knows of a remote. Native git resolves names; the
// objects are read in process, those of alternates too.
package localrepo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/tree"
)

// Repository is a git repository on an author's machine.
type Repository struct {
	*tree.Objects
	git *gitexec.Git
	dir string
}

// Open opens the repository that the folder is in.
func Open(ctx context.Context, dir string) (*Repository, error) {
	git, err := gitexec.Find(ctx)
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	r := &Repository{git: git, dir: dir}
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

// output runs git with the settings of whoever runs the program, and returns its
// standard output.
func (r *Repository) output(ctx context.Context, args ...string) (string, error) {
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

// Resolve returns the tree of the commit that git knows by the name, and its id.
func (r *Repository) Resolve(ctx context.Context, rev string) (fs.FS, string, error) {
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

// Staged returns the tree that the next commit will have. Git writes it, so that it
// need not be told how an index may look.
func (r *Repository) Staged(ctx context.Context) (fs.FS, error) {
	id, err := r.output(ctx, "write-tree")
	if err != nil {
		return nil, err
	}
	// The tree is newer than the objects that were opened.
	if err := r.Close(); err != nil {
		return nil, err
	}
	again, err := Open(ctx, r.dir)
	if err != nil {
		return nil, err
	}
	r.Objects = again.Objects
	return r.Root(plumbing.NewHash(id), time.Now()), nil
}

// Hooks returns the folder in which git looks for hooks.
func (r *Repository) Hooks(ctx context.Context) (string, error) {
	return r.output(ctx, "rev-parse", "--path-format=absolute", "--git-path", "hooks")
}

// Top returns the folder that holds the repository's files.
func (r *Repository) Top(ctx context.Context) (string, error) {
	return r.output(ctx, "rev-parse", "--path-format=absolute", "--show-toplevel")
}

// Configure sets a variable of the repository's own configuration.
func (r *Repository) Configure(ctx context.Context, name, value string) error {
	_, err := r.output(ctx, "config", "--local", name, value)
	return err
}

// Prefix returns the path of the folder that was opened in the repository's
// tree; "." for its root.
func (r *Repository) Prefix(ctx context.Context) (string, error) {
	prefix, err := r.output(ctx, "rev-parse", "--show-prefix")
	return path.Clean(filepath.ToSlash(prefix)), err
}

// Ignored returns a function that reports whether git ignores a path. Paths are
// relative to the folder that was opened.
func (r *Repository) Ignored(ctx context.Context) (func(path string) bool, error) {
	out, err := r.output(ctx, "ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z")
	if err != nil {
		return nil, err
	}
	ignored := map[string]bool{}
	for name := range strings.SplitSeq(out, "\x00") {
		ignored[strings.TrimSuffix(name, "/")] = true
	}
	return func(path string) bool { return ignored[path] }, nil
}
