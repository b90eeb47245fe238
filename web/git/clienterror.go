package git

import (
	"errors"
	"net/http"
	"time"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
)

// ClientError is an error of git or of Git LFS that is reported to the client. Any
// other error is a fault.
type ClientError interface {
	error // what is wrong and what to do, lower-case, without a full stop

	// Status is the HTTP status code: 400, 401, 403, 404, 409, 413, 422, 429 or 507.
	Status() int

	// RetryAfter is when to try again; 0 if that is unknown.
	RetryAfter() time.Duration

	// Body is the error in the form of the protocol; nil if the text says everything.
	Body() []byte
}

// clientError returns the ClientError that err wraps, nil if there is none.
func clientError(err error) ClientError {
	var e ClientError
	errors.As(err, &e)
	return e
}

// accessOf returns the access that goes with an error of git or LFS, or the error
// if it is a fault.
func accessOf(err error) (decision.Access, error) {
	refused := clientError(err)
	if refused == nil {
		return decision.Access{}, err
	}
	access := decision.Access{Reason: refused.Error(), RetryAfter: refused.RetryAfter()}
	switch refused.Status() {
	case http.StatusUnauthorized:
		access.Challenge = resource.Challenge
	case http.StatusForbidden:
		access.Forbidden = true
	case http.StatusNotFound:
		access.Hidden = true
	case http.StatusTooManyRequests:
		access.OverQuota = true
	default:
		return decision.Access{}, err
	}
	return access, nil
}

// results are the outcomes by status.
var results = map[int]decision.Result{
	http.StatusBadRequest:            decision.Malformed,
	http.StatusRequestEntityTooLarge: decision.TooLarge,
	http.StatusUnprocessableEntity:   decision.Unprocessable,
	http.StatusConflict:              decision.Conflict,
	http.StatusTooManyRequests:       decision.TooMany,
	http.StatusInsufficientStorage:   decision.NoRoom,
}

// outcomeOf returns the outcome that goes with an error of git or LFS, or the error
// if it is a fault.
func outcomeOf(err error) (decision.Outcome, error) {
	refused := clientError(err)
	if refused == nil {
		return decision.Outcome{}, err
	}
	result, ok := results[refused.Status()]
	if !ok {
		return decision.Outcome{}, err
	}
	return decision.Outcome{Result: result, Reason: refused.Error(), RetryAfter: refused.RetryAfter()}, nil
}

// notFound returns the reason of a 404; empty if the error is none.
func notFound(err error) string {
	if refused := clientError(err); refused != nil && refused.Status() == http.StatusNotFound {
		return refused.Error()
	}
	return ""
}
