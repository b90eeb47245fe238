package contribution

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/gitexec"
)

// Merger merges two commits.
type Merger interface {
	// Merge merges the changes of theirs since base, the merge base of both, into
	// ours. It writes the objects of the tree that results to where the environment
	// lets native git write. Conflicts has a line for each, in a fixed order; if there
	// are any the tree is of no use.
	Merge(ctx context.Context, environment []string, base, ours, theirs plumbing.Hash) (tree plumbing.Hash, conflicts []string, err error)
}

// GitMerger merges as git-merge-tree(1) does.
type GitMerger struct{ Git *gitexec.Git }

// maxConflicts bounds the lines about conflicts.
const maxConflicts = 50

// Merge implements [Merger]. Git finds the merge base itself, and several if there are.
func (m GitMerger) Merge(ctx context.Context, environment []string, _, ours, theirs plumbing.Hash) (plumbing.Hash, []string, error) {
	var out bytes.Buffer
	err := m.Git.Run(ctx, gitexec.Command{
		Args: []string{"-c", "core.fsync=none", "merge-tree", "--write-tree", "-z", "--name-only", "--messages", ours.String(), theirs.String()},
		Env:  environment, Stdout: &out, Limits: gitexec.Limits{Wall: mergeTime},
	})
	var failed *gitexec.Error
	conflict := errors.As(err, &failed) && failed.Exit == 1
	if err != nil && !conflict {
		return plumbing.ZeroHash, nil, err
	}
	tree, lines, err := parseMergeTree(out.String())
	if err == nil && conflict && len(lines) == 0 {
		err = fmt.Errorf("git merge-tree names no conflict: %.500q", out.String())
	}
	if !conflict {
		lines = nil
	}
	return tree, lines, err
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
