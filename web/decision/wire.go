package decision

import (
	"net/http"
	"slices"
	"strings"
)

// wireIsRight is asked about what has been found out, or not, before a request
// became one: by net/http, or by a [Listener].
func (e *exchange) wireIsRight() bool { return e.wire != e.at }

func (e *exchange) targetFits() bool {
	return e.wireIsRight() && len(e.r.RequestURI) <= e.handler.maxTarget()
}

func (e *exchange) servesAuthority() bool {
	return e.handler.Serves == nil || e.handler.Serves(e.r.Host)
}

// earlyAndUnsafe is about a request that came before the handshake was done, so
// that somebody may send it once more. A server in front says so.
func (e *exchange) earlyAndUnsafe() bool {
	early := e.r.Header["Early-Data"]
	return len(early) > 0 && !safe(e.r.Method) && slices.Contains(early, "1")
}

// safe reports whether the method is defined not to change anything (9.2.1).
func safe(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, methodQuery:
		return true
	}
	return false
}

// expectationMet stands before all that the server is asked, because net/http
// answers other expectations before any handler.
func (e *exchange) expectationMet() bool {
	for _, value := range e.r.Header["Expect"] {
		for expectation := range strings.SplitSeq(value, ",") {
			expectation = strings.TrimSpace(expectation)
			if expectation != "" && !strings.EqualFold(expectation, "100-continue") {
				return false
			}
		}
	}
	return e.wireIsRight()
}
