package decision

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/rhaptos/rhaptos/web/decision/wire"
)

// Handler answers requests for resources.
type Handler struct {
	// Find returns the resource that a request is for; nil is a 404.
	Find func(*http.Request) Resource

	// Page writes an error as an HTML document. If it is nil or fails, a plain
	// document is sent.
	Page func(io.Writer, *http.Request, Problem) error

	// Observe receives the trace of each request after it has been answered. It
	// must not keep the trace, whose memory is reused; see [Trace.Clone].
	Observe func(*http.Request, *Trace)

	// Name names the trace of a request. A response whose trace has a name
	// carries it in the field Decision-Trace, and the steps in Decision-Path.
	// If Name is nil or returns "", the response has neither.
	Name func(*http.Request) string

	// Facts adds to each step of a trace what was compared with what. This
	// costs memory for each request.
	Facts bool

	// Serves reports whether this server answers for the authority of a
	// request, its Host; if not, the status is 421. Nil serves all.
	Serves func(authority string) bool

	// Origin is how clients name the server, "https://books.example"; may be
	// empty. A request whose target is an absolute URI must name it, or the
	// address that the connection was made to; if not, the status is 421. If
	// Origin is empty only the scheme must be that of the connection.
	Origin string

	// TooFast reports whether a client sends too many requests, and when it may
	// send the next; zero if unknown. Nil limits nobody.
	TooFast func(*http.Request) (tooFast bool, retryAfter time.Duration)

	// SendTimeout is how long a client may take to receive a piece of a stream
	// or of a file; 2 minutes if zero.
	SendTimeout time.Duration

	// Limits bound the head of a request. Without [Handler.Listen] only the
	// longest target counts.
	Limits wire.Limits
}

// Listen wraps a listener of an [http.Server] whose handler is h, so that the
// table also decides what net/http would answer itself, or not at all: 400, 408,
// 414, 417, 431, 501 and 505. Observe receives the traces of these requests too.
// See [wire.Listen] for how to set up the server.
func (h *Handler) Listen(l net.Listener) net.Listener { return wire.Listen(l, h.Limits, h.refuse) }

// ServeHTTP walks the table and sends the response that it leads to. A resource
// that fails or panics is a 500; if the response has begun already, the
// connection is closed so that the client does not take a part for the whole.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.serve(w, r, passed, "") }

// refuse answers a request whose head has a fault.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, f wire.Fault) {
	h.serve(w, r, faults[f.Kind], f.Reason)
}

// serve answers a request. The head is known to fail the decision refused, for
// the reason why; or it is known to pass.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, refused Node, why string) {
	s := pool.Get().(*pooled)
	e := &s.exchange
	e.handler, e.r, e.refused, e.complaint = h, r, refused, why
	e.w = wire.Writer{ResponseWriter: w, Timeout: h.SendTimeout}
	e.trace.Steps, e.cache = s.steps[:0], &s.cache
	if h.Name != nil {
		e.trace.Name = h.Name(r)
	}
	defer s.end()
	err := guard(e.start)
	if err == nil {
		return
	}
	if e.w.Lost() {
		panic(http.ErrAbortHandler)
	}
	e.trace.Fault, e.err = err, nil
	if !e.w.Begun() {
		err = e.answer(E2)
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
}

func (e *exchange) start() error {
	if e.refused == passed {
		e.watchContent()
		e.resource = e.handler.Find(e.r)
	}
	if e.resource == nil {
		e.resource = Absent{}
	}
	return e.answer(0)
}

// guard runs f and turns a panic into an error.
func guard(f func() error) (err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p)
		default:
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}

// answer walks from a decision on and sends what that ends with.
func (e *exchange) answer(from Node) error {
	end, err := e.walk(from)
	if err != nil {
		return err
	}
	status, _ := end.Status()
	e.trace.Status = status
	e.setTraceFields()
	switch e.at {
	case M1, M9:
		e.sendOptions(status)
		return nil
	case M8:
		return e.sendTrace(status)
	case G1:
		return e.sendChoices(status)
	case X2a, X2c, X2d:
		e.sendRedirection(status)
		return nil
	}
	switch {
	case status >= 400:
		return e.sendError(status)
	case e.processed:
		return e.sendOutcome(status)
	}
	return e.sendRepresentation(status)
}

// setTraceFields names the trace in the response. The path ends with the status:
// the decisions about the form of an error come later.
func (e *exchange) setTraceFields() {
	if e.trace.Name == "" {
		return
	}
	e.trace.Known = e.facts()
	e.w.Header().Set("Decision-Trace", e.trace.Name)
	e.w.Header().Set("Decision-Path", e.trace.String())
}
