package gitexec

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
)

// WriteBlobs writes blobs, as they are. Nothing is synced.
func (g *Git) WriteBlobs(ctx context.Context, environment []string, blobs [][]byte) (err error) {
	if len(blobs) == 0 {
		return nil
	}
	dir, err := os.MkdirTemp("", "rhaptos-blobs-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var paths bytes.Buffer
	for i, data := range blobs {
		path := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return err
		}
		fmt.Fprintln(&paths, path)
	}
	return g.Run(ctx, Command{
		Args: []string{"-c", "core.fsync=none", "hash-object", "-w", "--no-filters", "--stdin-paths"},
		Env:  environment, Stdin: &paths, Limits: Limits{Wall: objectTime},
	})
}

// WriteTree writes the tree of a commit after changes, which are lines of the form that
// git-update-index(1) takes with --index-info, each ended by NUL. It returns the id of
// the tree. Nothing is synced.
func (g *Git) WriteTree(ctx context.Context, environment []string, commit plumbing.Hash, changes []byte) (id plumbing.Hash, err error) {
	dir, err := os.MkdirTemp("", "rhaptos-index-*")
	if err != nil {
		return id, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	environment = append(slices.Clip(environment), "GIT_INDEX_FILE="+filepath.Join(dir, "index"))
	for _, c := range []Command{
		{Args: []string{"read-tree", commit.String()}},
		{Args: []string{"update-index", "-z", "--index-info"}, Stdin: bytes.NewReader(changes)},
	} {
		c.Env, c.Limits = environment, Limits{Wall: objectTime}
		if err := g.Run(ctx, c); err != nil {
			return id, err
		}
	}
	return g.ObjectID(ctx, environment, nil, "write-tree")
}
