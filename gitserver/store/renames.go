package store

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/gitexec"
)

// Bounds of looking for renamed files: what takes longer is not worth the guess.
const (
	renameWall    = 20 * time.Second
	renameLimit   = 2000     // files on either side that are compared with each other
	renamesOutput = 16 << 20 // bytes
)

// Renames are the files of a repository that have another path in the commit to
// than in from, by old path: those that "git diff -M" finds to be alike by half at
// least. The error of a commit that is not there matches fs.ErrNotExist.
func (s *Store) Renames(ctx context.Context, repositoryID, from, to string) (map[string]string, error) {
	repo, err := s.ByID(ctx, s.DB, repositoryID)
	if err != nil {
		return nil, err
	}
	dir, err := s.Mirror(ctx, repo)
	if err != nil {
		return nil, err
	}
	for _, commit := range []string{from, to} {
		if err := s.git.Run(ctx, gitexec.Command{Args: []string{"--git-dir=" + dir, "cat-file", "-e", commit + "^{commit}"}}); err != nil {
			return nil, fmt.Errorf("commit %s: %w: %w", commit, fs.ErrNotExist, err)
		}
	}
	var out bytes.Buffer
	err = s.git.Run(ctx, gitexec.Command{
		Args: []string{"--git-dir=" + dir, "diff-tree", "-r", "-z", "--name-status", "--diff-filter=R", "-M50%",
			fmt.Sprintf("-l%d", renameLimit), from, to},
		Stdout: &limited{w: &out, left: renamesOutput}, Limits: gitexec.Limits{Wall: renameWall},
	})
	if err != nil {
		return nil, fmt.Errorf("look for renamed files: %w", err)
	}
	renames := map[string]string{}
	fields := strings.Split(strings.TrimSuffix(out.String(), "\x00"), "\x00") // R087, old, new, ...
	for i := 0; i+2 < len(fields); i += 3 {
		renames[fields[i+1]] = fields[i+2]
	}
	return renames, nil
}

// limited takes no more than some bytes, and fails for more.
type limited struct {
	w    *bytes.Buffer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if len(p) > l.left {
		return 0, fmt.Errorf("more than %d bytes", renamesOutput)
	}
	l.left -= len(p)
	return l.w.Write(p)
}
