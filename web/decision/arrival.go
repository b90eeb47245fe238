package decision

import (
	"cmp"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/web/decision/wire"
)

// faults has the decision that a head with a fault fails.
var faults = [...]Node{
	wire.NoFault:            passed,
	wire.HeadTimeout:        W10,
	wire.TargetTooLong:      W3,
	wire.HeaderTooLarge:     W4,
	wire.BadSyntax:          W1,
	wire.BadVersion:         W2,
	wire.BadHost:            W5,
	wire.BadFraming:         W6,
	wire.UnknownCoding:      W7,
	wire.UnknownExpectation: S4,
}

// headPasses reports whether the head of the request passes the current
// decision. The answer was found before: by net/http, or by a listener of
// [Handler.Listen].
func (e *exchange) headPasses() bool { return e.refused != e.at }

func (e *exchange) targetFits() bool {
	return e.headPasses() && len(e.r.RequestURI) <= cmp.Or(e.handler.Limits.Target, wire.DefaultTarget)
}

func (e *exchange) servesAuthority() bool {
	return e.servesTarget() && (e.handler.Serves == nil || e.handler.Serves(e.r.Host))
}

// servesTarget reports whether an absolute URI in the request line is one of this
// server (7.4). A target in another form has neither scheme nor authority.
func (e *exchange) servesTarget() bool {
	if e.r.RequestURI == "" || e.r.RequestURI[0] == '/' || e.r.URL.Scheme == "" || e.r.Method == http.MethodConnect {
		return true
	}
	scheme := e.r.URL.Scheme
	connection := "http"
	if e.r.TLS != nil {
		connection = "https"
	}
	origin, err := url.Parse(e.handler.Origin)
	if err != nil || origin.Host == "" {
		return scheme == connection
	}
	authority := authorityOf(scheme, e.r.URL.Host)
	if scheme == origin.Scheme && authority == authorityOf(scheme, origin.Host) {
		return true // also in the clear, from a proxy that has done TLS
	}
	return scheme == connection && (authority == authorityOf(scheme, origin.Host) || e.isLocal(authority))
}

// isLocal reports whether the authority is the address that the connection was
// made to.
func (e *exchange) isLocal(authority string) bool {
	local, ok := e.r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return false
	}
	port := strconv.Itoa(local.Port)
	return authority == net.JoinHostPort(local.IP.String(), port) || local.IP.IsLoopback() && authority == net.JoinHostPort("localhost", port)
}

// authorityOf returns HOST:PORT in lower case.
func authorityOf(scheme, host string) string {
	u := url.URL{Host: strings.ToLower(host)}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// earlyAndUnsafe reports whether the request arrived before the TLS handshake was
// complete, so that an attacker may replay it, and is not safe. The server in
// front sets Early-Data.
func (e *exchange) earlyAndUnsafe() bool {
	early := e.r.Header["Early-Data"]
	return len(early) > 0 && !safe(e.r.Method) && slices.Contains(early, "1")
}

// safe reports whether the method is safe (9.2.1).
func safe(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, methodQuery:
		return true
	}
	return false
}

// expectationMet comes before what the resource is asked, because net/http
// answers unknown expectations before it calls a handler.
func (e *exchange) expectationMet() bool {
	for _, value := range e.r.Header["Expect"] {
		for expectation := range strings.SplitSeq(value, ",") {
			expectation = strings.TrimSpace(expectation)
			if expectation != "" && !strings.EqualFold(expectation, "100-continue") {
				return false
			}
		}
	}
	return e.headPasses()
}
