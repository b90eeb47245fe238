package release

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/plaintext"
)

// ChangeKind says how a release was changed after its publication. Its bytes
// never change.
type ChangeKind string

// The kinds of changes.
const (
	ChangeWithdrawn   ChangeKind = "withdrawn"
	ChangeBlocked     ChangeKind = "blocked"
	ChangeRestored    ChangeKind = "restored"
	ChangeRescheduled ChangeKind = "moved"     // the time at which it is to appear
	ChangeCancelled   ChangeKind = "cancelled" // before it appeared: it is as if it had never been
	ChangeAppeared    ChangeKind = "appeared"
)

// Change is one thing that was done to a release, by whom and when.
type Change struct {
	RepositoryID string
	Number       int64 // counts up from 1 in the repository; given by the store
	Book         string
	Release      Number
	Kind         ChangeKind
	Reason       string
	Actor        string // the account's name; empty: the operator, or the server by itself
	At           time.Time
}

// A StateError says that something cannot be done to a release because of the
// state that it is in.
type StateError struct {
	Book   string
	Number Number
	State  State
	Wanted string // what was to be done: "withdrawn"
	Hint   string // what to do instead; may be empty
}

func (e *StateError) Error() string {
	s := fmt.Sprintf("%s %s is %s and cannot be %s", e.Book, e.Number, e.State, e.Wanted)
	if e.Hint != "" {
		s += ": " + e.Hint
	}
	return s
}

// Withdraw takes a release away from readers, who are shown the reason. One that
// has not appeared is cancelled: its number is free again. The change is
// announced by whoever takes it; see TakeChange.
func (s *Store) Withdraw(ctx context.Context, tx database.Tx, c Change) (*Change, error) {
	r, err := s.find(ctx, tx, c.RepositoryID, c.Book, c.Release)
	if err != nil {
		return nil, err
	}
	switch r.State {
	case Embargoed:
		return s.cancel(ctx, tx, c)
	case Current:
		r.State, r.Reason, c.Kind = Withdrawn, c.Reason, ChangeWithdrawn
		return s.change(ctx, tx, r, c)
	}
	return nil, &StateError{r.Book, r.Number, r.State, "withdrawn", ""}
}

// Block takes a release away from readers for a legal reason; by is the URL of
// who demands it, and may be empty.
func (s *Store) Block(ctx context.Context, tx database.Tx, c Change, by string) (*Change, error) {
	r, err := s.find(ctx, tx, c.RepositoryID, c.Book, c.Release)
	if err != nil {
		return nil, err
	}
	switch r.State {
	case Embargoed:
		return s.cancel(ctx, tx, c)
	case Current, Withdrawn:
		r.State, r.Reason, r.BlockedBy, c.Kind = Blocked, c.Reason, by, ChangeBlocked
		return s.change(ctx, tx, r, c)
	}
	return nil, &StateError{r.Book, r.Number, r.State, "blocked", ""}
}

// Restore gives a release back to readers that was withdrawn or blocked.
func (s *Store) Restore(ctx context.Context, tx database.Tx, c Change) (*Change, error) {
	r, err := s.find(ctx, tx, c.RepositoryID, c.Book, c.Release)
	if err != nil {
		return nil, err
	}
	if r.State != Withdrawn && r.State != Blocked {
		return nil, &StateError{r.Book, r.Number, r.State, "restored", ""}
	}
	r.State, r.Reason, r.BlockedBy, c.Kind = Current, "", "", ChangeRestored
	return s.change(ctx, tx, r, c)
}

// Reschedule gives an embargoed release another time and returns it.
func (s *Store) Reschedule(ctx context.Context, tx database.Tx, c Change, at time.Time) (*Release, error) {
	r, err := s.find(ctx, tx, c.RepositoryID, c.Book, c.Release)
	if err != nil {
		return nil, err
	}
	if r.State != Embargoed {
		return nil, &StateError{r.Book, r.Number, r.State, "given another time", "it has appeared"}
	}
	r.Appears, r.Published = at, at
	_, err = tx.ExecContext(ctx, `UPDATE release SET appears_at = $5, published_at = $5
		WHERE repository_id = $1 AND book = $2 AND major = $3 AND minor = $4`,
		r.RepositoryID, r.Book, r.Number.Major, r.Number.Minor, database.Micros(at))
	if err != nil {
		return nil, fmt.Errorf("reschedule %s %s: %w", r.Book, r.Number, err)
	}
	c.Kind, c.Reason = ChangeRescheduled, at.Format(timeForm)
	_, err = s.record(ctx, tx, c, true)
	return r, err
}

// Appear lets an embargoed release be read if its time has come by now, and
// returns it as it then is: it may still be embargoed, for another time. The
// error of one that is not embargoed is ErrNotFound.
func (s *Store) Appear(ctx context.Context, tx database.Tx, repositoryID, book string, n Number, now time.Time) (*Release, error) {
	r, err := s.find(ctx, tx, repositoryID, book, n)
	if err != nil {
		return nil, err
	}
	switch {
	case r.State != Embargoed:
		return nil, ErrNotFound
	case r.Appears.After(now):
		return r, nil
	}
	r.State, r.Published = Current, now
	_, err = tx.ExecContext(ctx, `UPDATE release SET state = $5, published_at = $6,
			place = (SELECT coalesce(max(place), 0) + 1 FROM release WHERE repository_id = $1)
		WHERE repository_id = $1 AND book = $2 AND major = $3 AND minor = $4`,
		repositoryID, book, n.Major, n.Minor, string(r.State), database.Micros(now))
	if err != nil {
		return nil, fmt.Errorf("let %s %s appear: %w", book, n, err)
	}
	_, err = s.record(ctx, tx, Change{RepositoryID: repositoryID, Book: book, Release: n, Kind: ChangeAppeared, At: now}, true)
	return r, err
}

// cancel removes a release that nobody has seen.
func (s *Store) cancel(ctx context.Context, tx database.Tx, c Change) (*Change, error) {
	_, err := tx.ExecContext(ctx, `DELETE FROM release WHERE repository_id = $1 AND book = $2 AND major = $3 AND minor = $4 AND state = $5`,
		c.RepositoryID, c.Book, c.Release.Major, c.Release.Minor, string(Embargoed))
	if err != nil {
		return nil, fmt.Errorf("cancel %s %s: %w", c.Book, c.Release, err)
	}
	c.Kind = ChangeCancelled
	return s.record(ctx, tx, c, true)
}

// change writes the new state of a release and records what was done.
func (s *Store) change(ctx context.Context, tx database.Tx, r *Release, c Change) (*Change, error) {
	_, err := tx.ExecContext(ctx, `UPDATE release SET state = $5, reason = $6, blocked_by = $7, changed_by = $8, changed_at = $9
		WHERE repository_id = $1 AND book = $2 AND major = $3 AND minor = $4`,
		r.RepositoryID, r.Book, r.Number.Major, r.Number.Minor, string(r.State), r.Reason, r.BlockedBy, c.Actor, database.Micros(c.At))
	if err != nil {
		return nil, fmt.Errorf("change %s %s: %w", r.Book, r.Number, err)
	}
	return s.record(ctx, tx, c, false)
}

const changeColumns = `repository_id, number, book, major, minor, change, reason, actor, at`

func scanChange(row database.Row) (*Change, error) {
	var c Change
	var at int64
	err := row.Scan(&c.RepositoryID, &c.Number, &c.Book, &c.Release.Major, &c.Release.Minor, &c.Kind, &c.Reason, &c.Actor, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read change of a release: %w", err)
	}
	c.At, c.Reason = database.Time(at), plaintext.Text(c.Reason)
	return &c, nil
}

func (s *Store) record(ctx context.Context, tx database.Tx, c Change, announced bool) (*Change, error) {
	err := tx.QueryRowContext(ctx, `SELECT coalesce(max(number), 0) + 1 FROM release_change WHERE repository_id = $1`, c.RepositoryID).Scan(&c.Number)
	if err == nil {
		_, err = tx.ExecContext(ctx, `INSERT INTO release_change (`+changeColumns+`, announced) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			c.RepositoryID, c.Number, c.Book, c.Release.Major, c.Release.Minor, string(c.Kind), c.Reason, c.Actor, database.Micros(c.At), announced)
	}
	if err != nil {
		return nil, fmt.Errorf("record that %s %s was %s: %w", c.Book, c.Release, c.Kind, err)
	}
	return &c, nil
}

// TakeChange is a change that has not been announced, and the release as it is
// now; from then on it counts as announced. The error of one that has been is
// ErrNotFound.
func (s *Store) TakeChange(ctx context.Context, tx database.Tx, repositoryID string, number int64) (*Change, *Release, error) {
	c, err := scanChange(tx.QueryRowContext(ctx, `UPDATE release_change SET announced = TRUE
		WHERE repository_id = $1 AND number = $2 AND announced = FALSE RETURNING `+changeColumns, repositoryID, number))
	if err != nil {
		return nil, nil, err
	}
	r, err := s.find(ctx, tx, repositoryID, c.Book, c.Release)
	return c, r, err
}

// Unannounced are all changes that are still to be announced, oldest first.
func (s *Store) Unannounced(ctx context.Context) ([]*Change, error) {
	return s.changes(ctx, `announced = FALSE`)
}

// Changes are all that was done to one release, oldest first.
func (s *Store) Changes(ctx context.Context, repositoryID, book string, n Number) ([]*Change, error) {
	return s.changes(ctx, `repository_id = $1 AND book = $2 AND major = $3 AND minor = $4`, repositoryID, book, n.Major, n.Minor)
}

func (s *Store) changes(ctx context.Context, where string, args ...any) ([]*Change, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT `+changeColumns+` FROM release_change WHERE `+where+` ORDER BY repository_id, number`, args...)
	if err != nil {
		return nil, fmt.Errorf("list changes of releases: %w", err)
	}
	return database.Collect(rows, scanChange)
}

// AllEmbargoes are the releases of all repositories whose time has not come.
func (s *Store) AllEmbargoes(ctx context.Context) ([]*Release, error) {
	return list(ctx, s.db, `state = $1`, string(Embargoed))
}

// InAnyState is one release in whatever state, embargoed ones too: for those who may
// know of it. The error of one that is not there is ErrNotFound.
func (s *Store) InAnyState(ctx context.Context, repositoryID, book string, n Number) (*Release, error) {
	return s.find(ctx, s.db, repositoryID, book, n)
}
