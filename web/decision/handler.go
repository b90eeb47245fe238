package decision

import (
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"sync"
	"time"
)

// Handler answers requests for resources.
type Handler struct {
	// Find says which resource a request is for; nil means none, which is 404.
	Find func(*http.Request) Resource

	// Page writes an error as an HTML document; nil means a plain one. If it
	// fails the plain one is sent.
	Page func(io.Writer, *http.Request, Problem) error

	// Observe is told the way of each request when it has been answered. It
	// must not keep the trace: its memory is used again.
	Observe func(*http.Request, *Trace)

	// Name gives the trace of a request a name. An answer whose trace has one
	// tells it in the field Decision-Trace, and the way that led to it in
	// Decision-Path. Nil and an empty name mean that nothing is told.
	Name func(*http.Request) string

	// Facts adds to each step of a trace what was asked and what was known. It
	// costs memory for each request.
	Facts bool

	// Serves reports whether the authority of a request, its Host, is one of
	// this server's; otherwise the answer is 421. Nil means that all are.
	Serves func(authority string) bool

	// TooFast reports whether a client asks too often, and when it may ask
	// again; zero means that this is not known. Nil means that none does.
	TooFast func(*http.Request) (tooFast bool, retryAfter time.Duration)

	// SendTimeout is how long a client may let a piece of a stream or of a file
	// wait before it takes it; 2 minutes if zero.
	SendTimeout time.Duration

	// MaxTarget is the longest request target, in bytes; 8 KiB if zero.
	MaxTarget int
}

// defaultMaxTarget is what RFC 9112 section 3 recommends to support at least.
const defaultMaxTarget = 8 << 10

func (h *Handler) maxTarget() int {
	if h.MaxTarget > 0 {
		return h.MaxTarget
	}
	return defaultMaxTarget
}

// exchange is one request on its way, with the facts that it has met.
type exchange struct {
	handler  *Handler
	w        writer
	r        *http.Request
	resource Resource
	trace    Trace
	at       Way   // the decision that is asked
	wire     Way   // the one that the wire has failed; noFailure if none
	err      error // of the fact asked last
	lent     bool  // whether a resource was given something that it might keep

	retryAfter time.Duration
	preflights http.Header
	methods    []string
	complaint  string // what to tell the client about an error; may be empty
	access     Access
	content    Content
	body       *contentReader
	state      State
	selection  selection
	condition  condition
	parts      parts
	processed  bool
	outcome    Outcome
	form       string    // media type of an error's body
	ownForm    ErrorForm // that form, if it is the resource's own
	values     []string  // of the answer's fields
	*memory
}

const noFailure Way = -1

// space is an exchange with what need not be cleared for the next request: room
// for all its steps, and what is likely to come again.
type space struct {
	exchange
	steps  [decisions]Step
	memory memory
}

// memory is what an exchange has from those before it.
type memory struct {
	date   date
	habits [dimensions]habit
}

var spaces = sync.Pool{New: func() any { return new(space) }}

// ServeHTTP walks the table and sends what it leads to. A fact that fails or
// panics is a 500; when the answer has begun already, the connection is broken
// off so that the client does not take a part for the whole.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.serve(w, r, noFailure, "") }

// serve answers a request of which the wire may know already that a decision
// fails, and why.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, wire Way, why string) {
	s := spaces.Get().(*space)
	e := &s.exchange
	e.handler, e.w.ResponseWriter, e.r, e.wire, e.complaint = h, w, r, wire, why
	e.trace.Steps, e.memory = s.steps[:0], &s.memory
	if h.Name != nil {
		e.trace.Name = h.Name(r)
	}
	defer s.end()
	err := guard(e.start)
	if err == nil {
		return
	}
	if e.w.lost {
		panic(http.ErrAbortHandler)
	}
	e.trace.Fault, e.err = err, nil
	if !e.w.begun {
		err = e.answer(E2)
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
}

// end tells the observer, and gives the exchange back for the next request.
func (s *space) end() {
	e := &s.exchange
	e.endPatience()
	e.closeResource()
	if e.handler.Observe != nil {
		e.handler.Observe(e.r, &e.trace)
	}
	unread := e.body.release(e.content.Duplex && e.processed)
	if unread != nil && e.w.begun && e.trace.Status < 400 { // an error closes the connection itself
		defer panic(http.ErrAbortHandler)
	}
	if e.lent {
		return
	}
	*e = exchange{}
	spaces.Put(s)
}

// closeResource lets the resource give back what it holds.
func (e *exchange) closeResource() {
	closer, ok := e.resource.(io.Closer)
	if !ok {
		return
	}
	if err := guard(closer.Close); err != nil && e.trace.Fault == nil {
		e.trace.Fault = fmt.Errorf("close the resource: %w", err)
	}
}

func (e *exchange) start() error {
	if e.wire == noFailure {
		e.watchContent()
		e.resource = e.handler.Find(e.r)
	}
	if e.resource == nil {
		e.resource = Absent{}
	}
	return e.answer(0)
}

// guard runs f and makes an error of a panic.
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
func (e *exchange) answer(from Way) error {
	end, err := e.walk(from)
	if err != nil {
		return err
	}
	status, _ := end.Status()
	e.trace.Status = status
	e.tellTrace()
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

// tellTrace names the trace in the answer. The way ends with the status: what
// decides on the form of an error comes behind.
func (e *exchange) tellTrace() {
	if e.trace.Name == "" {
		return
	}
	e.trace.Known = e.facts()
	e.w.Header().Set("Decision-Trace", e.trace.Name)
	e.w.Header().Set("Decision-Path", e.trace.String())
}

// writer knows whether the answer has begun.
type writer struct {
	http.ResponseWriter
	begun bool
	timed bool // the client has a deadline for what is sent
	lost  bool // the client does not take the answer
}

// WriteHeader begins the answer; 1xx are not the answer yet.
func (w *writer) WriteHeader(status int) {
	w.begun = w.begun || status >= 200
	w.ResponseWriter.WriteHeader(status)
}

// Write begins the answer if nothing has.
func (w *writer) Write(p []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(p)
}
