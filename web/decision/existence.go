package decision

import "errors"

func (e *exchange) exists() bool {
	e.state, e.err = e.resource.State(e.r)
	e.complaint = e.state.Reason
	return e.state.Existence == Exists
}

func (e *exchange) movedPermanently() bool { return e.state.Existence == MovedPermanently }
func (e *exchange) movedTemporarily() bool { return e.state.Existence == MovedTemporarily }
func (e *exchange) seeOther() bool         { return e.state.Existence == SeeOther }
func (e *exchange) toGet() bool            { return e.state.ToGet }
func (e *exchange) gone() bool             { return e.state.Existence == Gone && !e.mayCreate() }
func (e *exchange) mayCreate() bool        { return e.state.MayCreate && !safe(e.r.Method) }

// createUnconditional reports whether a required precondition is missing. Of
// the preconditions only If-None-Match says anything about what does not exist.
func (e *exchange) createUnconditional() bool { return e.state.Condition && !e.hasIfNoneMatch() }

// queryRefused makes the result of a QUERY, which means reading its content.
// Faulty content is reported like that of any other method.
func (e *exchange) queryRefused() bool {
	if e.r.Method != methodQuery {
		return false
	}
	e.load()
	if e.err == nil {
		return false
	}
	if outcome, failed := e.contentFailure(); failed {
		e.outcome, e.processed, e.err = outcome, true, nil
		return true
	}
	if outcome := (*Outcome)(nil); errors.As(e.err, &outcome) {
		e.outcome, e.processed, e.err = *outcome, true, nil
		return true
	}
	return false
}
