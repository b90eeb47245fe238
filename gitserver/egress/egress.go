// Package egress makes connections to addresses that users supply: those of webhooks
// and of upstream repositories. A server that connects to any address gives access to
// its own network, so a Guard checks the address of every single connection (OWASP, "Server-Side Request Forgery Prevention").
package egress

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// Guard limits the addresses of connections. The zero Guard permits every port of
// the public internet.
type Guard struct {
	Private  bool          // also to networks that are not public, to whatever port
	Ports    []uint16      // only to these; empty: to all
	Resolver *net.Resolver `json:"-"` // nil: that of the machine
}

// Allow refuses an address that connections may not go to.
func (g Guard) Allow(to netip.AddrPort) error {
	if g.Private {
		return nil
	}
	if err := Public(to.Addr()); err != nil {
		return err
	}
	return g.allowPort(to.Port())
}

func (g Guard) allowPort(port uint16) error {
	if len(g.Ports) > 0 && !slices.Contains(g.Ports, port) {
		return fmt.Errorf("port %d is not one of those to which connections are limited here", port)
	}
	return nil
}

// connectTimeout limits how long establishing a connection may take.
const connectTimeout = 10 * time.Second

// Client is an HTTP client that connects only where the guard lets it. It knows
// no proxy, so that the environment has no say in where secrets go; it follows no
// redirect, so that the answer is that of the address that was named; it does not
// decompress, so that a small answer cannot become a large one; and it makes a
// connection for every request, so that each is allowed anew. Timeout bounds a
// whole exchange, 0 means that the caller does. Header is how many bytes the
// header of an answer may have.
func (g Guard) Client(timeout time.Duration, header int64) *http.Client {
	dialer := &net.Dialer{Timeout: connectTimeout, Resolver: g.Resolver}
	dialer.ControlContext = func(_ context.Context, _, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return g.Allow(to)
	}
	return &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			Proxy:                  nil,
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    connectTimeout,
			DisableCompression:     true,
			DisableKeepAlives:      true,
			MaxResponseHeaderBytes: header,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
