package web

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/web/archive"
	"github.com/rhaptos/rhaptos/web/changes"
	"github.com/rhaptos/rhaptos/web/contribution"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/decision/watch"
	"github.com/rhaptos/rhaptos/web/flow"
	"github.com/rhaptos/rhaptos/web/git"
	"github.com/rhaptos/rhaptos/web/probe/target"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/search"
	"github.com/rhaptos/rhaptos/web/theme"
)

// Config says what a server offers over HTTP.
type Config struct {
	resource.Site
	Content
	Protocols
	Operations
}

// Content groups the parts that are shown beside releases. A nil part is not
// shown.
type Content struct {
	Pushes  Pushes
	Mirrors Mirrors
	Exports Exports
	Archive archive.Archive
	Search  search.Index
	Rules   fs.FS // a page ID.md for each rule, and README.md

	Contributions contribution.Source
	Derivations   Derivations
}

// Protocols are the endpoints for programs. At those that are nil nothing is
// found.
type Protocols struct {
	Git func(owner, name string) git.Request                                // see [git.Config]
	LFS func(owner, name, path string) (r git.LFSRequest, methods []string) // see [git.Config]

	Triggers Triggers // takes what is posted to /-/hooks/NAME
}

// Operations groups what operators configure and watch.
type Operations struct {
	// Timeout is how long a client may neither send nor take a byte that is
	// waited for; 2 minutes if zero. A whole transfer may take any time.
	Timeout time.Duration

	// Health checks that the parts of the server work, Ready that it accepts
	// requests. Nil means always. The state that Ready returns is shown as JSON to
	// everybody, so that operators can compare servers.
	Health func(context.Context) error
	Ready  func(context.Context) (state any, err error)

	// Observe is called with the trace of each request; may be nil. See
	// [decision.Handler].
	Observe func(*http.Request, *decision.Trace)

	Watch *watch.Watch // keeps traces for operators; may be nil

	// Operator checks that an operator of the server sent the request. It returns
	// an error that matches resource.ErrUnauthorized or resource.ErrForbidden if
	// not. Nil: nobody is an operator.
	Operator func(context.Context, *http.Request) error

	FlowTarget bool // adds resources to test HTTP clients on, below /-/flow-target; see [target.Set]
}

// View is the handler of the whole server.
type View struct {
	site   *site
	engine *decision.Handler
}

// site holds everything that the rows of routes open resources from.
type site struct {
	Config
	assets  map[string][]decision.Representation
	changes *changes.Comparisons
	flow    flow.Config
	search  search.Config
	git     git.Config
	target  *target.Set // nil without FlowTarget
}

// New returns the handler of the whole server. It fails if the theme's assets
// cannot be read.
func New(c Config) (*View, error) {
	c.URL, c.SSH = strings.TrimSuffix(c.URL, "/"), strings.TrimSuffix(c.SSH, "/")
	c.Searchable = c.Search != nil
	if c.Timeout <= 0 {
		c.Timeout = 2 * time.Minute
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	assets, err := readAssets(c.Theme.Assets())
	if err != nil {
		return nil, fmt.Errorf("read the theme's assets: %w", err)
	}
	s := &site{Config: c, assets: assets}
	s.changes = changes.New(&s.Site)
	s.git = git.Config{Git: c.Git, LFS: c.LFS, Timeout: c.Timeout, Public: s.Public}
	s.search = search.Config{Site: &s.Site, Index: c.Search}
	s.flow = flow.Config{Site: &s.Site, Watch: c.Watch, Operator: c.Operator}
	find := func(r *http.Request) decision.Resource { return s.resource(r.URL.EscapedPath()) }
	engine := &decision.Handler{Find: find, Page: s.errorPage, Observe: s.observe, SendTimeout: s.Timeout, Origin: s.URL}
	if s.FlowTarget {
		s.target = target.All(targetAddress + "/")
		engine.Serves, engine.TooFast = target.Serves, target.TooFast
	}
	if s.Watch != nil {
		engine.Name, engine.Facts = s.Watch.Name, s.Watch.Keeps()
	}
	return &View{s, engine}, nil
}

// Listen returns the listener to serve the view on: what is no request is
// answered and observed by the same decisions.
func (v *View) Listen(l net.Listener) net.Listener {
	return v.engine.Listen(l)
}

// ServeHTTP answers a request. Every response has the security fields.
func (v *View) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	resource.SetSecurityFields(w.Header())
	v.engine.ServeHTTP(w, r)
}

// observe logs faults; the client learns nothing of them.
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

// errorPage writes the page of an error.
func (s *site) errorPage(w io.Writer, _ *http.Request, p decision.Problem) error {
	links := []theme.Link{}
	for _, see := range p.See {
		links = append(links, theme.Link{Text: see.Title, URL: see.URL})
	}
	return s.Theme.Error(w, &theme.ErrorView{
		Frame:  theme.Frame{Site: s.Name, NoIndex: true},
		Status: p.Status,
		Title:  p.Title,
		What:   p.Detail,
		Links:  append(links, theme.Link{Text: "All books", URL: "/"}),
	})
}
