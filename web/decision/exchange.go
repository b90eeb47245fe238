package decision

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/rhaptos/rhaptos/web/decision/wire"
)

// exchange is the state of one request on its walk: what has been asked of the
// resource, and the response as far as it has come.
type exchange struct {
	handler  *Handler
	w        wire.Writer
	r        *http.Request
	resource Resource
	trace    Trace
	at       Node  // the current decision
	refused  Node  // the decision that the head of the request fails, or passed
	err      error // of the current decision
	lent     bool  // whether a resource got something that it might keep

	retryAfter time.Duration
	preflights http.Header
	methods    []string
	complaint  string // detail of an error, for the client; may be empty
	access     Access
	content    Content
	body       *wire.Body
	state      State
	selection  selection
	condition  condition
	parts      parts
	processed  bool
	outcome    Outcome
	form       string    // media type of an error's body
	ownForm    ErrorForm // the resource's own form, if that is used
	values     []string  // of the response's fields
	*cache
}

// passed is no decision: the head of the request has no fault.
const passed Node = -1

// pooled is an exchange with what the next request can reuse: room for all its
// steps, and the cache.
type pooled struct {
	exchange
	steps [decisions]Step
	cache cache
}

// cache holds results of earlier requests that the next is likely to need again.
type cache struct {
	date        date
	lastChoices [dimensions]lastChoice
}

var pool = sync.Pool{New: func() any { return new(pooled) }}

// end reports the trace and returns the exchange to the pool.
func (s *pooled) end() {
	e := &s.exchange
	e.w.Finish()
	e.closeResource()
	if e.handler.Observe != nil {
		e.handler.Observe(e.r, &e.trace)
	}
	unread := e.body.Release(e.content.Duplex && e.processed)
	if unread != nil && e.w.Begun() && e.trace.Status < 400 { // an error closes the connection itself
		defer panic(http.ErrAbortHandler)
	}
	if e.lent {
		return
	}
	*e = exchange{}
	pool.Put(s)
}

// closeResource closes a resource that is an [io.Closer].
func (e *exchange) closeResource() {
	closer, ok := e.resource.(io.Closer)
	if !ok {
		return
	}
	if err := guard(closer.Close); err != nil && e.trace.Fault == nil {
		e.trace.Fault = fmt.Errorf("close the resource: %w", err)
	}
}
