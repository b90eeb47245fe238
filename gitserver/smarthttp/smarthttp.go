// Package smarthttp serves git's Smart HTTP (gitprotocol-http(5)):
//
//	GET  /OWNER/NAME[.git]/info/refs?service=git-upload-pack|git-receive-pack
//	POST /OWNER/NAME[.git]/git-upload-pack
//	POST /OWNER/NAME[.git]/git-receive-pack
//	GET  /OWNER/NAME/-/bundles/NAME.bundle
//
// It reads the request's head, asks who is there and whether they may, and
// hands body and answer to the pack protocol. A body is not touched before the
// request is authorised. The dumb protocol is not served.
package smarthttp

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/uploadpack"
)

// Repositories finds a repository by the names in its path; the error of one
// that is not there matches [gitserver.ErrNoRepository].
type Repositories interface {
	Lookup(ctx context.Context, owner, name string) (*gitserver.Repository, error)
}

// PackServer speaks the pack protocol: [gitserver.Server]. None of its methods
// writes the "# service" header that is this transport's own.
type PackServer interface {
	AdvertiseUpload(ctx context.Context, repo *gitserver.Repository, protocol string, w io.Writer) error
	UploadPack(ctx context.Context, f *gitserver.Fetch, in io.Reader, out io.Writer) error
	AdvertiseReceive(ctx context.Context, repo *gitserver.Repository, w io.Writer) error
	ReceivePack(ctx context.Context, s *gitserver.Session, in io.Reader, out io.Writer) error
}

// Bundles gives a repository's bundles: [gitserver.Server]. The error of one that
// is not there matches [gitserver.ErrNoBundle].
type Bundles interface {
	Bundle(ctx context.Context, f *gitserver.Fetch, name string) (*gitserver.Bundle, error)
}

// Access says who has a token and what they may do: [access.Access].
type Access interface {
	ByToken(ctx context.Context, name, token string) (access.Principal, error)
	Authorize(ctx context.Context, p access.Principal, repo *gitserver.Repository, action access.Action) error
	MayPush(p access.Principal, repo *gitserver.Repository) func(ctx context.Context, published bool) error
}

// Config is what a handler needs. What follows Log may be left out.
type Config struct {
	Repositories Repositories
	Packs        PackServer
	Access       Access
	Log          *slog.Logger

	Bundles Bundles // without it there are none

	// Proxies are the addresses whose X-Forwarded-For is believed.
	Proxies []netip.Prefix

	// Idle is how long a client may neither take nor give a byte that is
	// waited for; 2 minutes if zero. There is no limit on the whole.
	Idle time.Duration

	// MaxFetchRequest bounds the body of a fetch, inflated, in bytes; 10 MiB, as
	// in git-http-backend(1), if zero. The body of a push is bounded by the pack protocol's own limits.
	MaxFetchRequest int64
}

type handler struct {
	Config
}

// New returns the handler of all Smart HTTP paths. What is not one of them it
// answers with 404; [IsGit] tells beforehand.
func New(c Config) http.Handler {
	if c.Idle <= 0 {
		c.Idle = 2 * time.Minute
	}
	if c.MaxFetchRequest <= 0 {
		c.MaxFetchRequest = uploadpack.MaxBytes
	}
	return &handler{c}
}

// call is one request that is understood and authorised.
type call struct {
	repo      *gitserver.Repository
	principal access.Principal
	verb      string // empty for a bundle
	protocol  string // version=0, 1 or 2, or empty
	client    string // whose fetches are counted together
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	noCache(w.Header())
	t, refusal := parseTarget(r)
	if refusal == nil {
		var c *call
		if c, refusal = h.authorise(r, t); refusal == nil {
			h.serve(w, r, t, c)
			return
		}
	}
	if refusal.err != nil && r.Context().Err() == nil {
		h.Log.Error("git over HTTP", "path", r.URL.Path, "err", refusal.err)
	}
	if r.ContentLength != 0 {
		// A client that sends on, into the void, is heard for so long.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(linger))
	}
	refusal.write(w, r)
}

// authorise finds the repository and asks whether whoever sends the request
// may use the service on it. It does not read the body.
func (h *handler) authorise(r *http.Request, t target) (*call, *refusal) {
	ctx := r.Context()
	p, refused := h.principal(r)
	if refused != nil {
		return nil, refused
	}
	repo, err := h.Repositories.Lookup(ctx, t.owner, t.name)
	if err != nil && !errors.Is(err, gitserver.ErrNoRepository) {
		return nil, failed(err)
	}
	if err != nil {
		repo = nil // judged like one that may not be known of
	}
	action := access.Read
	if t.verb == receivePack {
		action = access.PushDraft
	}
	if err := h.Access.Authorize(ctx, p, repo, action); err != nil {
		return nil, refusedAccess(err, t)
	}
	return &call{repo: repo, principal: p, verb: t.verb, protocol: protocol(r.Header), client: h.client(r, p)}, nil
}

// fetch introduces a fetch.
func (c *call) fetch() *gitserver.Fetch {
	return &gitserver.Fetch{Repository: c.repo, Client: c.client, Protocol: c.protocol, Stateless: true}
}

// principal is who sends the request: nobody, if it has no credentials.
func (h *handler) principal(r *http.Request) (access.Principal, *refusal) {
	name, token, given, ok := access.ParseAuthorization(r.Header)
	if !given {
		return access.Principal{}, nil
	}
	if !ok {
		return access.Principal{}, unauthenticated("the Authorization header is not understood: send Basic with NAME:TOKEN, or Bearer with TOKEN")
	}
	p, err := h.Access.ByToken(r.Context(), name, token)
	if errors.Is(err, access.ErrUnauthenticated) {
		return access.Principal{}, unauthenticated("the name or the token is wrong, or the token has ended: sign in with your account's name, and a token as the password")
	}
	if err != nil {
		return access.Principal{}, failed(err)
	}
	return p, nil
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request, t target, c *call) {
	switch {
	case t.bundle != "":
		h.bundle(w, r, c, t.bundle)
	case t.advertise:
		h.advertise(w, r, c)
	default:
		h.exchange(w, r, c)
	}
}

// session introduces a push.
func (h *handler) session(c *call) *gitserver.Session {
	return &gitserver.Session{
		Repository: c.repo,
		Actor:      c.principal.Name(),
		Transport:  "http",
		Stateless:  true,
		MayPush:    h.Access.MayPush(c.principal, c.repo),
	}
}
