package wire

import (
	"net"
	"net/http"
)

// Listen wraps a listener for a [http.Server], so that the head of each request
// is read and checked before the server sees it. A head that is refused goes to
// refuse, which writes the response: the request holds what could be read of the
// head, and the connection is closed behind the response.
//
// The listener is for HTTP/1.1 without TLS, as behind a proxy. The server should
// set DisableGeneralOptionsHandler, or it answers "OPTIONS *" itself.
func Listen(l net.Listener, limits Limits, refuse func(http.ResponseWriter, *http.Request, Fault)) net.Listener {
	return &listener{l, limits.withDefaults(), refuse}
}

type listener struct {
	net.Listener
	limits Limits
	refuse func(http.ResponseWriter, *http.Request, Fault)
}

// Accept implements [net.Listener].
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, listener: l}, nil
}
