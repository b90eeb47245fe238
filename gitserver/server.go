package gitserver

import (
	"log/slog"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/gitexec"
)

// Server speaks git's pack protocol. Its methods work on any reader and
// writer; transports authorise first and then call them.
type Server struct {
	storage Storage
	hooks   Hooks
	git     *gitexec.Git
	log     *slog.Logger
	agent   string

	// KeepAlive is how often a pusher who waits for the judgement hears that the
	// server is still there; 5 seconds, as git's receive.keepAlive.
	KeepAlive time.Duration
}

// New makes a server over the storage. Version is the program's, for the agent
// capability.
func New(storage Storage, hooks Hooks, git *gitexec.Git, version string, log *slog.Logger) *Server {
	return &Server{storage: storage, hooks: hooks, git: git, log: log, agent: "rhaptos/" + version, KeepAlive: 5 * time.Second}
}
