package publish

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Kind says what a publication makes.
type Kind string

// The kinds of a publication.
const (
	Release Kind = "release" // a release of every book that has changed
	Draft   Kind = "draft"   // the latest state of a branch, in the place of the one before
)

// State says what became of a publication.
type State string

// The states of a publication. It begins as Pending and changes once.
const (
	Pending    State = "pending"
	Published  State = "published"
	Failed     State = "failed"
	Superseded State = "superseded" // a draft that a newer one of its branch made needless
)

// Publication asks for a commit to become releases or drafts.
type Publication struct {
	RepositoryID string
	Number       int64  // counts up from 1 in the repository; given by Request
	Ref          string // full name
	Commit       string // hexadecimal object id; empty when a draft's branch was deleted
	Kind         Kind
	PushID       string // empty when nobody pushed: a trigger, the command line
	Base         string // a commit whose errors do not keep this one from being released; may be empty
	Hops         int    // how many other programs have told each other until this was asked for
	Actor        string // the name of the account that asked; empty: a trigger, or the operator
	Wish         Wish   // of releases
}

// Branch is the short name of the publication's branch, empty when its ref is
// not a branch.
func (p *Publication) Branch() string {
	name, ok := strings.CutPrefix(p.Ref, "refs/heads/")
	if !ok {
		return ""
	}
	return name
}

func (p *Publication) check() error {
	switch {
	case p.Kind != Release && p.Kind != Draft:
		return fmt.Errorf("publication of kind %q, must be %s or %s", p.Kind, Release, Draft)
	case p.Kind == Release && p.Commit == "":
		return errors.New("a release must have a commit")
	case p.Kind == Draft && p.Branch() == "":
		return fmt.Errorf("%q is not a branch: drafts are made of branches only", p.Ref)
	case p.Kind == Draft && (len(p.Wish.Numbers) > 0 || !p.Wish.At.IsZero()):
		return errors.New("a draft has neither number nor time")
	}
	return nil
}

// Request asks for a publication and returns its number. It takes effect if
// the transaction commits, after all earlier ones of the repository. For a
// release that nobody pushed an empty Base is what LastReleased says.
func Request(ctx context.Context, tx database.Tx, p Publication) (int64, error) {
	if err := p.check(); err != nil {
		return 0, fmt.Errorf("request publication: %w", err)
	}
	if _, err := lockRepository(ctx, tx, p.RepositoryID); err != nil {
		return 0, fmt.Errorf("request publication: %w", err)
	}
	if p.Kind == Release && p.PushID == "" && p.Base == "" {
		base, err := LastReleased(ctx, tx, p.RepositoryID, p.Ref)
		if err != nil {
			return 0, err
		}
		p.Base = base
	}
	err := tx.QueryRowContext(ctx, `SELECT coalesce(max(number), 0) + 1 FROM publication WHERE repository_id = $1`,
		p.RepositoryID).Scan(&p.Number)
	if err != nil {
		return 0, fmt.Errorf("number the publication of %s: %w", p.Ref, err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO publication
		(repository_id, number, ref, commit_id, kind, push_id, base_commit, state, report, attempts, created_at,
			hops, numbers, only_named, publish_at, actor)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', 0, $9, $10, $11, $12, $13, $14)`,
		p.RepositoryID, p.Number, []byte(p.Ref), p.Commit, string(p.Kind), p.PushID, p.Base, string(Pending), database.Micros(time.Now()),
		p.Hops, p.Wish.numbersText(), p.Wish.Only, micros(p.Wish.At), p.Actor)
	if err != nil {
		return 0, fmt.Errorf("request publication of %s: %w", p.Ref, err)
	}
	return p.Number, tx.Enqueue(ctx, job{p.RepositoryID, p.Number}, nil)
}

// lockRepository lets requests and ends of publications of one repository
// follow each other (in PostgreSQL; SQLite has one writer anyway), and returns
// the repository's path, OWNER/NAME. Without it a publication could be
// requested just as the one before it ends, each unseen by the other, and
// nothing would wake it.
func lockRepository(ctx context.Context, tx database.Tx, repositoryID string) (path string, err error) {
	var owner, name string
	err = tx.QueryRowContext(ctx, `UPDATE repository SET version = version WHERE id = $1 RETURNING owner, name`,
		repositoryID).Scan(&owner, &name)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("%q: %w", repositoryID, errNoRepository)
	}
	return owner + "/" + name, err
}

// errNoRepository says that no repository has an id.
var errNoRepository = errors.New("no repository has the id")

// job wakes a worker for one publication.
type job struct {
	RepositoryID string `json:"repository_id"`
	Number       int64  `json:"number"`
}

// Kind is the job's name in the queue.
func (job) Kind() string { return "publish" }

// InsertOpts lets the queue try more often than a publication may be begun:
// the row counts, so it is the row that ends the attempts.
func (job) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 4 * maxAttempts} }

// inTurn holds for a pending publication ($1, $2) with no pending one before it.
const inTurn = `repository_id = $1 AND number = $2 AND state = 'pending' AND NOT EXISTS (
	SELECT 1 FROM publication AS earlier
	WHERE earlier.repository_id = $1 AND earlier.number < $2 AND earlier.state = 'pending')`

// begin counts an attempt at the publication and returns it. It returns nil
// when there is nothing to do: the publication has ended, or an earlier one
// has not, which will wake this one at its end.
func begin(ctx context.Context, db database.DB, j job) (p *Publication, attempts int, err error) {
	err = db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		var ref []byte
		var numbers string
		var at sql.NullInt64
		p = &Publication{RepositoryID: j.RepositoryID, Number: j.Number}
		err := tx.QueryRowContext(ctx, `UPDATE publication SET attempts = attempts + 1 WHERE `+inTurn+`
			RETURNING ref, commit_id, kind, push_id, base_commit, hops, attempts, numbers, only_named, publish_at, actor`, j.RepositoryID, j.Number).
			Scan(&ref, &p.Commit, &p.Kind, &p.PushID, &p.Base, &p.Hops, &attempts, &numbers, &p.Wish.Only, &at, &p.Actor)
		if errors.Is(err, sql.ErrNoRows) {
			p = nil
			return nil
		}
		if err != nil {
			return err
		}
		p.Ref, p.Wish.At = string(ref), fromMicros(at)
		p.Wish.Numbers, err = readNumbers(numbers)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("begin publication %d: %w", j.Number, err)
	}
	return p, attempts, nil
}

// superseded reports whether a newer draft of the same branch is wanted.
func superseded(ctx context.Context, q database.Queryer, p *Publication) (bool, error) {
	if p.Kind != Draft {
		return false, nil
	}
	var newer bool
	err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM publication
		WHERE repository_id = $1 AND number > $2 AND ref = $3 AND kind = $4 AND state = $5)`,
		p.RepositoryID, p.Number, []byte(p.Ref), string(Draft), string(Pending)).Scan(&newer)
	if err != nil {
		return false, fmt.Errorf("look for newer drafts: %w", err)
	}
	return newer, nil
}

// errEnded says that somebody else has brought the publication to its end.
var errEnded = errors.New("publication has ended already")

// end moves a publication from Pending to its last state in one transaction
// with what effect does, which returns the report, and wakes the next one. It
// happens once: for a publication that has ended already the error is errEnded.
func end(ctx context.Context, db database.DB, p *Publication, state State,
	effect func(ctx context.Context, tx database.Tx, path string) (report string, err error)) error {
	return db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		path, err := lockRepository(ctx, tx, p.RepositoryID)
		if err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `UPDATE publication SET state = $3, finished_at = $4 WHERE `+inTurn,
			p.RepositoryID, p.Number, string(state), database.Micros(time.Now()))
		if err != nil {
			return fmt.Errorf("end publication %d: %w", p.Number, err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, errEnded)
		}
		report, err := effect(ctx, tx, path)
		if err != nil {
			return err
		}
		if err := setReport(ctx, tx, p, report); err != nil {
			return err
		}
		return wakeNext(ctx, tx, p.RepositoryID)
	})
}

func setReport(ctx context.Context, q database.Queryer, p *Publication, report string) error {
	_, err := q.ExecContext(ctx, `UPDATE publication SET report = $3 WHERE repository_id = $1 AND number = $2`,
		p.RepositoryID, p.Number, strings.ToValidUTF8(strings.ReplaceAll(report, "\x00", ""), "\uFFFD"))
	if err != nil {
		return fmt.Errorf("write report of publication %d: %w", p.Number, err)
	}
	return nil
}

func wakeNext(ctx context.Context, tx database.Tx, repositoryID string) error {
	var next sql.NullInt64
	err := tx.QueryRowContext(ctx, `SELECT min(number) FROM publication WHERE repository_id = $1 AND state = $2`,
		repositoryID, string(Pending)).Scan(&next)
	if err != nil {
		return fmt.Errorf("look for the next publication: %w", err)
	}
	if !next.Valid {
		return nil
	}
	return tx.Enqueue(ctx, job{repositoryID, next.Int64}, nil)
}
