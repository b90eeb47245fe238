package resource

import (
	"errors"
	"time"

	"github.com/rhaptos/rhaptos/web/decision"
)

// Challenge requests a user name and a token (RFC 7617).
const Challenge = `Basic realm="Rhaptos", charset="UTF-8"`

// Errors of [Repositories].
var (
	ErrNotFound     = errors.New("no such repository")           // 404: also to hide one
	ErrUnauthorized = errors.New("authentication required")      // 401
	ErrForbidden    = errors.New("not allowed for this account") // 403
)

// TooManyError reports that the sender has to wait before the credentials of a
// request are looked at: 429.
type TooManyError struct {
	Reason     string // in words for the client
	RetryAfter time.Duration
}

// Error implements [error].
func (e *TooManyError) Error() string { return e.Reason }

// AccessOf returns the access that goes with an error of [Repositories], or the error
// if it is a fault.
func AccessOf(err error) (decision.Access, error) {
	wait := (*TooManyError)(nil)
	switch {
	case errors.As(err, &wait):
		return decision.Access{OverQuota: true, RetryAfter: wait.RetryAfter, Reason: wait.Reason}, nil
	case errors.Is(err, ErrUnauthorized):
		return decision.Access{Challenge: Challenge}, nil
	case errors.Is(err, ErrForbidden):
		return decision.Access{Forbidden: true}, nil
	case errors.Is(err, ErrNotFound):
		return decision.Access{Hidden: true}, nil
	}
	return decision.Access{}, err
}

// Refused reports whether the request is denied.
func Refused(a decision.Access) bool {
	return a.Challenge != "" || a.Forbidden || a.Hidden || a.Blocked || a.OverQuota
}
