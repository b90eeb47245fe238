package gitserver

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/fetchcache"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
)

// Config configures a [Server]. Storage, Hooks, Git and Log are required.
type Config struct {
	Storage Storage
	Hooks   Hooks
	Git     *gitexec.Git
	Log     *slog.Logger
	Version string // of the program, for the agent capability

	// KeepAlive is the interval of the empty packets that a pusher gets while a
	// push is checked; the default is 5 seconds, as of git's receive.keepAlive.
	KeepAlive time.Duration

	// Limits bound the git processes that serve fetches. The defaults are 16 in
	// all, 8 for one client, and a wait of 15 seconds.
	Limits FetchLimits

	// Cache keeps responses to fetches. If it is nil, git produces every response,
	// and there are no bundles.
	Cache *fetchcache.Cache

	// Releases lists the current releases of a repository for bundles, newest
	// first. If it is nil, there are no bundles.
	Releases func(ctx context.Context, repositoryID string) ([]Release, error)

	// URL is the base URL of the server over HTTP, without a trailing slash, for
	// the URLs of bundles. If it is empty, bundles are not advertised.
	URL string

	// Contributions takes changes that are proposed. If it is nil, none can be.
	Contributions Contributions

	// Signing verifies signed pushes. If it is nil, push certificates are not
	// advertised.
	Signing *Signing
}

// Server speaks git's pack protocol. Its methods work on any reader and writer;
// transports authorise the client before they call them.
type Server struct {
	config    Config
	agent     string
	limiter   *limiter
	reachable *reachable
}

// New returns a server with the configuration.
func New(c Config) *Server {
	c.KeepAlive = cmp.Or(c.KeepAlive, 5*time.Second)
	c.Limits = c.Limits.orDefaults()
	return &Server{config: c, agent: "rhaptos/" + c.Version, limiter: newLimiter(c.Limits), reachable: newReachable()}
}

// Purge drops everything that is cached about the objects of a repository. Call it
// when objects must no longer be served.
func (s *Server) Purge(repositoryID string) {
	s.reachable.sets.Delete(func(id string, _ objectSet) bool { return id == repositoryID })
	if s.config.Cache != nil {
		s.config.Cache.Purge(repositoryID)
	}
}
