package decision

import (
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
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
	// must not keep the trace's Steps.
	Observe func(*http.Request, *Trace)
}

// exchange is one request on its way, with the facts that it has met.
type exchange struct {
	handler  *Handler
	w        *writer
	r        *http.Request
	resource Resource
	trace    Trace
	err      error // of the fact asked last

	retryAfter time.Duration
	methods    []string
	complaint  string // what to tell the client about an error; may be empty
	access     Access
	state      State
	selection  selection
	condition  condition
	part       part
	form       string // media type of an error's body
}

// ServeHTTP walks the table and sends what it leads to. A fact that fails or
// panics is a 500; when the answer has begun already, the connection is broken
// off so that the client does not take a part for the whole.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e := &exchange{handler: h, w: &writer{ResponseWriter: w}, r: r}
	e.trace.Steps = make([]Step, 0, decisions)
	if h.Observe != nil {
		defer h.Observe(r, &e.trace)
	}
	err := guard(func() error {
		if e.resource = h.Find(r); e.resource == nil {
			e.resource = Absent{}
		}
		return e.answer(S1)
	})
	if err == nil {
		return
	}
	e.trace.Fault, e.err = err, nil
	if !e.w.begun {
		err = e.answer(E2)
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
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
	if end == Process {
		return e.resource.Process(e.w, e.r)
	}
	status, _ := end.Status()
	e.trace.Status = status
	switch {
	case status >= 400:
		return e.sendError(status)
	case status == http.StatusNoContent:
		e.sendNothing()
		return nil
	case status >= 300 && status != http.StatusNotModified:
		e.sendRedirection(status)
		return nil
	}
	return e.sendRepresentation(status)
}

// writer knows whether the answer has begun.
type writer struct {
	http.ResponseWriter
	begun bool
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

// Unwrap lets http.ResponseController find what the server's writer can do.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
