package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/hooks"
	"github.com/rhaptos/rhaptos/publish/report"
)

// hookMark is in the second line of every pre-push hook that is ours.
const hookMark = `# Written by "rhaptos check --install-hook"`

const hookScript = "#!/bin/sh\n" + hookMark + `: judges what is pushed as the server will.
if ! command -v rhaptos >/dev/null 2>&1; then
	echo "rhaptos is not on the PATH: what is pushed was not judged here" >&2
	exit 0
fi
exec rhaptos check --pre-push "$1"
`

// installHook writes the pre-push hook where git looks for it. A hook of
// somebody else's stays.
func installHook(ctx context.Context, dir string, con console) error {
	repo, err := openLocal(ctx, dir)
	if err != nil {
		return err
	}
	defer repo.Close()
	folder, err := repo.output(ctx, "rev-parse", "--path-format=absolute", "--git-path", "hooks")
	if err != nil {
		return err
	}
	path := filepath.Join(folder, "pre-push")
	there, err := os.ReadFile(path)
	switch {
	case err == nil && !bytes.Contains(there, []byte(hookMark)):
		return fmt.Errorf("%s is there already and not ours: let it call\n  rhaptos check --pre-push \"$1\"\nwith its own input", path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	err = os.WriteFile(path, []byte(hookScript), 0o777)
	if err := errors.Join(err, os.Chmod(path, 0o755)); err != nil { // git leaves out what is not executable
		return err
	}
	con.printf("wrote %s\n", path)
	return nil
}

// prePush is git's pre-push hook (see githooks(5)): it reads what is to be
// pushed and fails if the server would refuse some of it. It is the server's
// own judgement, over the objects that are here.
func prePush(ctx context.Context, dir, remote string, con console) error {
	repo, err := openLocal(ctx, dir)
	if err != nil {
		return err
	}
	defer repo.Close()
	updates, err := readPrePush(con.in)
	if err != nil || len(updates) == 0 {
		return err
	}
	head, tip, err := repo.remoteHead(ctx, remote, updates)
	if err != nil {
		return err
	}
	push := &gitserver.Push{Repository: &gitserver.Repository{Head: head}, Quiet: true, Updates: updates}
	var said strings.Builder
	if _, err := (hooks.Content{}).PreReceive(ctx, push, tip, repo, &said); err != nil {
		return err
	}
	for line := range strings.Lines(said.String()) {
		fmt.Fprintln(con.err, report.Printable(strings.TrimSuffix(line, "\n"), 1000))
	}
	for _, u := range updates {
		if u.Refused != "" {
			return errors.New("not pushed; git push --no-verify leaves the judgement to the server")
		}
	}
	return nil
}

// readPrePush reads the lines LOCAL-REF LOCAL-ID REMOTE-REF REMOTE-ID.
func readPrePush(r io.Reader) ([]*gitserver.RefUpdate, error) {
	var updates []*gitserver.RefUpdate
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) != 4 || !plumbing.IsHash(fields[1]) || !plumbing.IsHash(fields[3]) {
			return nil, fmt.Errorf("input %q is not what git gives a pre-push hook", lines.Text())
		}
		updates = append(updates, &gitserver.RefUpdate{Name: fields[2], Old: plumbing.NewHash(fields[3]), New: plumbing.NewHash(fields[1])})
	}
	return updates, lines.Err()
}

// Tree and Environment make a local repository gitserver.Incoming.
func (r *local) Tree(commit plumbing.Hash) (fs.FS, error) { return r.Commit(commit) }

// Environment implements gitserver.Incoming; nothing is in quarantine here.
func (*local) Environment() []string { return nil }

// remoteHead is the default branch of the remote, as far as it is known here,
// with the tree of its tip; nil if that is not known. For a remote of which
// nothing is known it is the branch that the server would choose.
func (r *local) remoteHead(ctx context.Context, remote string, updates []*gitserver.RefUpdate) (head string, tip fs.FS, err error) {
	prefix := "refs/remotes/" + remote + "/"
	candidates := []string{"main", "master"}
	if name, err := r.output(ctx, "symbolic-ref", "--quiet", prefix+"HEAD"); err == nil {
		candidates = []string{strings.TrimPrefix(name, prefix)}
	}
	for _, branch := range candidates {
		if tip, _, err := r.commit(ctx, prefix+branch); err == nil {
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
