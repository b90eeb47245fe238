package ssh

import (
	"context"
	"errors"
	"net"
	"time"

	gliderssh "github.com/gliderlabs/ssh"
	gossh "golang.org/x/crypto/ssh"

	"github.com/rhaptos/rhaptos/gitserver/access"
)

// newServer sets up the library's server. All that is nil here is denied by it.
func (s *Server) newServer() *gliderssh.Server {
	return &gliderssh.Server{
		Version:              "Rhaptos",
		HostSigners:          []gliderssh.Signer{s.config.HostKey},
		Handler:              s.handle,
		PublicKeyHandler:     s.knownKey,
		PtyCallback:          func(gliderssh.Context, gliderssh.Pty) bool { return false },
		ConnCallback:         s.admit,
		ServerConfigCallback: s.serverConfig,
		IdleTimeout:          s.config.Limits.Idle,
		MaxTimeout:           s.config.Limits.Max,
		ChannelHandlers:      map[string]gliderssh.ChannelHandler{"session": s.session},
		RequestHandlers:      map[string]gliderssh.RequestHandler{},
		SubsystemHandlers:    map[string]gliderssh.SubsystemHandler{},
	}
}

// checkAuthentication makes sure that a public key is the only way in. With no
// handler at all the library lets everybody in.
func checkAuthentication(g *gliderssh.Server) error {
	if g.PublicKeyHandler == nil || g.PasswordHandler != nil || g.KeyboardInteractiveHandler != nil {
		return errors.New("ssh: public keys must be the only way to authenticate")
	}
	return nil
}

// maxAuthTries limits the unknown keys that a client may offer, as MaxAuthTries of
// sshd does. An agent offers all that it has; passwords, which could be guessed, are
// not accepted here.
const maxAuthTries = 32

// serverConfig is the configuration of one connection.
func (s *Server) serverConfig(ctx gliderssh.Context) *gossh.ServerConfig {
	c := &gossh.ServerConfig{
		Config: gossh.Config{
			KeyExchanges: []string{gossh.KeyExchangeMLKEM768X25519, gossh.KeyExchangeCurve25519},
			Ciphers: []string{
				gossh.CipherChaCha20Poly1305, gossh.CipherAES128GCM, gossh.CipherAES256GCM,
				gossh.CipherAES128CTR, gossh.CipherAES192CTR, gossh.CipherAES256CTR,
			},
			MACs: []string{gossh.HMACSHA256ETM, gossh.HMACSHA512ETM},
		},
		MaxAuthTries: maxAuthTries,
		PublicKeyAuthAlgorithms: []string{
			gossh.KeyAlgoED25519, gossh.KeyAlgoSKED25519, gossh.KeyAlgoSKECDSA256,
			gossh.KeyAlgoECDSA256, gossh.KeyAlgoECDSA384, gossh.KeyAlgoECDSA521,
			gossh.KeyAlgoRSASHA256, gossh.KeyAlgoRSASHA512,
		},
	}
	c.VerifiedPublicKeyCallback = func(_ gossh.ConnMetadata, key gossh.PublicKey, _ *gossh.Permissions, _ string) (*gossh.Permissions, error) {
		conn := connOf(ctx)
		if conn == nil {
			return nil, errors.New("ssh: unknown connection")
		}
		conn.authenticated(key)
		if cert, ok := key.(*gossh.Certificate); ok {
			// The library holds the connection to the source addresses in them.
			return &gossh.Permissions{CriticalOptions: cert.CriticalOptions}, nil
		}
		return &gossh.Permissions{}, nil
	}
	return c
}

// knownKey reports whether a key may be used to sign in, with any user name.
// It is called for keys that are only offered, too: nothing may follow from it.
func (s *Server) knownKey(ctx gliderssh.Context, key gliderssh.PublicKey) bool {
	// The library's context ends with the connection only.
	limited, cancel := context.WithTimeout(ctx, s.config.Limits.Handshake)
	defer cancel()
	_, err := s.config.Access.ByKey(limited, key)
	switch _, certified := key.(*gossh.Certificate); {
	case err != nil && !errors.Is(err, access.ErrUnauthenticated):
		s.config.Log.Error("git over SSH: look up key", "err", err)
	case err != nil && certified:
		// There are many reasons, and the client is told none of them.
		s.config.Log.Info("git over SSH: certificate refused", "address", ctx.RemoteAddr(), "err", err)
	}
	return err == nil
}

// connKey is where a connection is found in the library's context.
type connKey struct{}

// admit takes a new connection in, or returns nil to turn it away.
func (s *Server) admit(ctx gliderssh.Context, nc net.Conn) net.Conn {
	conn := s.limiter.admit(nc, time.Now())
	if conn == nil {
		return nil
	}
	ctx.SetValue(connKey{}, conn)
	return conn
}

// connOf is the connection that the library's context belongs to.
func connOf(ctx gliderssh.Context) *conn {
	c, _ := ctx.Value(connKey{}).(*conn)
	return c
}
