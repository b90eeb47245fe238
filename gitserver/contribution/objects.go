package contribution

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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

// mergeBase returns the best common ancestor of two commits; zero: there is none.
func (c *Contributions) mergeBase(ctx context.Context, environment []string, a, b plumbing.Hash) (plumbing.Hash, error) {
	base, err := c.Git.ObjectID(ctx, environment, nil, "merge-base", a.String(), b.String())
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

// person returns who makes a commit on the server, under an address of its host.
func (c *Contributions) person(name string, at time.Time) gitexec.Person {
	return gitexec.Person{Name: name, Address: name + "@" + c.Host, At: at}
}
