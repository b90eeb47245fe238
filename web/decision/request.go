package decision

import (
	"net/http"
	"slices"
)

// methodQuery is not in net/http yet (RFC 10008).
const methodQuery = "QUERY"

// knownMethods are those of section 9.3, RFC 5789 and RFC 10008. Any other is a
// 501, whatever the resource.
var knownMethods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodConnect,
	http.MethodOptions, http.MethodTrace, http.MethodPatch, methodQuery,
}

func (e *exchange) available() bool {
	var ok bool
	ok, e.retryAfter, e.err = e.resource.Available(e.r)
	if busy, says := e.resource.(Busy); says && !ok {
		e.complaint = busy.Unavailable()
	}
	return ok
}

func (e *exchange) knownMethod() bool { return slices.Contains(knownMethods, e.r.Method) }

func (e *exchange) tooFast() bool {
	if e.handler.TooFast == nil {
		return false
	}
	var too bool
	too, e.retryAfter = e.handler.TooFast(e.r)
	return too
}

func (e *exchange) isOptions() bool { return e.r.Method == http.MethodOptions }
func (e *exchange) isTrace() bool   { return e.r.Method == http.MethodTrace }

func (e *exchange) preflight() bool {
	if !e.isOptions() {
		return false
	}
	e.preflights = e.resource.Preflight(e.r)
	if e.preflights == nil {
		return false
	}
	e.methods = e.resource.Methods(e.r)
	return true
}

func (e *exchange) methodAllowed() bool {
	e.methods = e.resource.Methods(e.r)
	switch method := e.r.Method; method {
	case http.MethodOptions:
		return true
	case http.MethodHead:
		return slices.Contains(e.methods, http.MethodGet)
	default:
		return slices.Contains(e.methods, method)
	}
}

// allowed returns the value of Allow (10.2.1): the methods of the resource,
// with HEAD and OPTIONS, which are implied.
func (e *exchange) allowed() []string {
	var list []string
	for _, m := range e.methods {
		if m != http.MethodHead && m != http.MethodOptions {
			list = append(list, m)
		}
		if m == http.MethodGet {
			list = append(list, http.MethodHead)
		}
	}
	return append(list, http.MethodOptions)
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

func (e *exchange) overQuota() bool {
	e.retryAfter = e.access.RetryAfter
	return e.access.OverQuota
}

// reads reports whether the method asks for a representation.
func (e *exchange) reads() bool {
	return e.r.Method == http.MethodGet || e.r.Method == http.MethodHead || e.r.Method == methodQuery
}
