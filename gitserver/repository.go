package gitserver

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// Repository is one hosted repository, as the database knows it.
type Repository struct {
	ID       string // stable for life, survives a rename
	Owner    string
	Name     string
	Head     string // the ref that HEAD points at, for example refs/heads/main; may be unborn
	Private  bool
	Archived bool   // it can be read, and not be pushed to
	Upstream string // URL of the repository that it mirrors, so that nobody pushes to it; empty: none
	Version  int64  // grows with every change of a ref; names the state of the repository
}

// Path is the repository's place in URLs: OWNER/NAME.
func (r *Repository) Path() string { return r.Owner + "/" + r.Name }

// DefaultBranch is the short name of the branch that HEAD points at.
func (r *Repository) DefaultBranch() string { return strings.TrimPrefix(r.Head, "refs/heads/") }

// Ref is a name and the object that it points at. Names are compared by bytes.
type Ref struct {
	Name   string
	Target plumbing.Hash
	Peeled plumbing.Hash // the object behind an annotated tag, zero otherwise
}

// RefUpdate asks to move a ref from Old to New. A zero Old creates, a zero New
// deletes. Refused says why the update will not happen; empty means it may.
type RefUpdate struct {
	Name    string
	Old     plumbing.Hash
	New     plumbing.Hash
	Refused string
	Forced  bool // the branch's history is replaced: New does not descend from Old

	// Proposal describes the contribution whose head the update moves; nil for any
	// other update.
	Proposal *Proposal

	// With is the update without which this one is not made. The pusher did not ask
	// for it, and the report does not have it.
	With *RefUpdate
}

// Proposal is a version of a contribution as it is pushed.
type Proposal struct {
	Pushed  string // the name that the pusher gave: refs/for/main
	Number  int64
	Version int64  // 1 for a new contribution
	Branch  string // that it is for, by its short name
	Title   string
	Author  string

	Base  plumbing.Hash // the merge base with the branch; zero if they have no common history
	Tip   plumbing.Hash // of the branch
	Merge plumbing.Hash // the commit that merges it into Tip; zero if there are conflicts

	Conflicts []string // one line each
	Notices   []string // of what merged and should be looked at, one line each
}

// Creates, Deletes and Branch describe the update.
func (u *RefUpdate) Creates() bool { return u.Old.IsZero() && !u.New.IsZero() }
func (u *RefUpdate) Deletes() bool { return u.New.IsZero() }

// Branch is the short name of the branch that the update moves, empty for any other ref.
func (u *RefUpdate) Branch() string {
	name, ok := strings.CutPrefix(u.Name, "refs/heads/")
	if !ok {
		return ""
	}
	return name
}

// Push is a set of ref updates that arrived together.
type Push struct {
	ID         string
	Repository *Repository
	Actor      string // the account's name; empty for a push by nobody
	Transport  string // "http", "ssh" or "mirror"
	Hops       int    // how many other programs have told each other until it was made
	At         time.Time
	Updates    []*RefUpdate
	Options    []string // push options, verbatim
	Atomic     bool
	Quiet      bool     // the client asked for no progress
	Verdict    []string // the messages that the pusher got, line by line
	Report     []byte   // what the hooks found, in a form of their own; may be empty
	Accepts    int64    // number of the contribution that the push accepts; 0: it is an ordinary push

	Certificate *Certificate // nil: the push was not signed
}

// refuseAll refuses every update that is not refused yet.
func (p *Push) refuseAll(why string) {
	for _, u := range p.Updates {
		if u.Refused == "" {
			u.Refused = why
		}
	}
}

// settle refuses what is not made without an update that is refused, and all of an
// atomic push of which something is refused.
func (p *Push) settle() {
	for _, u := range p.Updates {
		if u.With != nil && u.With.Refused != "" && u.Refused == "" {
			u.Refused = u.With.Refused
		}
	}
	if p.Atomic && slices.ContainsFunc(p.Updates, func(u *RefUpdate) bool { return u.Refused != "" }) {
		p.refuseAll("atomic push failure")
	}
}

// ErrNoRepository says that no repository has the name.
var ErrNoRepository = errors.New("no such repository")

// Session is one push as its transport introduces it.
type Session struct {
	Repository *Repository
	Actor      string // the account's name
	Transport  string // "http", "ssh" or "mirror"
	Stateless  bool   // the refs were advertised in an earlier request (HTTP)

	// MayPush is asked once for each ref update whether the actor may make it;
	// published says that the ref is a tag or a branch that gets published. A
	// non-nil error refuses the update and is reported to the pusher.
	MayPush func(ctx context.Context, published bool) error

	// MayPropose is asked whether the actor may propose a change to the repository.
	// If it is nil, nobody may.
	MayPropose func(ctx context.Context) error

	// MayAdminister is asked whether the actor may set aside the approvals that
	// contributions need. If it is nil, nobody may.
	MayAdminister func(ctx context.Context) error

	// Accepts is the number of the contribution that the push merges; 0: none.
	Accepts int64

	// Mirror says that the push is the server's own and makes the repository's refs
	// those of its upstream. History is replaced where it was replaced there,
	// whatever the settings say, and nothing need be signed.
	Mirror bool
	Head   string // the default branch that a mirror is to have; empty: as it is
	Hops   int    // as of [Push]

	// OnReceived, if it is not nil, is called when the objects of the push have been
	// received and checked, before the pre-receive hook. What it writes is sent to the
	// pusher; its error ends the push, and nothing of it is accepted.
	OnReceived func(ctx context.Context, push *Push, objects Incoming, w io.Writer) error

	// OnDone, if it is not nil, is called with the push after it has been recorded.
	OnDone func(*Push)
}
