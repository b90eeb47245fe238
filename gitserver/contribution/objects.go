package contribution

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
)

// How long native git may take.
const mergeTime = time.Minute

// find looks a name up in refs, which are ordered by it.
func find(refs []gitserver.Ref, name string) (gitserver.Ref, bool) {
	for _, r := range refs {
		if r.Name == name {
			return r, true
		}
	}
	return gitserver.Ref{}, false
}

// git runs native git with an environment and returns the one object id that it
// prints.
func (c *Contributions) git(ctx context.Context, environment []string, in io.Reader, args ...string) (plumbing.Hash, error) {
	var out bytes.Buffer
	err := c.Git.Run(ctx, gitexec.Command{Args: args, Env: environment, Stdin: in, Stdout: &out, Limits: gitexec.Limits{Wall: mergeTime}})
	if err != nil {
		return plumbing.ZeroHash, err
	}
	line, _, _ := strings.Cut(out.String(), "\n")
	if !plumbing.IsHash(line) {
		return plumbing.ZeroHash, fmt.Errorf("git %s answered %.200q", args[0], out.String())
	}
	return plumbing.NewHash(line), nil
}

// mergeBase returns the best common ancestor of two commits; zero: there is none.
func (c *Contributions) mergeBase(ctx context.Context, environment []string, a, b plumbing.Hash) (plumbing.Hash, error) {
	base, err := c.git(ctx, environment, nil, "merge-base", a.String(), b.String())
	var failed *gitexec.Error
	if errors.As(err, &failed) && failed.Exit == 1 {
		return plumbing.ZeroHash, nil
	}
	return base, err
}

// commits counts the commits that head has and tip has not.
func (c *Contributions) commits(ctx context.Context, environment []string, tip, head plumbing.Hash) (int, error) {
	var out bytes.Buffer
	err := c.Git.Run(ctx, gitexec.Command{
		Args: []string{"rev-list", "--count", fmt.Sprintf("--max-count=%d", maxCommits+1), head.String(), "^" + tip.String()},
		Env:  environment, Stdout: &out, Limits: gitexec.Limits{Wall: mergeTime},
	})
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(out.String()))
}

// person is the author and committer of a commit that the server makes.
type person struct {
	name, host string
	at         time.Time
}

func (p person) environment() []string {
	date := fmt.Sprintf("%d +0000", p.at.Unix())
	email := p.name + "@" + p.host
	return []string{
		"GIT_AUTHOR_NAME=" + p.name, "GIT_AUTHOR_EMAIL=" + email, "GIT_AUTHOR_DATE=" + date,
		"GIT_COMMITTER_NAME=" + p.name, "GIT_COMMITTER_EMAIL=" + email, "GIT_COMMITTER_DATE=" + date,
	}
}

// commitTree makes a commit of a tree.
func (c *Contributions) commitTree(ctx context.Context, environment []string, by person, tree plumbing.Hash, message string, parents ...plumbing.Hash) (plumbing.Hash, error) {
	args := []string{"-c", "core.fsync=none", "-c", "i18n.commitEncoding=UTF-8", "commit-tree", tree.String()}
	for _, p := range parents {
		args = append(args, "-p", p.String())
	}
	return c.git(ctx, append(append([]string{}, environment...), by.environment()...), strings.NewReader(message), append(args, "-F", "-")...)
}
