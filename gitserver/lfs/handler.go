package lfs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Repositories finds a repository by the names in its path; the error of one
// that is not there matches [gitserver.ErrNoRepository].
type Repositories interface {
	Lookup(ctx context.Context, owner, name string) (*gitserver.Repository, error)
}

// Access says who sends a request and what they may do: [access.Access].
type Access interface {
	ByToken(ctx context.Context, name, token string) (access.Principal, error)
	ByCredential(ctx context.Context, credential string) (access.Principal, error)
	Authorize(ctx context.Context, p access.Principal, repo *gitserver.Repository, action access.Action) error
}

// Config is what a server needs.
type Config struct {
	Repositories Repositories
	Access       Access
	Objects      *Objects
	Locks        *Locks
	URL          string // where clients reach the server, without a slash at the end
	Log          *slog.Logger

	// Idle is how long a client may neither take nor give a byte that is
	// waited for; 2 minutes if zero. There is no limit on the whole.
	Idle time.Duration
}

// Server answers Git LFS over HTTP, and git-lfs-authenticate. Make one with [New].
type Server struct {
	Config
	sealer *sealer
}

// New returns a server. The key of its tickets is in the database.
func New(ctx context.Context, db database.DB, c Config) (*Server, error) {
	if c.Idle <= 0 {
		c.Idle = 2 * time.Minute
	}
	s, err := newSealer(ctx, db)
	if err != nil {
		return nil, err
	}
	return &Server{c, s}, nil
}

// Prefix is what the endpoints below /OWNER/NAME[.git]/ begin with.
const Prefix = "info/lfs/"

// route is one kind of request.
type route struct {
	method, path string // behind [Prefix]; {} is an object's or a lock's id
	operation    Operation
	action       access.Action
	serve        func(*Server, *call) error
}

// routes are all requests that there are, with what each takes. An operation
// that is empty is known from the body only, or does not matter.
var routes = []route{
	{"POST", "objects/batch", "", access.Read, (*Server).batch},
	{"GET", "objects/{}", Download, access.Read, (*Server).download},
	{"HEAD", "objects/{}", Download, access.Read, (*Server).download},
	{"PUT", "objects/{}", Upload, access.PushDraft, (*Server).upload},
	{"POST", "objects/{}/verify", Upload, access.PushDraft, (*Server).verify},
	{"GET", "locks", "", access.Read, (*Server).listLocks},
	{"POST", "locks", Upload, access.PushDraft, (*Server).createLock},
	{"POST", "locks/verify", Upload, access.PushDraft, (*Server).verifyLocks},
	{"POST", "locks/{}/unlock", Upload, access.PushDraft, (*Server).unlock},
}

// Routes are the methods and paths that are served, "POST objects/batch", where
// {} stands for an id.
func Routes() []string {
	var list []string
	for _, r := range routes {
		list = append(list, r.method+" "+Prefix+r.path)
	}
	return list
}

// call is one request that is understood and authorised.
type call struct {
	w         http.ResponseWriter
	r         *http.Request
	repo      *gitserver.Repository
	principal access.Principal
	ticket    *ticket // nil: the client has shown its own credentials
	id        string  // what stands for {} in the path
}

var objectID = regexp.MustCompile(`^[0-9a-f]{64}$`)

// pathID is what may stand for {}.
var pathID = regexp.MustCompile(`^[0-9a-z]{1,64}$`)

// match fits a path to one of the routes; the methods are those that the path
// takes.
func match(method, path string) (found *route, id string, methods []string) {
	for i, r := range routes {
		before, after, variable := strings.Cut(r.path, "{}")
		rest, ok := strings.CutPrefix(path, before)
		if !ok {
			continue
		}
		rest, ok = strings.CutSuffix(rest, after)
		if !ok || variable && !pathID.MatchString(rest) || !variable && rest != "" {
			continue
		}
		// "objects/batch" is no object.
		if variable && strings.HasPrefix(r.path, "objects/") && !objectID.MatchString(rest) {
			continue
		}
		methods = append(methods, r.method)
		if r.method == method && found == nil {
			found, id = &routes[i], rest
		}
	}
	return found, id, methods
}

// ServeHTTP answers a request whose path values owner, repository and endpoint
// a router has read: /OWNER/REPOSITORY[.git]/ENDPOINT.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	err := s.serve(w, r)
	var refused *refusal
	switch {
	case err == nil:
		return
	case errors.As(err, &refused):
	case r.Context().Err() != nil:
		s.Log.Info("LFS: the client went away", "path", r.URL.Path, "err", err)
		return
	default:
		s.Log.Error("LFS", "path", r.URL.Path, "err", err)
		refused = refuse(http.StatusInternalServerError, "the server failed: try again later; if it stays so, tell its operator, whose log says more")
	}
	refused.write(w, r)
}

// serve reads the request's head and asks who is there and whether they may,
// before anything is said about what there is, or a byte of the body is read.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) error {
	path, ok := strings.CutPrefix(r.PathValue("endpoint"), Prefix)
	to, id, methods := match(r.Method, path)
	if !ok || len(methods) == 0 {
		return refuse(http.StatusNotFound, "there is no such LFS endpoint")
	}
	if to == nil {
		refused := refuse(http.StatusMethodNotAllowed, "this path takes "+strings.Join(methods, ", "))
		refused.allow = strings.Join(methods, ", ")
		return refused
	}
	c := &call{w: w, r: r, id: id}
	var err error
	if c.principal, c.ticket, err = s.sender(r); err != nil {
		return err
	}
	c.repo, err = s.Repositories.Lookup(r.Context(), r.PathValue("owner"), r.PathValue("repository"))
	if err != nil && !errors.Is(err, gitserver.ErrNoRepository) {
		return err
	}
	if err != nil {
		c.repo = nil // judged like one that may not be known of
	}
	if !c.ticket.fits(c.repo, to.operation, OID(id)) {
		return refusedTicket()
	}
	if err := s.authorize(c, to.action); err != nil {
		return err
	}
	return to.serve(s, c)
}

// sender is who sends a request: by an account's token, by a ticket, or nobody.
func (s *Server) sender(r *http.Request) (access.Principal, *ticket, error) {
	name, token, given, ok := access.ParseAuthorization(r.Header)
	if !given {
		return access.Principal{}, nil, nil
	}
	if !ok {
		return access.Principal{}, nil, unauthenticated("the Authorization header is not understood: send Basic with NAME:TOKEN, or Bearer with TOKEN")
	}
	if name == "" && isTicket(token) {
		return s.byTicket(r.Context(), token)
	}
	p, err := s.Access.ByToken(r.Context(), name, token)
	if errors.Is(err, access.ErrUnauthenticated) {
		return p, nil, unauthenticated("the name or the token is wrong, or the token has ended: sign in with your account's name, and a token as the password")
	}
	return p, nil, err
}

// byTicket is who a ticket was given to, with no more rights than it lets
// through.
func (s *Server) byTicket(ctx context.Context, text string) (access.Principal, *ticket, error) {
	t, err := s.sealer.open(text, time.Now())
	if err != nil {
		return access.Principal{}, nil, refusedTicket()
	}
	p, err := s.Access.ByCredential(ctx, t.Credential)
	if errors.Is(err, access.ErrUnauthenticated) {
		return access.Principal{}, nil, refusedTicket()
	}
	most := access.ScopeRead
	if t.Operation == Upload {
		most = access.ScopeWrite
	}
	p.Scope = min(p.Scope, most)
	return p, t, err
}

func refusedTicket() *refusal {
	return unauthenticated("the LFS ticket is for something else, or has ended: begin again")
}

// fits reports whether a request may be made with the ticket; without one there
// is nothing that it must fit.
func (t *ticket) fits(repo *gitserver.Repository, operation Operation, oid OID) bool {
	switch {
	case t == nil:
		return true
	case repo == nil || t.RepositoryID != repo.ID:
		return false
	case operation != "" && t.Operation != operation:
		return false
	}
	return t.OID == "" || t.OID == oid
}

func (s *Server) authorize(c *call, action access.Action) error {
	err := s.Access.Authorize(c.r.Context(), c.principal, c.repo, action)
	switch {
	case errors.Is(err, access.ErrUnauthenticated):
		return unauthenticated("sign in with your account's name, and a token as the password")
	case errors.Is(err, access.ErrNotFound):
		return refuse(http.StatusNotFound, fmt.Sprintf("repository %s/%s not found, or you may not read it", c.r.PathValue("owner"), c.r.PathValue("repository")))
	case errors.Is(err, access.ErrForbidden):
		return refuse(http.StatusForbidden, err.Error())
	}
	return err
}
