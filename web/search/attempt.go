package search

import (
	"errors"
	"net/http"
	"time"

	index "github.com/rhaptos/rhaptos/publish/search"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
)

// attempt is the search that a request asks for, to be embedded. It is made before
// anything else, because whether it can be made decides whether the resource is
// available: a result that lacks something would look like the answer.
type attempt struct {
	access    decision.Access // of the sender, once it is known
	accessErr error
	known     bool

	made   bool
	list   []decision.Representation
	err    error
	reason string // why there is no answer
}

// searching is what an attempt needs of its resource.
type searching interface {
	Access(*http.Request) (decision.Access, error)
	State(*http.Request) (decision.State, error)
	search(*http.Request) ([]decision.Representation, error)
}

// try makes the search, if the sender may. It returns false, and when to try again,
// if there was no time for it.
func (a *attempt) try(r *http.Request, x searching) (ok bool, retryAfter time.Duration) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return true, 0
	}
	if access, err := x.Access(r); err != nil || resource.Refused(access) {
		return true, 0 // which is found again
	}
	if state, err := x.State(r); err != nil || state.Existence != decision.Exists {
		return true, 0
	}
	a.made = true
	a.list, a.err = x.search(r)
	switch {
	case errors.Is(a.err, index.ErrNotIndexed):
		a.reason, retryAfter = "The book is still being indexed. Try again in a moment.", 2*time.Second
	case errors.Is(a.err, index.ErrBusy):
		a.reason, retryAfter = "Too many searches are under way. Try again in a moment.", 5*time.Second
	case errors.Is(a.err, index.ErrTooSlow):
		a.reason, retryAfter = "The search took too long. Try again later, or with fewer or rarer words.", 30*time.Second
	default:
		return true, 0
	}
	return false, retryAfter
}

// accessOnce returns what f returned when it was first called: wrong credentials are
// counted each time that they are looked up.
func (a *attempt) accessOnce(f func() (decision.Access, error)) (decision.Access, error) {
	if !a.known {
		a.access, a.accessErr = f()
		a.known = true
	}
	return a.access, a.accessErr
}

// result is what the search has found.
func (a *attempt) result(r *http.Request, x searching) ([]decision.Representation, error) {
	if !a.made {
		return x.search(r)
	}
	return a.list, a.err
}

// Unavailable implements [decision.Busy].
func (a *attempt) Unavailable() string { return a.reason }
