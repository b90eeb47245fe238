package lfs

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/clienterror"
	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Access authenticates and authorises: [access.Access].
type Access interface {
	ByCredential(ctx context.Context, credential string) (access.Principal, error)
	Find(ctx context.Context, p access.Principal, owner, name string, action access.Action) (*gitserver.Repository, error)
	Authorize(ctx context.Context, p access.Principal, repo *gitserver.Repository, action access.Action) error
}

// Config configures a [Server].
type Config struct {
	DB      database.DB // has the key of the tickets
	Access  Access
	Senders *access.Senders
	Objects *Objects
	Locks   *Locks
	URL     string // where clients reach the server, without a slash at the end
}

// Server speaks Git LFS behind a router and a handler that know HTTP, and serves
// git-lfs-authenticate. Create one with [New].
type Server struct {
	Config
	sealer *sealer
}

// New returns a server with the configuration.
func New(ctx context.Context, c Config) (*Server, error) {
	s, err := newSealer(ctx, c.DB)
	if err != nil {
		return nil, err
	}
	return &Server{c, s}, nil
}

// Prefix is the common prefix of the endpoints below /OWNER/NAME[.git]/.
const Prefix = "info/lfs/"

// Routes are the methods and paths that are served, "POST objects/batch", where
// {} stands for an id.
func Routes() []string {
	var list []string
	for _, r := range routes {
		list = append(list, r.method+" "+Prefix+r.path)
	}
	return list
}

// route is one kind of request.
type route struct {
	method, path string // behind [Prefix]; {} is an object's or a lock's id
	operation    Operation
	action       access.Action

	find   func(*Request, context.Context) error      // what the path names; nil: nothing that could be missing
	input  func() input                               // an empty one, for the request's JSON; nil: it has none
	answer func(*Request, *http.Request) (any, error) // nil: there is nothing to say
}

// routes are all requests that there are, with what each takes. An operation
// that is empty is known from the content only, or does not matter.
var routes = []route{
	{"POST", "objects/batch", "", access.Read, nil, func() input { return new(batchRequest) }, (*Request).batch},
	{"GET", "objects/{}", Download, access.Read, (*Request).findObject, nil, nil},
	{"PUT", "objects/{}", Upload, access.PushDraft, (*Request).findObject, nil, (*Request).upload},
	{"POST", "objects/{}/verify", Upload, access.PushDraft, (*Request).findObject, func() input { return new(object) }, (*Request).verify},
	{"GET", "locks", "", access.Read, nil, nil, (*Request).listLocks},
	{"POST", "locks", Upload, access.PushDraft, nil, func() input { return new(lockRequest) }, (*Request).createLock},
	{"POST", "locks/verify", Upload, access.PushDraft, nil, func() input { return new(page) }, (*Request).verifyLocks},
	{"POST", "locks/{}/unlock", Upload, access.PushDraft, (*Request).findLock, func() input { return new(unlockRequest) }, (*Request).unlock},
}

var objectID = regexp.MustCompile(`^[0-9a-f]{64}$`)

// pathID matches the values of {}.
var pathID = regexp.MustCompile(`^[0-9a-z]{1,64}$`)

// match is the routes that a path fits, and what stands for {}.
func match(path string) (found []*route, id string) {
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
		found, id = append(found, &routes[i]), rest
	}
	return found, id
}

// Request is one request to an endpoint of a repository. Authorize comes before
// Find, and that before all else. An error that matches [clienterror.Error] is for
// the client, any other is a fault.
type Request struct {
	server      *Server
	owner, name string
	routes      []*route // by method
	id          string   // what stands for {} in the path

	route     *route
	repo      *gitserver.Repository
	principal access.Principal
	ticket    *ticket // nil: the client has shown its own credentials
	input     input   // nil: the request has none
	unread    error   // why the input could not be read

	size int64 // of the object
	lock *Lock
}

// Request is a request for the path behind [Prefix], and the methods that the
// path takes; none if there is nothing.
func (s *Server) Request(owner, name, path string) (q *Request, methods []string) {
	q = &Request{server: s, owner: owner, name: name}
	q.routes, q.id = match(path)
	for _, r := range q.routes {
		methods = append(methods, r.method)
	}
	return q, methods
}

// Authorize asks who sends the request and whether they may, before anything is
// said about what there is, or a byte of the content is read. A method that the
// path does not take is judged like one that reads.
func (q *Request) Authorize(r *http.Request) error {
	s, ctx := q.server, r.Context()
	q.route = &route{action: access.Read}
	for _, to := range q.routes {
		if to.method == r.Method || to.method == http.MethodGet && r.Method == http.MethodHead {
			q.route = to
		}
	}
	var err error
	if name, token, _, _ := access.ParseAuthorization(r.Header); name == "" && isTicket(token) {
		q.principal, err = q.byTicket(ctx, token) // sealed: there is nothing to guess
	} else {
		q.principal, err = s.Senders.Principal(r)
	}
	if err != nil {
		return err
	}
	q.repo, err = s.Access.Find(ctx, q.principal, q.owner, q.name, q.route.action)
	if !q.ticket.fits(q.repo, q.route.operation, OID(q.id)) {
		return errTicketRefused
	}
	if err != nil || q.route.input == nil {
		return access.ClientError(err, q.owner+"/"+q.name)
	}
	q.input = q.route.input()
	if q.unread = read(r, q.input); q.unread != nil {
		return nil // reported by what takes the content
	}
	return q.input.authorize(ctx, q)
}

func (q *Request) authorize(ctx context.Context, action access.Action) error {
	return access.ClientError(q.server.Access.Authorize(ctx, q.principal, q.repo, action), q.owner+"/"+q.name)
}

// Find looks up what the path names. The error of what does not exist is of kind
// [clienterror.NotFound]; the size, in bytes, and open are those of an object.
func (q *Request) Find(ctx context.Context) (size int64, open func(context.Context) (io.ReadSeekCloser, error), err error) {
	if q.route.find == nil {
		return 0, nil, nil
	}
	err = q.route.find(q, ctx)
	return q.size, func(ctx context.Context) (io.ReadSeekCloser, error) {
		return q.server.Objects.Open(ctx, q.repo.ID, OID(q.id))
	}, err
}

// Answer does what the request asks for, and returns the JSON that it is
// answered with; nil if that is nothing. Whether something was created it also
// says.
func (q *Request) Answer(r *http.Request) (answer []byte, created bool, err error) {
	if q.unread != nil {
		return nil, false, q.unread
	}
	if q.route.answer == nil {
		return nil, false, nil
	}
	said, err := q.route.answer(q, r)
	if err != nil || said == nil {
		return nil, false, err
	}
	_, created = said.(lockCreated)
	answer, err = json.Marshal(said)
	return answer, created, err
}

// byTicket returns the principal for whom a ticket was issued, limited to what the
// ticket permits.
func (q *Request) byTicket(ctx context.Context, text string) (access.Principal, error) {
	t, err := q.server.sealer.open(text, time.Now())
	if err != nil {
		return access.Principal{}, errTicketRefused
	}
	p, err := q.server.Access.ByCredential(ctx, t.Credential)
	if errors.Is(err, access.ErrUnauthenticated) {
		return access.Principal{}, errTicketRefused
	}
	most := access.ScopeRead
	if t.Operation == Upload {
		most = access.ScopeWrite
	}
	p.Scope, q.ticket = min(p.Scope, most), t
	return p, err
}

var errTicketRefused = clienterror.New(clienterror.Unauthenticated, "the LFS ticket is for something else, or has ended: begin again")

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
