// Package ssh serves git over SSH (gitprotocol-pack(5), "SSH Transport") and
// carries the administration verbs, and nothing else: no shell, no forwarding,
// no terminal, no file transfer.
//
// Clients prove who they are by a public key or an OpenSSH user certificate; the
// user name that they give is not looked at. Who holds the proven key, and what
// they may do, is asked anew for each command.
package ssh

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	gliderssh "github.com/gliderlabs/ssh"
	gossh "golang.org/x/crypto/ssh"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
)

// PackServer speaks the pack protocol: [gitserver.Server]. Here fetches and
// pushes begin with the advertised refs.
type PackServer interface {
	UploadPack(ctx context.Context, f *gitserver.Fetch, in io.Reader, out io.Writer) error
	UploadArchive(ctx context.Context, f *gitserver.Fetch, in io.Reader, out io.Writer) error
	ReceivePack(ctx context.Context, s *gitserver.Session, in io.Reader, out io.Writer) error
}

// Access authenticates and authorises: [access.Access].
type Access interface {
	ByKey(ctx context.Context, key gossh.PublicKey) (access.Principal, error)
	Find(ctx context.Context, p access.Principal, owner, name string, action access.Action) (*gitserver.Repository, error)
	MayPush(p access.Principal, repo *gitserver.Repository) func(ctx context.Context, published bool) error
	MayPropose(p access.Principal, repo *gitserver.Repository) func(ctx context.Context) error
	MayAdminister(p access.Principal, repo *gitserver.Repository) func(ctx context.Context) error
}

// Config configures a [Server]. Limits that are zero have their defaults.
type Config struct {
	Packs   PackServer
	Access  Access
	HostKey gossh.Signer // ed25519
	Log     *slog.Logger

	// Administer carries out an administration command for somebody who has
	// proved who it is, and returns its exit status. It asks whether they may,
	// and writes nothing that a terminal could take for a command. Nil: there
	// are none.
	Administer func(ctx context.Context, p access.Principal, words []string, in io.Reader, out, errOut io.Writer) (status int)

	// AuthenticateLFS answers git-lfs-authenticate for an operation, download or
	// upload, on the repository OWNER/NAME; its errors are those of
	// Access.Authorize. Nil: there is no Git LFS.
	AuthenticateLFS func(ctx context.Context, p access.Principal, owner, name, operation string, out io.Writer) error

	// URL is the address of this server for clients, for example
	// ssh://git@books.example:2222; it is shown to those who ask for a shell.
	URL string

	Limits Limits
}

// Limits bound what clients may take up.
type Limits struct {
	Handshake       time.Duration // to authenticate in; default 10 seconds
	Idle            time.Duration // without a byte either way; default 10 minutes
	Max             time.Duration // of a connection in all; default 6 hours
	PerAddress      int           // connections from one IP address (IPv6: one /64); default 64
	Unauthenticated int           // connections that have not proved a key yet; default 128
	Sessions        int           // at once on one connection; default 10
}

func (l Limits) orDefaults() Limits {
	set := func(d *time.Duration, to time.Duration) {
		if *d <= 0 {
			*d = to
		}
	}
	set(&l.Handshake, 10*time.Second)
	set(&l.Idle, 10*time.Minute)
	set(&l.Max, 6*time.Hour)
	for n, to := range map[*int]int{&l.PerAddress: 64, &l.Unauthenticated: 128, &l.Sessions: 10} {
		if *n <= 0 {
			*n = to
		}
	}
	return l
}

// Server is an SSH server for git. Make one with [New].
type Server struct {
	config  Config
	server  *gliderssh.Server
	limiter *preAuthLimiter

	mu        sync.Mutex
	closing   bool
	listeners map[net.Listener]bool
	sessions  sync.WaitGroup
}

// ErrServerClosed is returned by [Server.Serve] after [Server.Shutdown].
var ErrServerClosed = errors.New("ssh: server closed")

// New checks the configuration and returns a server that is not serving yet.
func New(c Config) (*Server, error) {
	switch {
	case c.Packs == nil, c.Access == nil, c.Log == nil:
		return nil, errors.New("ssh: Packs, Access and Log must be set")
	case c.HostKey == nil || c.HostKey.PublicKey().Type() != gossh.KeyAlgoED25519:
		return nil, errors.New("ssh: the host key must be an ed25519 key")
	}
	c.Limits = c.Limits.orDefaults()
	s := &Server{config: c, limiter: newPreAuthLimiter(c.Limits), listeners: map[net.Listener]bool{}}
	s.server = s.newServer()
	if err := checkAuthentication(s.server); err != nil {
		return nil, err
	}
	return s, nil
}

// Serve accepts connections until [Server.Shutdown] is called, and then returns
// [ErrServerClosed]; any other error is the listener's. It closes l.
func (s *Server) Serve(l net.Listener) error {
	if !s.addListener(l) {
		l.Close()
		return ErrServerClosed
	}
	err := s.server.Serve(l)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, l)
	if s.closing {
		return ErrServerClosed
	}
	return err
}

func (s *Server) addListener(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.listeners[l] = true
	return true
}

// Shutdown takes no new connections and commands, waits for the commands in
// hand until ctx ends, and closes all connections. Its error is ctx's, if some
// command was cut off.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	for l := range s.listeners {
		l.Close()
	}
	s.mu.Unlock()
	s.limiter.shut()

	done := make(chan struct{})
	go func() {
		s.sessions.Wait()
		close(done)
	}()
	defer s.limiter.empty()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin counts a command in, unless the server is shutting down.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.sessions.Add(1)
	return true
}
