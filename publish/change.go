package publish

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/release"
)

// longestReason bounds the reason of a change, in characters. It is shown on one
// page and sent in one field.
const longestReason = 500

// Decision names a release and says why, and by whom, it is to be withdrawn,
// blocked, restored or rescheduled.
type Decision struct {
	RepositoryID string
	Book         string
	Number       release.Number
	Reason       string // for readers and for receivers of events; at most longestReason
	By           string // of a block: the URL of who demands it; may be empty
	Actor        string // the account's name; empty: the operator
}

func (d *Decision) change() (release.Change, error) {
	reason := strings.Join(strings.Fields(strings.ToValidUTF8(d.Reason, "\uFFFD")), " ")
	if utf8.RuneCountInString(reason) > longestReason {
		return release.Change{}, fmt.Errorf("the reason is longer than %d characters", longestReason)
	}
	return release.Change{RepositoryID: d.RepositoryID, Book: d.Book, Release: d.Number, Reason: reason,
		Actor: d.Actor, At: time.Now().UTC().Truncate(time.Microsecond)}, nil
}

// decide carries out a decision in one transaction with the job that announces it:
// at once if a server runs, else when the next one starts.
func (d *Decision) decide(ctx context.Context, db database.DB, do func(ctx context.Context, tx database.Tx, c release.Change) (*release.Change, error)) (what release.ChangeKind, err error) {
	err = db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		if _, err := lockRepository(ctx, tx, d.RepositoryID); err != nil {
			return err
		}
		c, err := d.change()
		if err != nil {
			return err
		}
		done, err := do(ctx, tx, c)
		if errors.Is(err, release.ErrNotFound) {
			return fmt.Errorf("%s %s: %w", d.Book, d.Number, err)
		}
		if err != nil {
			return err
		}
		what = done.Kind
		if _, announced := changeEvents[what]; !announced {
			return nil
		}
		return tx.Enqueue(ctx, changeJob{done.RepositoryID, done.Number}, nil)
	})
	return what, err
}

// Withdraw withdraws a release; readers see the reason. An embargoed release is
// cancelled. The result says which.
func Withdraw(ctx context.Context, db database.DB, releases *release.Store, d Decision) (release.ChangeKind, error) {
	if strings.TrimSpace(d.Reason) == "" {
		return "", errors.New("give a reason to show to readers")
	}
	return d.decide(ctx, db, releases.Withdraw)
}

// Block makes a release unavailable for legal reasons (RFC 7725). An embargoed
// release is cancelled. The result says which.
func Block(ctx context.Context, db database.DB, releases *release.Store, d Decision) (release.ChangeKind, error) {
	if strings.TrimSpace(d.Reason) == "" {
		return "", errors.New("give a reason to show to readers")
	}
	return d.decide(ctx, db, func(ctx context.Context, tx database.Tx, c release.Change) (*release.Change, error) {
		return releases.Block(ctx, tx, c, d.By)
	})
}

// Restore makes a withdrawn or blocked release available again.
func Restore(ctx context.Context, db database.DB, releases *release.Store, d Decision) error {
	_, err := d.decide(ctx, db, releases.Restore)
	return err
}

// Reschedule moves the end of an embargo. If the new time has passed the release
// appears at once.
func Reschedule(ctx context.Context, db database.DB, releases *release.Store, d Decision, at time.Time) error {
	_, err := d.decide(ctx, db, func(ctx context.Context, tx database.Tx, c release.Change) (*release.Change, error) {
		r, err := releases.Reschedule(ctx, tx, c, at)
		if err != nil {
			return nil, err
		}
		c.Kind = release.ChangeRescheduled
		return &c, awaitTime(ctx, tx, r)
	})
	return err
}
