package contribution

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

const columns = `repository_id, number, branch, author, topic, change_id, title, description, titled, state, version, head, merged, changed_by, created_at, updated_at`

func scan(row database.Row) (*Contribution, error) {
	var c Contribution
	var branch []byte
	var head, merged string
	var created, updated int64
	err := row.Scan(&c.RepositoryID, &c.Number, &branch, &c.Author, &c.Topic, &c.ChangeID, &c.Title, &c.Description, &c.titled, &c.State,
		&c.Version, &head, &merged, &c.ChangedBy, &created, &updated)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	c.Branch, c.Head, c.Merged = string(branch), plumbing.NewHash(head), plumbing.NewHash(merged)
	c.Created, c.Updated = database.Time(created), database.Time(updated)
	return &c, err
}

// hexOrEmpty is an object id as the table has it: empty for zero.
func hexOrEmpty(id plumbing.Hash) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

// put inserts a contribution or replaces its row.
func (c *Contribution) put(ctx context.Context, tx database.Tx) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO contribution (`+columns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
		ON CONFLICT (repository_id, number) DO UPDATE SET topic = excluded.topic, change_id = excluded.change_id, title = excluded.title,
			description = excluded.description, titled = excluded.titled, version = excluded.version, head = excluded.head, updated_at = excluded.updated_at`,
		c.RepositoryID, c.Number, []byte(c.Branch), c.Author, c.Topic, c.ChangeID, c.Title, c.Description, c.titled, string(c.State),
		c.Version, c.Head.String(), hexOrEmpty(c.Merged), c.ChangedBy, database.Micros(c.Created), database.Micros(c.Updated))
	return err
}

// put inserts a version of a contribution.
func (v *Version) put(ctx context.Context, tx database.Tx, c *Contribution) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO contribution_version (repository_id, number, version, head, base, tip, conflicts, push_id, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		c.RepositoryID, c.Number, v.Number, v.Head.String(), v.Base.String(), v.Tip.String(), strings.Join(v.Conflicts, "\n"), v.Push, database.Micros(v.At))
	return err
}

// reserve returns a number that no other contribution of the repository gets.
func (c *Contributions) reserve(ctx context.Context, repositoryID string) (number int64, err error) {
	err = c.DB.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		return tx.QueryRowContext(ctx, `INSERT INTO contribution_counter (repository_id, last) VALUES ($1, 1)
			ON CONFLICT (repository_id) DO UPDATE SET last = contribution_counter.last + 1 RETURNING last`, repositoryID).Scan(&number)
	})
	return number, err
}

// Find returns a contribution by its number. The error of one that is not there
// matches [ErrNotFound].
func (c *Contributions) Find(ctx context.Context, repositoryID string, number int64) (*Contribution, error) {
	return Find(ctx, c.DB, repositoryID, number)
}

// Find is [Contributions.Find] in a transaction, or outside.
func Find(ctx context.Context, q database.Queryer, repositoryID string, number int64) (*Contribution, error) {
	return scan(q.QueryRowContext(ctx, `SELECT `+columns+` FROM contribution WHERE repository_id = $1 AND number = $2`, repositoryID, number))
}

// List returns up to n contributions of a repository, newest first: those in a state,
// or all if that is empty, with numbers below the number before, unless it is 0.
func List(ctx context.Context, q database.Queryer, repositoryID string, state State, before int64, n int) ([]*Contribution, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+columns+` FROM contribution
		WHERE repository_id = $1 AND ($2 = '' OR state = $2) AND ($3 = 0 OR number < $3) ORDER BY number DESC LIMIT $4`,
		repositoryID, string(state), before, n)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, scan)
}

// openOn returns the open contributions to a branch, by number.
func openOn(ctx context.Context, q database.Queryer, repositoryID, branch string) ([]*Contribution, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+columns+` FROM contribution
		WHERE repository_id = $1 AND state = $2 AND branch = $3 ORDER BY number`, repositoryID, string(Open), []byte(branch))
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, scan)
}

// counts has numbers of contributions of a repository.
type counts struct{ open, ofAuthor, rejected int }

func (c *Contributions) count(ctx context.Context, repositoryID, author string) (n counts, err error) {
	err = c.DB.QueryRowContext(ctx, `SELECT
			(SELECT count(*) FROM contribution WHERE repository_id = $1 AND state = 'open'),
			(SELECT count(*) FROM contribution WHERE repository_id = $1 AND state = 'open' AND author = $2),
			(SELECT count(*) FROM contribution WHERE repository_id = $1 AND state <> 'accepted' AND author = $2)`,
		repositoryID, author).Scan(&n.open, &n.ofAuthor, &n.rejected)
	return n, err
}

// Versions returns the versions of a contribution, the first one first.
func Versions(ctx context.Context, q database.Queryer, repositoryID string, number int64) ([]*Version, error) {
	rows, err := q.QueryContext(ctx, `SELECT version, head, base, tip, conflicts, push_id, at FROM contribution_version
		WHERE repository_id = $1 AND number = $2 ORDER BY version`, repositoryID, number)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(row database.Row) (*Version, error) {
		var v Version
		var head, base, tip, conflicts string
		var at int64
		err := row.Scan(&v.Number, &head, &base, &tip, &conflicts, &v.Push, &at)
		v.Head, v.Base, v.Tip, v.At = plumbing.NewHash(head), plumbing.NewHash(base), plumbing.NewHash(tip), database.Time(at)
		if conflicts != "" {
			v.Conflicts = strings.Split(conflicts, "\n")
		}
		return &v, err
	})
}

// move changes the state of a contribution and reports whether it was in the state
// from, with the head.
func (c *Contribution) move(ctx context.Context, tx database.Tx, from, to State, merged plumbing.Hash, actor string, at time.Time) (bool, error) {
	result, err := tx.ExecContext(ctx, `UPDATE contribution SET state = $5, merged = $6, changed_by = $7, updated_at = $8
		WHERE repository_id = $1 AND number = $2 AND state = $3 AND head = $4`,
		c.RepositoryID, c.Number, string(from), c.Head.String(), string(to), hexOrEmpty(merged), actor, database.Micros(at))
	if err != nil {
		return false, fmt.Errorf("contribution %d: %w", c.Number, err)
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// Purge removes the contributions of a repository that is being removed for good.
func Purge(ctx context.Context, tx database.Tx, repositoryID string) error {
	for _, table := range []string{"contribution_version", "contribution", "contribution_counter"} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE repository_id = $1`, repositoryID); err != nil {
			return fmt.Errorf("purge contributions: %w", err)
		}
	}
	return nil
}
