package contribution

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/google/uuid"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
)

// attempts bounds how often something is tried when others move the same refs.
const attempts = 10

// errMoved says that somebody else has moved a ref meanwhile.
var errMoved = errors.New("others change this at the same time: try again in a moment")

// By says who does something, and how.
type By struct {
	Actor     string // name of the account
	Transport string // "ssh" or "command"
	At        time.Time
}

// Review adds a review of the latest version of an open contribution. It sets what is
// missing in r: id, version, time, quote.
func (c *Contributions) Review(ctx context.Context, repo *gitserver.Repository, number int64, by By, r *Review) error {
	r.Author = by.Actor
	for range attempts {
		moved, err := c.review(ctx, repo, number, by, r)
		if err != nil || moved {
			return err
		}
	}
	return errMoved
}

// review is one attempt; it reports whether the ref was moved.
func (c *Contributions) review(ctx context.Context, repo *gitserver.Repository, number int64, by By, r *Review) (moved bool, err error) {
	repo, refs, err := c.Storage.Refs(ctx, repo.ID)
	if err != nil {
		return false, err
	}
	of, err := c.Find(ctx, repo.ID, number)
	if err != nil {
		return false, err
	}
	if of.State != Open {
		return false, fmt.Errorf("contribution %d is %s: %w", number, of.State, ErrState)
	}
	q, err := c.Storage.Quarantine(ctx, repo)
	if err != nil {
		return false, err
	}
	defer q.Close()
	tree, err := q.Tree(of.Head)
	if err != nil {
		return false, err
	}
	if err := newReview(r, of, tree, by.At); err != nil {
		return false, err
	}
	old, _ := find(refs, gitserver.ReviewRef)
	note, err := readNote(q, refs, of.Head)
	if err != nil {
		return false, err
	}
	if bytes.Count(note, []byte("\n")) >= maxReviews || len(note) > maxNote {
		return false, fmt.Errorf("version %d has too many reviews", of.Version)
	}
	line, err := json.Marshal(r.annotation())
	if err != nil {
		return false, err
	}
	id, err := c.writeNote(ctx, q, c.person(by.Actor, by.At), old.Target, of, append(append(note, line...), '\n'))
	if err != nil {
		return false, err
	}
	update := &gitserver.RefUpdate{Name: gitserver.ReviewRef, Old: old.Target, New: id}
	push, err := newPush(repo, by, update)
	if err != nil {
		return false, err
	}
	err = c.Storage.Commit(ctx, push, q, func(ctx context.Context, tx database.Tx, push *gitserver.Push) error {
		if push.Updates[0].Refused != "" {
			return errMoved // nothing to record
		}
		now, err := Find(ctx, tx, repo.ID, number)
		if err != nil {
			return err
		}
		if now.State != Open || now.Head != of.Head {
			return errMoved
		}
		return c.announce(ctx, tx, Change{Repository: repo, Contribution: now, What: Reviewed, Actor: by.Actor, Review: r, PushID: push.ID, At: by.At})
	})
	if errors.Is(err, errMoved) {
		return false, nil
	}
	return err == nil, err
}

func newPush(repo *gitserver.Repository, by By, updates ...*gitserver.RefUpdate) (*gitserver.Push, error) {
	id, err := uuid.NewV7()
	return &gitserver.Push{ID: id.String(), Repository: repo, Actor: by.Actor, Transport: by.Transport, At: by.At.UTC().Truncate(time.Microsecond), Updates: updates}, err
}

// writeNote writes a commit on top of old, which may be zero, whose tree has the note
// on the head of the contribution. All notes are in the root of the tree.
func (c *Contributions) writeNote(ctx context.Context, q gitserver.Quarantine, who gitexec.Person, old plumbing.Hash, of *Contribution, note []byte) (plumbing.Hash, error) {
	commit := gitexec.Commit{By: who, Message: fmt.Sprintf("Review contribution %d, version %d\n", of.Number, of.Version)}
	if !old.IsZero() {
		commit.Parents = []plumbing.Hash{old}
	}
	id, err := c.Git.CommitFile(ctx, q.Environment(), of.Head.String(), note, commit)
	if err != nil {
		return old, err
	}
	return id, q.Seal(ctx)
}

// Close closes an open contribution.
func (c *Contributions) Close(ctx context.Context, repo *gitserver.Repository, number int64, by By) (*Contribution, error) {
	return c.setState(ctx, repo, number, by, Open, Closed, WasClosed)
}

// Reopen opens a closed contribution again.
func (c *Contributions) Reopen(ctx context.Context, repo *gitserver.Repository, number int64, by By) (*Contribution, error) {
	return c.setState(ctx, repo, number, by, Closed, Open, Reopened)
}

func (c *Contributions) setState(ctx context.Context, repo *gitserver.Repository, number int64, by By, from, to State, what string) (of *Contribution, err error) {
	err = c.DB.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		if of, err = Find(ctx, tx, repo.ID, number); err != nil {
			return err
		}
		moved, err := of.move(ctx, tx, from, to, plumbing.ZeroHash, by.Actor, by.At)
		if err != nil {
			return err
		}
		if !moved {
			return fmt.Errorf("contribution %d is %s: %w", number, of.State, ErrState)
		}
		of.State, of.ChangedBy, of.Updated = to, by.Actor, by.At
		return c.announce(ctx, tx, Change{Repository: repo, Contribution: of, What: what, Actor: by.Actor, At: by.At})
	})
	return of, err
}
