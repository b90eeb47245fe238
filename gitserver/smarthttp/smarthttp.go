// Package smarthttp speaks git's Smart HTTP (gitprotocol-http(5)) behind a
// router and a handler that know HTTP:
//
//	GET  /OWNER/NAME[.git]/info/refs?service=git-upload-pack|git-receive-pack
//	POST /OWNER/NAME[.git]/git-upload-pack
//	POST /OWNER/NAME[.git]/git-receive-pack
//	POST /OWNER/NAME[.git]/git-upload-archive
//	GET  /OWNER/NAME/-/bundles/NAME.bundle
//
// It says who is there and whether they may, and lets content and answer be the
// two directions of the pack protocol. A message for a client is an error that
// matches [clienterror.Error]; any other is a fault. The dumb protocol is not
// spoken.
package smarthttp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/clienterror"
	"github.com/rhaptos/rhaptos/gitserver/uploadpack"
)

// The verbs: the names that git gives its services on the wire.
const (
	uploadPack    = "git-upload-pack"    // the client fetches
	uploadArchive = "git-upload-archive" // the client wants an archive of a tree
	receivePack   = "git-receive-pack"   // the client pushes
)

// PackServer speaks the pack protocol: [gitserver.Server]. None of its methods
// writes the "# service" header that is this transport's own.
type PackServer interface {
	AdvertiseUpload(ctx context.Context, repo *gitserver.Repository, protocol string, w io.Writer) error
	UploadPack(ctx context.Context, f *gitserver.Fetch, in io.Reader, out io.Writer) error
	UploadArchive(ctx context.Context, f *gitserver.Fetch, in io.Reader, out io.Writer) error
	AdvertiseReceive(ctx context.Context, repo *gitserver.Repository, w io.Writer) error
	ReceivePack(ctx context.Context, s *gitserver.Session, in io.Reader, out io.Writer) error
}

// Bundles gives a repository's bundles: [gitserver.Server]. The error of one that
// is not there matches [gitserver.ErrNoBundle].
type Bundles interface {
	Bundle(ctx context.Context, f *gitserver.Fetch, name string) (*gitserver.Bundle, error)
}

// Access authorises: [access.Access].
type Access interface {
	Find(ctx context.Context, p access.Principal, owner, name string, action access.Action) (*gitserver.Repository, error)
	MayPush(p access.Principal, repo *gitserver.Repository) func(ctx context.Context, published bool) error
	MayPropose(p access.Principal, repo *gitserver.Repository) func(ctx context.Context) error
	MayAdminister(p access.Principal, repo *gitserver.Repository) func(ctx context.Context) error
}

// Config configures a [Server]. The fields after Log are optional.
type Config struct {
	Packs   PackServer
	Senders *access.Senders
	Access  Access
	Log     *slog.Logger

	Bundles Bundles // without it there are none

	// MaxFetchRequest bounds the content of a fetch, inflated, in bytes; 10 MiB,
	// as in git-http-backend(1), if zero. The content of a push is bounded by the
	// pack protocol's own limits.
	MaxFetchRequest int64
}

// Server speaks Smart HTTP for all repositories.
type Server struct{ Config }

// New returns a server.
func New(c Config) *Server {
	if c.MaxFetchRequest <= 0 {
		c.MaxFetchRequest = uploadpack.MaxBytes
	}
	return &Server{c}
}

// Request is one request for a repository. Authorize comes before all else.
type Request struct {
	server      *Server
	owner, name string

	verb      string
	repo      *gitserver.Repository
	principal access.Principal
	protocol  string // version=0, 1 or 2, or empty
	client    string // whose fetches are counted together
}

// Request returns a request for the repository OWNER/NAME.
func (s *Server) Request(owner, name string) *Request {
	return &Request{server: s, owner: owner, name: name}
}

// Authorize finds the repository and asks whether whoever sends the request may
// use the verb on it, git-upload-pack, git-upload-archive or git-receive-pack. It does not read the
// content.
func (q *Request) Authorize(r *http.Request, verb string) error {
	s, ctx := q.server, r.Context()
	p, err := s.Senders.Principal(r)
	if err != nil {
		return err
	}
	action := access.Read
	if verb == receivePack {
		action = access.Propose // each ref is asked for later
	}
	repo, err := s.Access.Find(ctx, p, q.owner, q.name, action)
	if err != nil {
		return access.ClientError(err, q.owner+"/"+q.name)
	}
	q.verb, q.repo, q.principal, q.protocol, q.client = verb, repo, p, protocol(r.Header), s.client(r, p)
	return nil
}

var protocolVersion = regexp.MustCompile(`^version=[012]$`)

// protocol is the version that the client asks for, empty if it is none that
// git has.
func protocol(h http.Header) string {
	values := h.Values("Git-Protocol")
	if len(values) != 1 || !protocolVersion.MatchString(values[0]) {
		return ""
	}
	return values[0]
}

// fetch introduces a fetch.
func (q *Request) fetch() *gitserver.Fetch {
	return &gitserver.Fetch{Repository: q.repo, Client: q.client, Protocol: q.protocol, Stateless: true}
}

// session introduces a push.
func (q *Request) session() *gitserver.Session {
	return &gitserver.Session{
		Repository: q.repo,
		Actor:      q.principal.Name(),
		Transport:  "http",
		Stateless:  true,
		MayPush:    q.server.Access.MayPush(q.principal, q.repo),
		MayPropose: q.server.Access.MayPropose(q.principal, q.repo),

		MayAdminister: q.server.Access.MayAdminister(q.principal, q.repo),
	}
}

// clientError turns an error of the pack protocol into one for a client that has
// no response yet, and adds to any other what it is about.
func (q *Request) clientError(err error) error {
	busy := (*gitserver.BusyError)(nil)
	switch {
	case err == nil || clienterror.Of(err) != nil:
		return err
	case errors.As(err, &busy):
		return &clienterror.Error{Kind: clienterror.TooMany, Text: busy.Error(), Retry: busy.RetryAfter}
	case errors.Is(err, gitserver.ErrNoBundle):
		return clienterror.New(clienterror.NotFound, "there is no such bundle: ask the repository which there are, or clone it")
	}
	return fmt.Errorf("%s of %s by %q: %w", q.verb, q.repo.Path(), q.principal.Name(), err)
}
