package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/lru"
	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/decision/watch"
	"github.com/rhaptos/rhaptos/web/probe/target"
	"github.com/rhaptos/rhaptos/web/theme"
)

// Repository is a repository as the view needs it.
type Repository struct {
	ID            string
	Owner         string
	Name          string
	DefaultBranch string // short name
	Private       bool
	Version       int64 // grows with every change of a ref
}

// Path is the repository's place in URLs: OWNER/NAME.
func (r *Repository) Path() string { return r.Owner + "/" + r.Name }

// address builds the addresses in the repository: absolute paths.
func (r *Repository) address() address.Repository { return address.Of("", r.Path()) }

// What [Repositories] answers when it does not hand out a repository.
var (
	ErrNotFound     = errors.New("no such repository")           // 404: also to hide one
	ErrUnauthorized = errors.New("logging in might help")        // 401
	ErrForbidden    = errors.New("not allowed for this account") // 403
)

// Repositories finds repositories for whoever sends a request. Both methods may
// be called from many goroutines.
type Repositories interface {
	// Find is the repository, or an error that matches ErrNotFound,
	// ErrUnauthorized or ErrForbidden. Which of them it is decides what a
	// stranger can learn of a private repository.
	Find(ctx context.Context, r *http.Request, owner, name string) (*Repository, error)

	// List is all repositories that the sender may know of, by path.
	List(ctx context.Context, r *http.Request) ([]*Repository, error)
}

// Releases finds what has been published: [release.Store]. The error of
// something that is not there matches [release.ErrNotFound].
type Releases interface {
	Release(ctx context.Context, repositoryID, book string, n release.Number) (*release.Release, error)
	Latest(ctx context.Context, repositoryID, book string) (*release.Release, error)
	Releases(ctx context.Context, repositoryID string) ([]*release.Release, error)
	Draft(ctx context.Context, repositoryID, branch, book string) (*release.Draft, error)
	Drafts(ctx context.Context, repositoryID string) ([]*release.Draft, error)
	Manifest(ctx context.Context, d blobstore.Digest) (*release.Manifest, error)

	// WhereIs looks for a page that an edition with the manifest does not have.
	WhereIs(ctx context.Context, repositoryID, book string, m *release.Manifest, slug string) (release.Whereabouts, error)
}

// Blobs opens the files of releases: a [blobstore.Store].
type Blobs interface {
	Open(ctx context.Context, d blobstore.Digest) (io.ReadSeekCloser, error)
}

// Theme draws the dynamic pages: [theme.Theme].
type Theme interface {
	Catalogue(w io.Writer, v *theme.CatalogueView) error
	Repository(w io.Writer, v *theme.RepositoryView) error
	Contents(w io.Writer, v *theme.ContentsView) error
	Changes(w io.Writer, v *theme.ChangesView) error
	Change(w io.Writer, v *theme.ChangeView) error
	Releases(w io.Writer, v *theme.ReleasesView) error
	Pushes(w io.Writer, v *theme.PushesView) error
	Push(w io.Writer, v *theme.PushView) error
	Document(w io.Writer, v *theme.DocumentView) error
	Search(w io.Writer, v *theme.SearchView) error
	Error(w io.Writer, v *theme.ErrorView) error
	Flow(w io.Writer, v *theme.FlowView) error
	Assets() fs.FS
}

// Config is what the view needs.
type Config struct {
	Repositories Repositories
	Releases     Releases
	Pushes       Pushes  // nil: none are shown
	Mirrors      Mirrors // nil: there are none
	Blobs        Blobs
	Exports      Exports  // nil: releases are read here only
	Archive      Archive  // nil: nothing is in the archive's form
	Search       Searcher // nil: nothing can be searched
	Theme        Theme

	// Git begins a request for a repository at /OWNER/REPO[.git]/info/refs,
	// /git-upload-pack, /git-receive-pack, or below /OWNER/REPO/-/bundles/. Nil
	// means that there is nothing at these paths.
	Git func(owner, name string) GitRequest

	// LFS begins a request for what is behind /OWNER/REPO[.git]/info/lfs/, and
	// says which methods that has; none means that there is nothing. Nil means
	// that there is nothing at all of these paths.
	LFS func(owner, name, path string) (r LFSRequest, methods []string)

	// Patience is how long a client may neither take nor give a byte that is
	// waited for; 2 minutes if zero. The whole may take any time for git and LFS.
	Patience time.Duration

	// Triggers takes what is posted to /-/hooks/NAME. Nil means that there is
	// nothing there.
	Triggers Triggers

	// Health says whether the server's parts work, Ready whether it takes
	// requests yet. Nil means always.
	Health func(context.Context) error
	Ready  func(context.Context) error

	Rules fs.FS // a page ID.md for each rule of judging, and README.md; nil if there are none

	Site string // name of the site; the theme's own if empty
	URL  string // where clients reach the server, "https://books.example"; empty if unknown
	SSH  string // the same for SSH, "ssh://git@books.example:2222"; empty if there is none
	Log  *slog.Logger

	// Observe is told the way of each request through the decision flow; may be
	// nil. See [decision.Handler].
	Observe func(*http.Request, *decision.Trace)

	// Watch is told the way of each request through the decision flow, and shown
	// to operators; nil means that nobody watches.
	Watch *watch.Watch

	// FlowTarget adds the resources on which clients of HTTP can be tried, below
	// /-/flow-target. See [target.Set].
	FlowTarget bool

	// Operator reports whether a request comes from an operator of the server:
	// nil, or an error that matches ErrUnauthorized or ErrForbidden. Without it
	// nobody is one.
	Operator func(context.Context, *http.Request) error
}

// View is the handler of the whole server.
type View struct {
	site   *site
	engine *decision.Handler
}

// site is what all resources have in common.
type site struct {
	Config
	assets map[string][]decision.Representation
	target *target.Set // nil without FlowTarget

	comparisons *lru.Cache[comparedKey, compared]
	comparing   turnstile
}

// New makes the handler of the whole server. It fails if the theme's assets
// cannot be read.
func New(c Config) (*View, error) {
	c.URL, c.SSH = strings.TrimSuffix(c.URL, "/"), strings.TrimSuffix(c.SSH, "/")
	if c.Patience <= 0 {
		c.Patience = 2 * time.Minute
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	assets, err := readAssets(c.Theme.Assets())
	if err != nil {
		return nil, fmt.Errorf("read the theme's assets: %w", err)
	}
	s := &site{
		Config: c, assets: assets,
		comparisons: lru.New[comparedKey, compared](keptComparisons), comparing: make(turnstile, atOnce),
	}
	find := func(r *http.Request) decision.Resource { return s.resource(r.URL.EscapedPath()) }
	engine := &decision.Handler{Find: find, Page: s.errorPage, Observe: s.observe, SendTimeout: s.Patience}
	if s.FlowTarget {
		s.target = target.All(targetAddress + "/")
		engine.Serves, engine.TooFast = target.Serves, target.TooFast
	}
	if s.Watch != nil {
		engine.Name, engine.Facts = s.Watch.Name, s.Watch.Keeps()
	}
	return &View{s, engine}, nil
}

// Listen is the listener on which the server serves the view: what is no
// request is answered, and observed, by the same decisions as what is.
func (v *View) Listen(l net.Listener) net.Listener {
	return v.engine.Listen(l)
}

// ServeHTTP answers a request. Every answer has the security fields.
func (v *View) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setSecurityFields(w.Header())
	v.engine.ServeHTTP(w, r)
}

// observe writes faults to the log; the client is not told them.
func (s *site) observe(r *http.Request, t *decision.Trace) {
	if t.Fault != nil && r.Context().Err() == nil {
		s.Log.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "trace", t.String(), "err", t.Fault)
	}
	if s.Observe != nil {
		s.Observe(r, t)
	}
	if s.Watch != nil {
		s.Watch.Observe(r, t)
	}
}

// errorPage draws an error.
func (s *site) errorPage(w io.Writer, _ *http.Request, p decision.Problem) error {
	links := []theme.Link{}
	for _, see := range p.See {
		links = append(links, theme.Link{Text: see.Title, URL: see.URL})
	}
	return s.Theme.Error(w, &theme.ErrorView{
		Frame:  theme.Frame{Site: s.Site, NoIndex: true},
		Status: p.Status,
		Title:  p.Title,
		What:   p.Detail,
		Links:  append(links, theme.Link{Text: "All books", URL: "/"}),
	})
}
