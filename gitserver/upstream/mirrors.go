package upstream

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// ErrNotFound says that a repository is no mirror.
var ErrNotFound = errors.New("is not a mirror")

// State is the outcome of the last pull of a mirror.
type State string

// The states.
const (
	New     State = "new"     // there was none yet
	Current State = "current" // there was nothing new
	Updated State = "updated" // all that was new was taken
	Refused State = "refused" // something was not taken; the rest was
	Failed  State = "failed"  // nothing could be had
)

// Mirror is a repository of ours that follows another one.
type Mirror struct {
	RepositoryID string
	Source
	Refs    []string      // patterns of full names, in which one * stands for anything
	Every   time.Duration // how often it is pulled by the clock; 0: only when asked for
	Pending bool          // a pull is asked for or under way
	State   State
	Report  string    // of the last pull: what was taken and what was not, in lines
	PushID  string    // the last push that a pull has made; empty: none yet
	Begun   time.Time // the last pull; zero: there was none yet
	Ended   time.Time
	Due     time.Time // when the clock asks for the next one; zero: never

	number  int64 // of the newest pull that was asked for
	again   bool  // what was refused is to be tried again
	hops    int
	refused map[string]string // ids by ref
	failed  int               // pulls, in a row
}

// Mirrors keeps mirrors.
type Mirrors struct{ db database.DB }

// NewMirrors makes a store over the database.
func NewMirrors(db database.DB) *Mirrors { return &Mirrors{db} }

// shortestEvery bounds how often an upstream is asked by the clock.
const shortestEvery = time.Minute

// defaultRefs are the patterns of a mirror without its own: branches and tags.
func defaultRefs() []string { return []string{"refs/heads/*", "refs/tags/*"} }

func (m *Mirror) check() error {
	if m.Every != 0 && m.Every < shortestEvery {
		return fmt.Errorf("an upstream is asked every %v at most", shortestEvery)
	}
	for _, p := range m.Refs {
		if !strings.HasPrefix(p, "refs/heads/") && !strings.HasPrefix(p, "refs/tags/") || strings.Count(p, "*") > 1 || strings.ContainsAny(p, " \t\n:^~?[\\") || len(p) > 500 {
			return fmt.Errorf("%q is no pattern of refs: write refs/heads/main, refs/tags/v*, or the like", p)
		}
	}
	if strings.ContainsAny(m.Credential, "\r\n\x00") || len(m.Credential) > 2000 {
		return errors.New("the token must be one line")
	}
	return checkURL(m.URL)
}

// Follows reports whether a pull moves the ref.
func (m *Mirror) Follows(ref string) bool {
	for _, p := range m.Refs {
		before, after, pattern := strings.Cut(p, "*")
		if !pattern && ref == p || pattern && len(ref) >= len(before)+len(after) && strings.HasPrefix(ref, before) && strings.HasSuffix(ref, after) {
			return true
		}
	}
	return false
}

// defaultName is the user name when only a token is given: many servers ignore it.
const defaultName = "x-access-token"

// Add makes a repository a mirror and asks for its first pull. The upstream's refs
// take the place of those that the repository has.
func (s *Mirrors) Add(ctx context.Context, m Mirror) error {
	if len(m.Refs) == 0 {
		m.Refs = defaultRefs()
	}
	if m.Credential != "" && !strings.Contains(m.Credential, ":") {
		m.Credential = defaultName + ":" + m.Credential
	}
	if err := m.check(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		result, err := tx.ExecContext(ctx, `INSERT INTO mirror (repository_id, url, refs, every, credential, created_at,
				wanted, done, again, hops, due_at, failures, state, report, push_id, refused, begun_at, ended_at)
			VALUES ($1, $2, $3, $4, $5, $6, 0, 0, false, 0, 0, 0, $7, '', '', '{}', 0, 0) ON CONFLICT (repository_id) DO NOTHING`,
			m.RepositoryID, m.URL, strings.Join(m.Refs, " "), m.Every.Microseconds(), m.Credential, database.Micros(time.Now()), string(New))
		if err != nil {
			return fmt.Errorf("add mirror: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, errors.New("it is a mirror already: remove that first"))
		}
		return s.Request(ctx, tx, m.RepositoryID, 0)
	})
}

const mirrorColumns = `repository_id, url, refs, every, credential, wanted, done, again, hops, due_at, failures, state, report, push_id, refused, begun_at, ended_at`

func scanMirror(row database.Row) (*Mirror, error) {
	var m Mirror
	var refs, refused string
	var every, done, due, begun, ended int64
	err := row.Scan(&m.RepositoryID, &m.URL, &refs, &every, &m.Credential, &m.number, &done, &m.again, &m.hops, &due, &m.failed,
		&m.State, &m.Report, &m.PushID, &refused, &begun, &ended)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read mirror: %w", err)
	}
	m.Refs, m.Every, m.Pending = strings.Fields(refs), time.Duration(every)*time.Microsecond, m.number > done
	for _, t := range []struct {
		micros int64
		to     *time.Time
	}{{due, &m.Due}, {begun, &m.Begun}, {ended, &m.Ended}} {
		if t.micros != 0 {
			*t.to = database.Time(t.micros)
		}
	}
	if err := json.Unmarshal([]byte(refused), &m.refused); err != nil {
		return nil, fmt.Errorf("read mirror: %w", err)
	}
	return &m, nil
}

// Find is the mirror that a repository is. The error of one that is none is
// ErrNotFound.
func (s *Mirrors) Find(ctx context.Context, repositoryID string) (*Mirror, error) {
	return scanMirror(s.db.QueryRowContext(ctx, `SELECT `+mirrorColumns+` FROM mirror WHERE repository_id = $1`, repositoryID))
}

// Mirrors reports whether a repository is a mirror.
func (s *Mirrors) Mirrors(ctx context.Context, repositoryID string) (bool, error) {
	_, err := s.Find(ctx, repositoryID)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// List is all mirrors, oldest first.
func (s *Mirrors) List(ctx context.Context) ([]*Mirror, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT `+mirrorColumns+` FROM mirror ORDER BY created_at, repository_id`)
	if err != nil {
		return nil, fmt.Errorf("list mirrors: %w", err)
	}
	return database.Collect(rows, scanMirror)
}

// Remove makes a mirror a repository like others, with all that it has.
func (s *Mirrors) Remove(ctx context.Context, repositoryID string) error {
	result, err := s.db.ExecContext(ctx, `DELETE FROM mirror WHERE repository_id = $1`, repositoryID)
	if err != nil {
		return fmt.Errorf("remove mirror: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrNotFound)
	}
	return nil
}

// Purge removes the mirror of a repository that is being removed for good.
func Purge(ctx context.Context, tx database.Tx, repositoryID string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM mirror WHERE repository_id = $1`, repositoryID); err != nil {
		return fmt.Errorf("purge mirror: %w", err)
	}
	return nil
}

// Request asks for a pull, if the transaction commits. One that is under way may
// have looked at the upstream already, so another one follows it. Hops is how many
// other programs have told each other until then.
func (s *Mirrors) Request(ctx context.Context, tx database.Tx, repositoryID string, hops int) error {
	return request(ctx, tx, repositoryID, `hops = $2`, hops)
}

// Again asks for a pull that takes up what was refused before.
func (s *Mirrors) Again(ctx context.Context, repositoryID string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		return request(ctx, tx, repositoryID, `hops = 0, again = $2`, true)
	})
}

func request(ctx context.Context, tx database.Tx, repositoryID, change string, value any) error {
	var number int64
	err := tx.QueryRowContext(ctx, `UPDATE mirror SET wanted = wanted + 1, `+change+` WHERE repository_id = $1 RETURNING wanted`, repositoryID, value).Scan(&number)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("ask for a pull: %w", err)
	}
	return tx.Enqueue(ctx, job{repositoryID, number}, nil)
}

// job wakes a worker for one mirror.
type job struct {
	RepositoryID string `json:"repository_id"`
	Number       int64  `json:"number"`
}

// Kind is the job's name in the queue.
func (job) Kind() string { return "pull" }

// InsertOpts puts pulls where nothing of this machine waits behind them.
func (job) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: database.Outside} }

// Resume wakes a worker for every mirror of which a pull is asked for. A process
// that was killed leaves its jobs marked as running until the queue gives them up,
// many minutes later; called at start, Resume makes up for that. Calling it at any
// other time does no harm.
func (s *Mirrors) Resume(ctx context.Context) error {
	return s.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT repository_id, wanted FROM mirror WHERE wanted > done`)
		if err != nil {
			return fmt.Errorf("list pulls: %w", err)
		}
		jobs, err := database.Collect(rows, func(row database.Row) (j job, err error) {
			return j, row.Scan(&j.RepositoryID, &j.Number)
		})
		for _, j := range jobs {
			if err := tx.Enqueue(ctx, j, nil); err != nil {
				return err
			}
		}
		return err
	})
}

// Tick asks for the pulls that are due by the clock. The clock of a repository
// that is deleted stands still, until it is restored.
func (s *Mirrors) Tick(ctx context.Context, now time.Time) error {
	rows, err := s.db.QueryContext(ctx, `SELECT repository_id FROM mirror
		WHERE due_at > 0 AND due_at <= $1 AND repository_id IN (SELECT id FROM repository WHERE deleted_at IS NULL)`, database.Micros(now))
	if err != nil {
		return fmt.Errorf("list pulls that are due: %w", err)
	}
	due, err := database.Collect(rows, func(row database.Row) (id string, err error) { return id, row.Scan(&id) })
	if err != nil || len(due) == 0 {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		for _, id := range due {
			// The end of the pull sets the clock again.
			if err := request(ctx, tx, id, `hops = 0, due_at = $2`, 0); err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
		}
		return nil
	})
}

// next is when the clock asks again after a pull: soon after one that failed, and
// more and more seldom.
func (m *Mirror) next(now time.Time, failures int) time.Time {
	wait := m.Every
	if failures > 0 {
		again := min(time.Minute<<min(failures-1, 10), 12*time.Hour)
		switch {
		case m.Every > 0:
			wait = min(again, max(m.Every, time.Hour))
		case failures <= 12:
			wait = again
		}
	}
	if wait == 0 {
		return time.Time{}
	}
	return now.Add(time.Duration(float64(wait) * (0.9 + 0.2*rand.Float64())))
}

// ignoreGone lets a mirror be removed while it is pulled.
func ignoreGone(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return fmt.Errorf("record a pull: %w", err)
}
