// Package refusal is the errors that a client of git's transports is told: what
// it asked for is understood, and is not done for a reason that lies with the
// client or will pass. A transport says them in its own way: as a status, as a
// line of git's.
package refusal

import (
	"errors"
	"time"
)

// Kind is what the reason is.
type Kind uint8

// The kinds.
const (
	Unauthenticated Kind = iota // who asks has not shown who that is, or not rightly
	Forbidden                   // who asks may not do this
	NotFound                    // it is not there, or who asks may not know that it is
	Malformed                   // the content is not of the form that it must have
	TooLarge                    // there is more of it than is taken
	Unprocessable               // it says what cannot be done
	Conflict                    // what is there does not allow it
	TooMany                     // too much is under way already
	NoRoom                      // what is stored would become too much
)

// Refusal is an error for the client.
type Refusal struct {
	Kind       Kind
	Text       string        // what is wrong and what to do, lower-case, without a full stop
	RetryAfter time.Duration // when to try again; 0 if that is not known
	Answer     []byte        // the same in the form of the protocol, if that says more than the text
}

// Error implements [error].
func (r *Refusal) Error() string { return r.Text }

// New is a refusal that says only why.
func New(kind Kind, text string) error { return &Refusal{Kind: kind, Text: text} }

// Of is the refusal in an error; nil if there is none, so that it is a fault.
func Of(err error) *Refusal {
	var refused *Refusal
	errors.As(err, &refused)
	return refused
}
