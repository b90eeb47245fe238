package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/localrepo"
	"github.com/rhaptos/rhaptos/gitserver/plaintext"
	"github.com/rhaptos/rhaptos/hooks"
)

// hookMark is in the second line of every pre-push hook that is ours.
const hookMark = `# Written by "rhaptos check --install-hook"`

const hookScript = "#!/bin/sh\n" + hookMark + `: checks what is pushed as the server will.
if ! command -v rhaptos >/dev/null 2>&1; then
	echo "rhaptos is not in PATH: the push was not checked here" >&2
	exit 0
fi
exec rhaptos check --pre-push "$1"
`

// installHook writes the pre-push hook where git looks for it. A hook of
// somebody else's stays.
func installHook(ctx context.Context, dir string, con console) error {
	repo, err := localrepo.Open(ctx, dir)
	if err != nil {
		return err
	}
	defer repo.Close()
	folder, err := repo.Hooks(ctx)
	if err != nil {
		return err
	}
	path := filepath.Join(folder, "pre-push")
	there, err := os.ReadFile(path)
	switch {
	case err == nil && !bytes.Contains(there, []byte(hookMark)):
		return fmt.Errorf("%s already exists and was not written by rhaptos; let it call\n  rhaptos check --pre-push \"$1\"\nwith its own input", path)
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
	repo, err := localrepo.Open(ctx, dir)
	if err != nil {
		return err
	}
	defer repo.Close()
	updates, err := localrepo.ReadPrePush(con.in)
	if err != nil || len(updates) == 0 {
		return err
	}
	head, tip, err := repo.RemoteHead(ctx, remote, updates)
	if err != nil {
		return err
	}
	push := &gitserver.Push{Repository: &gitserver.Repository{Head: head}, Quiet: true, Updates: updates}
	var said strings.Builder
	if err := repo.CheckPaths(ctx, remote, updates, &said); err != nil {
		return err
	}
	if _, err := (hooks.Content{}).PreReceive(ctx, push, tip, repo, &said); err != nil {
		return err
	}
	for line := range strings.Lines(said.String()) {
		fmt.Fprintln(con.err, plaintext.Line(strings.TrimSuffix(line, "\n"), 1000))
	}
	for _, u := range updates {
		if u.Refused != "" {
			return errors.New("not pushed; git push --no-verify skips this check")
		}
	}
	return nil
}
