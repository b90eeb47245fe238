package gitserver

import (
	"context"
	"io"
	"io/fs"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/packscan"
)

// Storage stores repositories; the store package implements it.
type Storage interface {
	// Refs are the repository's refs as the database has them now, ordered by
	// the bytes of their names, and the repository with its present head and
	// version. The list is shared and not to be changed.
	Refs(ctx context.Context, id string) (*Repository, []Ref, error)

	// RefsAt is Refs for a row of the repository that was read a moment ago: it
	// is not read again if the refs of its version are known.
	RefsAt(ctx context.Context, repo *Repository) (*Repository, []Ref, error)

	// Mirror is a bare repository on this machine whose refs and packs are at
	// least as new as the call. It is only to be read, and may be removed when the
	// context has ended.
	Mirror(ctx context.Context, repo *Repository) (gitDir string, err error)

	// MarkSuspect notes that git has failed on the mirror. Before the mirror is used
	// again, damaged packs in it are repaired. It reports whether a retry is worth
	// while.
	MarkSuspect(repo *Repository) bool

	// Quarantine makes room for the objects of a push.
	Quarantine(ctx context.Context, repo *Repository) (Quarantine, error)

	// Commit makes the push's objects durable and then, in one transaction,
	// moves the refs of all updates that are not refused, records the push and
	// calls enqueue. Updates whose ref is not where the pusher believed are
	// marked refused (all, if the push is atomic). When nothing is left to do
	// the push is recorded as refused. An error means that nothing happened,
	// or, if it matches ErrUnknownOutcome, that nobody can know.
	Commit(ctx context.Context, push *Push, q Quarantine, enqueue Enqueue) error
}

// Quarantine holds the objects of a push until it is accepted.
type Quarantine interface {
	Incoming

	// IndexPack reads one pack from r, to its end and possibly beyond. It calls
	// received when the last byte of the pack is there, though much may be left
	// to do. The error of a pack that is malformed or too large is a
	// [*packscan.Error] or git's own. The warnings are of objects that are accepted
	// with their faults.
	IndexPack(ctx context.Context, r io.Reader, limits packscan.Limits, received func()) (warnings []string, err error)

	// Seal takes in the objects that native git has written here since (see
	// Environment), so that Commit keeps them too.
	Seal(ctx context.Context) error

	// Check sees to it that the new trees that the objects lead to are such as
	// a repository takes ([*pathpolicy.Error]), and that everything reachable is
	// here or reachable from the repository's refs. It returns what is taken and
	// should better be otherwise.
	Check(ctx context.Context, ids []plumbing.Hash) (warnings []string, err error)

	// Descends reports whether a commit has the other one in its history.
	Descends(ctx context.Context, commit, ancestor plumbing.Hash) (bool, error)

	// Close removes what is there. What was committed stays.
	Close() error
}

// Incoming shows hooks the objects of a push together with those that the
// repository has.
type Incoming interface {
	// Tree is the tree of a commit of the push or of the repository.
	Tree(commit plumbing.Hash) (fs.FS, error)

	// Peel follows tags to what is behind them.
	Peel(id plumbing.Hash) (plumbing.Hash, plumbing.ObjectType, error)

	// Environment is what native git needs to see the objects, as NAME=value
	// (see "Quarantine Environment" in git-receive-pack(1)).
	Environment() []string
}

// Enqueue inserts what is to follow a push, in the transaction that moves its
// refs and records it; of a push of which nothing was accepted, in the one that
// records that. It may be called again when the database has to retry.
type Enqueue func(ctx context.Context, tx database.Tx, push *Push) error

// Hooks run before and after a push is accepted; the hooks package implements it.
type Hooks interface {
	// Policy returns the repository's settings about pushes, read from head, the
	// tree of its default branch, nil when that has no commit yet.
	Policy(repo *Repository, head fs.FS) Policy

	// PreReceive judges the push before anything moves. It marks updates as
	// refused, and writes lines for the pusher to w. Head is as for Policy,
	// before the push. The function that it returns runs in the transaction that
	// moves the refs.
	PreReceive(ctx context.Context, push *Push, head fs.FS, objects Incoming, w io.Writer) (Enqueue, error)

	// PostReceive is called after a push of which something was accepted, once it is
	// committed and before the pusher gets the report. It may write lines for
	// the pusher to w; it can change nothing any more.
	PostReceive(ctx context.Context, push *Push, w io.Writer)
}
