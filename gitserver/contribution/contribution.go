package contribution

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/lru"
	"github.com/rhaptos/rhaptos/gitserver/tree"
)

// State is the state of a contribution.
type State string

// The states of a contribution. A closed one can be opened again.
const (
	Open     State = "open"
	Accepted State = "accepted"
	Closed   State = "closed"
)

// Contribution is a change that is proposed to a branch.
type Contribution struct {
	RepositoryID string
	Number       int64
	Branch       string // short name
	Author       string // name of the account
	Topic        string // empty: none
	ChangeID     string // of the head commit; empty: none
	Title        string // one line
	Description  string
	State        State
	Version      int64         // number of the latest version
	Head         plumbing.Hash // of the latest version
	Merged       plumbing.Hash // the commit of the branch that accepted it; zero: none
	ChangedBy    string        // who closed, reopened or accepted it last; empty: nobody
	Created      time.Time
	Updated      time.Time

	titled bool // title and description were given, not taken from the commit
}

// Version is what was pushed to a contribution once.
type Version struct {
	Number    int64 // from 1
	Head      plumbing.Hash
	Base      plumbing.Hash // the merge base with the branch
	Tip       plumbing.Hash // of the branch at that time
	Conflicts []string      // of a merge with Tip, a line each
	Notices   []string      // of a merge that has just been made: what should be looked at
	Push      string        // id
	At        time.Time
}

// What callers branch on.
var (
	// ErrNotFound says that a repository has no contribution of a number.
	ErrNotFound = errors.New("no such contribution")

	// ErrState says that a contribution is not in a state for what is asked.
	ErrState = errors.New("not possible now")
)

// Bounds of contributions.
const (
	maxInPush   = 5      // of one push
	maxOfAuthor = 20     // open ones of one author in one repository
	maxOpen     = 500    // open ones in one repository
	maxAll      = 200    // of one author in one repository that were not accepted
	maxRefs     = 20_000 // of contributions in one repository
	maxVersions = 100
	maxCommits  = 500 // of one version, from its base on
	maxTitle    = 200 // bytes
	maxText     = 10_000
	maxTopic    = 200
	maxReviews  = 500     // of one version
	maxNote     = 2 << 20 // bytes
)

// Change is what happened to a contribution, for those who want to know.
type Change struct {
	Repository   *gitserver.Repository
	Contribution *Contribution
	What         string // Opened, ...
	Actor        string
	Review       *Review // of Reviewed
	PushID       string  // that led to it; empty: none
	At           time.Time
	Hops         int // as of gitserver.Push
}

// The values of [Change.What].
const (
	Opened    = "opened"
	Updated   = "updated"
	Reviewed  = "reviewed"
	WasAccept = "accepted"
	WasClosed = "closed"
	Reopened  = "reopened"
)

// Storage stores repositories: [store.Store].
type Storage interface {
	Refs(ctx context.Context, id string) (*gitserver.Repository, []gitserver.Ref, error)
	Quarantine(ctx context.Context, repo *gitserver.Repository) (gitserver.Quarantine, error)
	Commit(ctx context.Context, push *gitserver.Push, q gitserver.Quarantine, enqueue gitserver.Enqueue) error
	Objects(ctx context.Context, repo *gitserver.Repository) (*tree.Objects, error)
}

// Config configures [Contributions]. Follower, Counts, Announce and Host may be left out.
type Config struct {
	DB      database.DB
	Storage Storage
	Git     *gitexec.Git
	Merger  Merger
	Log     *slog.Logger

	// Follower finds the places of reviews in later versions. Without one they are
	// shown as they were.
	Follower Follower

	// Counts reports whether the approval of an account, by its name, counts for a
	// repository. If it is nil, every approval but the author's does.
	Counts func(ctx context.Context, repo *gitserver.Repository, account string) (bool, error)

	// Announce takes a change into the transaction that makes it.
	Announce func(ctx context.Context, tx database.Tx, c Change) error

	// Host is the host name of the server, for the addresses of people in commits:
	// NAME@HOST.
	Host string
}

// Contributions keeps the contributions of all repositories. It implements
// [gitserver.Contributions].
type Contributions struct {
	Config
	merges  *lru.Cache[merge, []string]
	places  *lru.Cache[placeKey, Now]
	looking chan struct{} // holds something for each merge that is tried for somebody who looks
}

var _ gitserver.Contributions = (*Contributions)(nil)

// New returns contributions with the configuration.
func New(c Config) *Contributions {
	if c.Host == "" {
		c.Host = "localhost"
	}
	return &Contributions{Config: c, merges: lru.New[merge, []string](keptMerges), places: lru.New[placeKey, Now](keptPlaces), looking: make(chan struct{}, atOnce)}
}

func (c *Contributions) announce(ctx context.Context, tx database.Tx, change Change) error {
	if c.Announce == nil {
		return nil
	}
	return c.Announce(ctx, tx, change)
}
