package decision

import (
	"net"
	"time"
)

// Listener hands out connections that look at the head of each request before
// net/http does. What net/http would answer by itself, or not at all, is
// answered here by the table instead, in its own order, and Handler.Observe is
// told of it: 400, 408, 414, 417, 431, 501 and 505.
//
// It is for HTTP/1.1 without TLS, as behind a proxy. Let the server have
// DisableGeneralOptionsHandler, so that "OPTIONS *" is answered by the table
// too.
type Listener struct {
	net.Listener

	// Handler is the one that the server has; its Observe, Serves and MaxTarget
	// are used.
	Handler *Handler

	// MaxHeader is the largest header section, in bytes; 16 KiB if zero. With
	// the longest target it must be less than the server's MaxHeaderBytes.
	MaxHeader int

	// HeaderTimeout is how long the head of a request may take from its first
	// byte on; 10 seconds if zero. Of the server's timeouts ReadHeaderTimeout
	// counts until then.
	HeaderTimeout time.Duration
}

// Accept implements [net.Listener].
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, listener: l}, nil
}

func (l *Listener) maxHeader() int {
	if l.MaxHeader > 0 {
		return l.MaxHeader
	}
	return 16 << 10
}

func (l *Listener) headerTimeout() time.Duration {
	if l.HeaderTimeout > 0 {
		return l.HeaderTimeout
	}
	return 10 * time.Second
}
