// Package clienterror has the errors of git's transports and of Git LFS that the
// client is told: its request was understood and is not carried out, for a reason
// that lies with the client or will pass. Any other error is a fault of the server.
package clienterror

import (
	"errors"
	"net/http"
	"time"
)

// Kind is the reason for an error: the HTTP status code for it (RFC 9110
// section 15.5, RFC 6585, RFC 4918).
type Kind int

// The kinds.
const (
	Malformed       Kind = http.StatusBadRequest            // the content does not have the form that it must have
	Unauthenticated Kind = http.StatusUnauthorized          // credentials are missing or wrong
	Forbidden       Kind = http.StatusForbidden             // the client may not do this
	NotFound        Kind = http.StatusNotFound              // it does not exist, or the client may not know that it does
	Conflict        Kind = http.StatusConflict              // the present state does not allow it
	TooLarge        Kind = http.StatusRequestEntityTooLarge // the content exceeds a limit
	Unprocessable   Kind = http.StatusUnprocessableEntity   // the content asks for something impossible
	TooMany         Kind = http.StatusTooManyRequests       // too many requests are under way
	NoRoom          Kind = http.StatusInsufficientStorage   // a quota would be exceeded
)

// Error is an error for the client.
type Error struct {
	Kind  Kind
	Text  string        // what is wrong and what to do, lower-case, without a full stop
	Retry time.Duration // when to try again; 0: unknown
	JSON  []byte        // the error in the form of the protocol, if that says more than Text
}

// New returns an error of the kind with a text.
func New(kind Kind, text string) error { return &Error{Kind: kind, Text: text} }

// Of returns the error for the client that err wraps; nil if there is none.
func Of(err error) *Error {
	var e *Error
	errors.As(err, &e)
	return e
}

// Error implements [error].
func (e *Error) Error() string { return e.Text }

// Status is the HTTP status code.
func (e *Error) Status() int { return int(e.Kind) }

// RetryAfter is when to try again; 0 if that is unknown.
func (e *Error) RetryAfter() time.Duration { return e.Retry }

// Body is the error in the form of the protocol; nil if Error says everything.
func (e *Error) Body() []byte { return e.JSON }
