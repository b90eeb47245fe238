package decision

import (
	"net/http"
	"slices"
)

// The methods of section 9.3 and RFC 5789: those that are known. Another one is
// answered 501, whatever the resource.
var knownMethods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete,
	http.MethodConnect, http.MethodOptions, http.MethodTrace, http.MethodPatch,
}

func (e *exchange) available() bool {
	var ok bool
	ok, e.retryAfter, e.err = e.resource.Available(e.r)
	return ok
}

func (e *exchange) knownMethod() bool { return slices.Contains(knownMethods, e.r.Method) }

func (e *exchange) methodAllowed() bool {
	e.methods = e.resource.Methods(e.r)
	return slices.Contains(e.methods, e.r.Method)
}

func (e *exchange) malformed() bool {
	e.complaint = e.resource.Malformed(e.r)
	return e.complaint != ""
}

func (e *exchange) authorized() bool {
	e.access, e.err = e.resource.Access(e.r)
	e.complaint = e.access.Reason
	return e.access.Challenge == ""
}

func (e *exchange) forbidden() bool { return e.access.Forbidden || e.access.Hidden }
func (e *exchange) hidden() bool    { return e.access.Hidden }
func (e *exchange) blocked() bool   { return e.access.Blocked }
func (e *exchange) options() bool   { return e.r.Method == http.MethodOptions }

func (e *exchange) exists() bool {
	e.state, e.err = e.resource.State(e.r)
	e.complaint = e.state.Reason
	return e.state.Existence == Exists
}

func (e *exchange) movedPermanently() bool { return e.state.Existence == MovedPermanently }
func (e *exchange) movedTemporarily() bool { return e.state.Existence == MovedTemporarily }
func (e *exchange) seeOther() bool         { return e.state.Existence == SeeOther }
func (e *exchange) gone() bool             { return e.state.Existence == Gone }
func (e *exchange) mayCreate() bool        { return e.state.MayCreate && !e.reads() }

// reads reports whether the method is GET or HEAD.
func (e *exchange) reads() bool {
	return e.r.Method == http.MethodGet || e.r.Method == http.MethodHead
}

func (e *exchange) hasContent() bool { return e.selection.chosen != nil }
func (e *exchange) failed() bool     { return e.trace.Fault != nil }
