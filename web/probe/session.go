package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/rhaptos/rhaptos/web/probe/rawhttp"
)

// session sends all requests to one target.
type session struct {
	ctx     context.Context
	client  *rawhttp.Client
	patient *rawhttp.Client
	left    int // requests that may still be sent
	sent    int
	late    int // how often a response was wanted that did not come in time
	memo    map[string]*rawhttp.Response
	err     error // there is no connection, or too many requests were sent
}

var errTooMany = errors.New("more requests would be needed than are permitted")

// do sends a request, or returns the response to the same request sent before.
func (s *session) do(r rawhttp.Request) *rawhttp.Response {
	key := fmt.Sprint(r.Ends, r.Bytes())
	if a, sent := s.memo[key]; sent {
		return s.seen(a)
	}
	a := s.again(r)
	s.memo[key] = a
	return a
}

// seen counts a response that did not come in time, each time it is wanted.
func (s *session) seen(a *rawhttp.Response) *rawhttp.Response {
	if a.Status == rawhttp.TimedOut {
		s.late++
	}
	return a
}

// timedOut reports whether the error is a timeout of ours, and not of the caller's
// context.
func timedOut(ctx context.Context, err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout() && ctx.Err() == nil
}

// again sends a request that may have been sent before.
func (s *session) again(r rawhttp.Request) *rawhttp.Response {
	if s.left == 0 && s.err == nil {
		s.err = errTooMany
	}
	if s.err == nil {
		s.left--
		s.sent++
		a, err := s.client.Send(s.ctx, &r)
		switch {
		case err == nil:
			return s.seen(a)
		case s.sent > 1 && timedOut(s.ctx, err): // the server has been reached before
			return s.seen(&rawhttp.Response{Status: rawhttp.TimedOut, Trouble: err.Error(), Header: http.Header{}})
		}
		s.err = err
	}
	return &rawhttp.Response{Status: rawhttp.Closed, Trouble: s.err.Error()}
}
