package contribution

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/failpoint"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/pktline"
)

// Receiver takes pushes: [gitserver.Server].
type Receiver interface {
	ReceivePack(ctx context.Context, session *gitserver.Session, in io.Reader, out io.Writer) error
}

// Acceptance is a request to accept a contribution.
type Acceptance struct {
	Repository *gitserver.Repository
	Number     int64
	By         By
	Options    []string // push options, verbatim
	MayPush    func(ctx context.Context, published bool) error
}

// ConflictError says that a contribution does not merge with its branch.
type ConflictError struct {
	Branch    string
	Conflicts []string
}

// Error implements [error].
func (e *ConflictError) Error() string {
	return fmt.Sprintf("it conflicts with %s:\n  %s\nIts author can merge or rebase it and push it again", e.Branch, strings.Join(e.Conflicts, "\n  "))
}

// RefusedError says why the push that accepts a contribution was refused.
type RefusedError struct {
	Why     string
	Verdict []string // the messages that a pusher would get, line by line
}

// Error implements [error].
func (e *RefusedError) Error() string { return e.Why }

// Accept merges the latest version of a contribution into its branch and pushes the
// result, like anybody who pushes. The push and the new state of the contribution are
// one transaction. It returns the push.
func (c *Contributions) Accept(ctx context.Context, packs Receiver, a Acceptance) (*gitserver.Push, error) {
	for range attempts {
		push, err := c.accept(ctx, packs, a)
		if !errors.Is(err, errMoved) {
			return push, err
		}
	}
	return nil, errMoved
}

// accept is one attempt. Its error matches errMoved if the branch was moved meanwhile.
func (c *Contributions) accept(ctx context.Context, packs Receiver, a Acceptance) (*gitserver.Push, error) {
	repo, refs, err := c.Storage.Refs(ctx, a.Repository.ID)
	if err != nil {
		return nil, err
	}
	of, err := c.Find(ctx, repo.ID, a.Number)
	if err != nil {
		return nil, err
	}
	if of.State != Open {
		return nil, fmt.Errorf("contribution %d is %s: %w", a.Number, of.State, ErrState)
	}
	tip, ok := find(refs, "refs/heads/"+of.Branch)
	if !ok {
		return nil, fmt.Errorf("the branch %s has been deleted: %w", of.Branch, ErrState)
	}
	q, err := c.Storage.Quarantine(ctx, repo)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	merge, notices, err := c.mergeFor(ctx, q, repo, refs, of, tip.Target, a.By)
	if err != nil {
		return nil, err
	}
	pack, err := c.pack(ctx, q, merge, tip.Target, of.Head)
	if err != nil {
		return nil, err
	}
	defer os.Remove(pack.Name())
	defer pack.Close()
	failpoint.Hit("accept-merged")
	var push *gitserver.Push
	session := &gitserver.Session{
		Repository: repo, Actor: a.By.Actor, Transport: a.By.Transport, Stateless: true, MayPush: a.MayPush,
		Accepts: of.Number, OnDone: func(p *gitserver.Push) { push = p },
	}
	in := io.MultiReader(bytes.NewReader(commands(tip.Target, merge, tip.Name, a.Options)), pack)
	if err := packs.ReceivePack(ctx, session, in, io.Discard); err != nil {
		return nil, err
	}
	if push == nil {
		return nil, errors.New("the push was not made")
	}
	failpoint.Hit("accept-pushed")
	push.Verdict = append(notices, push.Verdict...)
	switch why := push.Updates[0].Refused; why {
	case "":
		return push, nil
	case "fetch first":
		return nil, errMoved
	default:
		return nil, &RefusedError{why, push.Verdict}
	}
}

// mergeFor makes the commit that merges a contribution into its branch. Notices are of
// what should be looked at in it.
func (c *Contributions) mergeFor(ctx context.Context, q gitserver.Quarantine, repo *gitserver.Repository, refs []gitserver.Ref, of *Contribution, tip plumbing.Hash, by By) (commit plumbing.Hash, notices []string, err error) {
	environment := q.Environment()
	base, err := c.mergeBase(ctx, environment, tip, of.Head)
	if err != nil {
		return tip, nil, err
	}
	merged, err := c.Merger.Merge(ctx, q, base, tip, of.Head)
	if err != nil {
		return tip, nil, err
	}
	if len(merged.Conflicts) > 0 {
		return tip, nil, &ConflictError{of.Branch, merged.Conflicts}
	}
	reviews, err := readReviews(q, refs, of.Head)
	if err != nil {
		return tip, nil, err
	}
	approve, _, err := c.approvals(ctx, repo, of, reviews)
	if err != nil {
		return tip, nil, err
	}
	commit, err = c.Git.CommitTree(ctx, environment, merged.Tree, gitexec.Commit{
		By: c.person(by.Actor, by.At), Message: c.message(of, approve), Parents: []plumbing.Hash{tip, of.Head},
	})
	return commit, merged.Notices, err
}

// message is the message of the commit that accepts a contribution.
func (c *Contributions) message(of *Contribution, approve []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Merge contribution %d: %s\n\n", of.Number, of.Title)
	if of.Description != "" {
		fmt.Fprintf(&b, "%s\n\n", of.Description)
	}
	fmt.Fprintf(&b, "Contributed-by: %s <%[1]s@%s>\n", of.Author, c.Host)
	for _, name := range slices.Sorted(slices.Values(approve)) {
		fmt.Fprintf(&b, "Reviewed-by: %s <%[1]s@%s>\n", name, c.Host)
	}
	return b.String()
}

// pack returns a file with the objects that merge has and neither of its parents.
func (c *Contributions) pack(ctx context.Context, q gitserver.Quarantine, merge plumbing.Hash, parents ...plumbing.Hash) (*os.File, error) {
	file, err := os.CreateTemp("", "rhaptos-accept-*.pack")
	if err != nil {
		return nil, err
	}
	revs := merge.String() + "\n"
	for _, p := range parents {
		revs += "^" + p.String() + "\n"
	}
	err = c.Git.Run(ctx, gitexec.Command{
		Args: []string{"pack-objects", "--quiet", "--revs", "--thin", "--delta-base-offset", "--stdout"},
		Env:  q.Environment(), Stdin: strings.NewReader(revs), Stdout: file,
	})
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	return file, nil
}

// commands is the part of a push that precedes the pack, as a client sends it.
func commands(old, new plumbing.Hash, name string, options []string) []byte {
	b := pktline.Append(nil, old.String(), " ", new.String(), " ", name, "\x00report-status push-options")
	b = pktline.AppendSpecial(b, pktline.Flush)
	for _, o := range options {
		b = pktline.Append(b, o)
	}
	return pktline.AppendSpecial(b, pktline.Flush)
}
