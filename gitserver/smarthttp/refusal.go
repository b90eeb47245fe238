package smarthttp

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
)

// refusal is an answer that is not git's: a status and a sentence that says
// what to do. Git shows the text to its user, line by line after "remote:".
type refusal struct {
	status         int
	text           string
	err            error  // to be logged
	allow          string // the Allow field
	acceptEncoding string // the Accept-Encoding field (RFC 9110 section 12.5.3)
	retryAfter     time.Duration
}

func refuse(status int, text string) *refusal { return &refusal{status: status, text: text} }

func unauthenticated(text string) *refusal { return refuse(http.StatusUnauthorized, text) }

// failed is for what is nobody's fault outside.
func failed(err error) *refusal {
	return &refusal{
		status: http.StatusInternalServerError,
		text:   "the server failed: try again later; if it stays so, tell its operator, whose log says more",
		err:    err,
	}
}

// refusedAccess is the answer to what [access.Access.Authorize] does not let
// pass. A repository that is not there and one that may not be known of get
// the same.
func refusedAccess(err error, t target) *refusal {
	switch {
	case errors.Is(err, access.ErrUnauthenticated):
		return unauthenticated("sign in with your account's name, and a token as the password")
	case errors.Is(err, access.ErrNotFound):
		return refuse(http.StatusNotFound, "repository "+t.owner+"/"+t.name+" not found, or you may not read it")
	case errors.Is(err, access.ErrForbidden):
		return refuse(http.StatusForbidden, err.Error())
	}
	return failed(err)
}

// refusedWork is the answer to a request that was in order, when what it asks
// for could not be begun.
func refusedWork(err error) *refusal {
	var busy *gitserver.BusyError
	switch {
	case errors.As(err, &busy):
		return &refusal{status: http.StatusTooManyRequests, text: busy.Error(), retryAfter: busy.RetryAfter}
	case errors.Is(err, gitserver.ErrNoBundle):
		return refuse(http.StatusNotFound, "there is no such bundle: ask the repository which there are, or clone it")
	}
	return failed(err)
}

func (f *refusal) write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	if f.status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Basic realm="Rhaptos", charset="UTF-8"`)
	}
	if f.allow != "" {
		h.Set("Allow", f.allow)
	}
	if f.acceptEncoding != "" {
		h.Set("Accept-Encoding", f.acceptEncoding)
	}
	if f.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(f.retryAfter.Seconds())))
	}
	if r.ContentLength != 0 {
		// Else the rest of a body that nobody wants would be read first.
		h.Set("Connection", "close")
	}
	w.WriteHeader(f.status)
	if r.Method != http.MethodHead {
		io.WriteString(w, f.text+"\n")
	}
}

// noCache sets what gitprotocol-http(5) demands of every answer: caches must
// not keep it. The date in the past is for HTTP/1.0.
func noCache(h http.Header) {
	h.Set("Cache-Control", "no-cache, max-age=0, must-revalidate")
	h.Set("Pragma", "no-cache")
	h.Set("Expires", "Fri, 01 Jan 1980 00:00:00 GMT")
}
