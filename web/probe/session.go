package probe

import (
	"context"
	"errors"
	"fmt"

	"github.com/rhaptos/rhaptos/web/probe/rawhttp"
)

// session sends all requests to one target.
type session struct {
	ctx     context.Context
	client  *rawhttp.Client
	patient *rawhttp.Client
	left    int // requests that may still be sent
	sent    int
	memo    map[string]*rawhttp.Response
	err     error // there is no connection, or too many requests were sent
}

var errTooMany = errors.New("more requests would be needed than are permitted")

// do sends a request, or returns the response to the same request sent before.
func (s *session) do(r rawhttp.Request) *rawhttp.Response {
	key := fmt.Sprint(r.Ends, r.Bytes())
	if a, sent := s.memo[key]; sent {
		return a
	}
	a := s.again(r)
	s.memo[key] = a
	return a
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
		if err == nil {
			return a
		}
		s.err = err
	}
	return &rawhttp.Response{Status: rawhttp.Closed, Trouble: s.err.Error()}
}
