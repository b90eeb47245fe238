package contribution

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/gitexec"
)

// Merger merges two commits.
type Merger interface {
	// Merge merges the changes of theirs since base, a merge base of both, into ours.
	// It writes the objects of the tree that results to where the environment of the
	// objects lets native git write.
	Merge(ctx context.Context, objects Objects, base, ours, theirs plumbing.Hash) (*Merged, error)
}

// Objects are the commits and trees of a repository: [gitserver.Incoming].
type Objects interface {
	Tree(commit plumbing.Hash) (fs.FS, error)
	Environment() []string
}

// Merged is the merge of two commits.
type Merged struct {
	Tree      plumbing.Hash // of no use if there are conflicts
	Conflicts []string      // a line each, in a fixed order
	Notices   []string      // of what merged and should be looked at, a line each
}

// GitMerger merges as git-merge-tree(1) does.
type GitMerger struct{ Git *gitexec.Git }

// maxConflicts bounds the lines about conflicts.
const maxConflicts = 50

// Merge implements [Merger]. Git finds the merge base itself, and several if there are.
func (m GitMerger) Merge(ctx context.Context, objects Objects, _, ours, theirs plumbing.Hash) (*Merged, error) {
	var out bytes.Buffer
	err := m.Git.Run(ctx, gitexec.Command{
		Args: []string{"-c", "core.fsync=none", "merge-tree", "--write-tree", "-z", "--name-only", "--messages", ours.String(), theirs.String()},
		Env:  objects.Environment(), Stdout: &out, Limits: gitexec.Limits{Wall: mergeTime},
	})
	var failed *gitexec.Error
	conflict := errors.As(err, &failed) && failed.Exit == 1
	if err != nil && !conflict {
		return nil, err
	}
	tree, lines, err := parseMergeTree(out.String())
	if err == nil && conflict && len(lines) == 0 {
		err = fmt.Errorf("git merge-tree names no conflict: %.500q", out.String())
	}
	if !conflict {
		lines = nil
	}
	return &Merged{Tree: tree, Conflicts: lines}, err
}

// parseMergeTree reads the output of git merge-tree -z --name-only: the tree, the
// files in conflict, an empty field, and messages, of which those about conflicts are
// returned. A message is the number of its paths, these, its type and its text.
func parseMergeTree(out string) (tree plumbing.Hash, conflicts []string, err error) {
	fields := strings.Split(out, "\x00")
	if !plumbing.IsHash(fields[0]) {
		return tree, nil, fmt.Errorf("git merge-tree answered %.200q", out)
	}
	tree = plumbing.NewHash(fields[0])
	i := 1
	for i < len(fields) && fields[i] != "" {
		i++
	}
	for i++; i < len(fields)-1; i++ {
		n, err := strconv.Atoi(fields[i])
		if err != nil || n < 0 || i+n+2 >= len(fields) {
			return tree, nil, fmt.Errorf("git merge-tree answered %.200q", out)
		}
		paths, kind, text := fields[i+1:i+1+n], fields[i+n+1], fields[i+n+2]
		i += n + 2
		if !strings.HasPrefix(kind, "CONFLICT") {
			continue
		}
		line := oneLine(strings.TrimPrefix(text, kind+": "), 500)
		if len(paths) == 1 && kind == "CONFLICT (contents)" {
			line = oneLine(paths[0], 300) + ": both changed the same lines"
		}
		if len(conflicts) == maxConflicts {
			return tree, append(conflicts, "and more"), nil
		}
		conflicts = append(conflicts, line)
	}
	return tree, conflicts, nil
}
