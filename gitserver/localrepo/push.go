package localrepo

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
)

// ReadPrePush reads the input of git's pre-push hook, lines of LOCAL-REF LOCAL-ID REMOTE-REF REMOTE-ID.
func ReadPrePush(r io.Reader) ([]*gitserver.RefUpdate, error) {
	var updates []*gitserver.RefUpdate
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) != 4 || !plumbing.IsHash(fields[1]) || !plumbing.IsHash(fields[3]) {
			return nil, fmt.Errorf("input %q is not in the format of git's pre-push hook", lines.Text())
		}
		updates = append(updates, &gitserver.RefUpdate{Name: fields[2], Old: plumbing.NewHash(fields[3]), New: plumbing.NewHash(fields[1])})
	}
	return updates, lines.Err()
}

// Tree and Environment make a repository gitserver.Incoming.
func (r *Repository) Tree(commit plumbing.Hash) (fs.FS, error) { return r.Commit(commit) }

// Environment implements gitserver.Incoming; nothing is in quarantine here.
func (*Repository) Environment() []string { return nil }

// RemoteHead returns the default branch of the remote, as far as it is known here,
// with the tree of its tip; nil if that is not known. For a remote of which
// nothing is known it is the branch that the server would choose.
func (r *Repository) RemoteHead(ctx context.Context, remote string, updates []*gitserver.RefUpdate) (head string, tip fs.FS, err error) {
	prefix := "refs/remotes/" + remote + "/"
	candidates := []string{"main", "master"}
	if name, err := r.output(ctx, "symbolic-ref", "--quiet", prefix+"HEAD"); err == nil {
		candidates = []string{strings.TrimPrefix(name, prefix)}
	}
	for _, branch := range candidates {
		if tip, _, err := r.Resolve(ctx, prefix+branch); err == nil {
			return "refs/heads/" + branch, tip, nil
		}
	}
	for _, branch := range candidates {
		for _, u := range updates {
			if u.Branch() == branch {
				return u.Name, nil, nil
			}
		}
	}
	for _, u := range updates {
		if u.Branch() != "" && !u.Deletes() {
			return u.Name, nil, nil
		}
	}
	return "refs/heads/main", nil, nil
}
