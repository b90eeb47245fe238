package gitserver

import (
	"context"
	"log/slog"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/answers"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
)

// Server speaks git's pack protocol. Its methods work on any reader and
// writer; transports authorise first and then call them. The exported fields
// are set before the first call.
type Server struct {
	storage   Storage
	hooks     Hooks
	git       *gitexec.Git
	log       *slog.Logger
	agent     string
	slots     *slots
	reachable *reachable

	// KeepAlive is how often a pusher who waits for the judgement hears that the
	// server is still there; 5 seconds, as git's receive.keepAlive.
	KeepAlive time.Duration

	// Limits bound the work for fetches.
	Limits FetchLimits

	// Answers keeps what fetches were answered with. Without it every fetch is
	// answered anew, and there are no bundles.
	Answers *answers.Cache

	// Releases lists the releases of a repository that readers may have, the
	// newest first, for bundles. It may be nil.
	Releases func(ctx context.Context, repositoryID string) ([]Release, error)

	// URL is where clients reach the server over HTTP, without a slash at its
	// end; bundles are announced below it.
	URL string

	// Signing lets pushes be signed; nil: they are not asked to be.
	Signing *Signing
}

// New makes a server over the storage. Version is the program's, for the agent
// capability.
func New(storage Storage, hooks Hooks, git *gitexec.Git, version string, log *slog.Logger) *Server {
	return &Server{
		storage: storage, hooks: hooks, git: git, log: log, agent: "rhaptos/" + version,
		slots: newSlots(), reachable: newReachable(),
		KeepAlive: 5 * time.Second,
		Limits:    FetchLimits{All: 16, PerClient: 8, Wait: 15 * time.Second},
	}
}

// Purge forgets all that was kept of a repository's objects, as it must be done
// when some of them may not be had any more.
func (s *Server) Purge(repositoryID string) {
	s.reachable.sets.Delete(func(id string, _ objectSet) bool { return id == repositoryID })
	if s.Answers != nil {
		s.Answers.Purge(repositoryID)
	}
}
