package decision

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/web/negotiate"
)

// Problem is an error as the client is told it (RFC 9457).
type Problem struct {
	Type   string `json:"type"` // about:blank: the status says it all
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
}

// The forms of an error, the one for a client that takes anything first: that
// is a person at a terminal or a program's log.
const (
	formText    = "text/plain; charset=utf-8"
	formHTML    = "text/html; charset=utf-8"
	formProblem = "application/problem+json"
	formJSON    = "application/json" // another name under which clients ask for it
)

var forms = []string{formText, formHTML, formProblem, formJSON}

// errorForm chooses the form of an error. One that the client cannot take is
// sent as text: an error is never answered by another one.
func (e *exchange) errorForm() bool {
	i, ok := negotiate.MediaType(e.r.Header.Values(accept), forms)
	e.form = forms[i]
	if e.form == formJSON {
		e.form = formProblem
	}
	return ok
}

// sendError sends a status of 400 or more with a body that says what is wrong.
func (e *exchange) sendError(status int) error {
	h := e.w.Header()
	if _, err := e.walk(E1); err != nil {
		return err
	}
	for _, field := range []string{"Content-Encoding", "Content-Language", "Content-Range", "ETag", "Last-Modified"} {
		h.Del(field) // what a resource may have set before it failed
	}
	e.setErrorFields(status)
	p := Problem{Type: "about:blank", Title: title(status), Status: status, Detail: e.detail(status)}
	body := e.body(p)
	addVary(h, e.selection.vary...)
	addVary(h, accept)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", e.form)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	e.w.WriteHeader(status)
	if e.r.Method == http.MethodHead {
		return nil
	}
	if _, err := e.w.Write(body); err != nil {
		return fmt.Errorf("send error: %w", err)
	}
	return nil
}

// setErrorFields sets the fields that go with certain statuses.
func (e *exchange) setErrorFields(status int) {
	h := e.w.Header()
	switch status {
	case http.StatusServiceUnavailable:
		if e.retryAfter > 0 {
			h.Set("Retry-After", strconv.FormatInt(int64((e.retryAfter+time.Second-1)/time.Second), 10))
		}
	case http.StatusMethodNotAllowed:
		h.Set("Allow", strings.Join(e.methods, ", "))
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", e.access.Challenge)
	case http.StatusUnavailableForLegalReasons:
		if e.access.BlockedBy != "" {
			h.Set("Link", "<"+e.access.BlockedBy+`>; rel="blocked-by"`)
		}
	case http.StatusRequestedRangeNotSatisfiable:
		h.Set("Content-Range", fmt.Sprintf("bytes */%d", e.selection.chosen.Length))
	}
}

// title is the status's reason phrase.
func title(status int) string {
	if status == http.StatusRequestedRangeNotSatisfiable {
		return "Range Not Satisfiable" // section 15.5.17; net/http has the older name
	}
	return http.StatusText(status)
}

// detail is a sentence for the client: the resource's own, or what the status
// means here.
func (e *exchange) detail(status int) string {
	switch status {
	case http.StatusInternalServerError:
		return "The server met a fault of its own. Trying again later may help."
	case http.StatusNotImplemented:
		return "This server does not know the method."
	case http.StatusMethodNotAllowed:
		return "The resource takes these methods: " + strings.Join(e.methods, ", ") + "."
	case http.StatusPreconditionFailed:
		return "The resource is not in the state that the request's precondition names. Fetch it again, then repeat."
	case http.StatusRequestedRangeNotSatisfiable:
		return fmt.Sprintf("The content has %d bytes; the range lies outside of it.", e.selection.chosen.Length)
	}
	if e.complaint != "" {
		return e.complaint
	}
	return details[status]
}

var details = map[int]string{
	http.StatusUnauthorized:               "Log in with a name and a token.",
	http.StatusForbidden:                  "You may not see or do this.",
	http.StatusNotFound:                   "There is nothing at this address.",
	http.StatusGone:                       "What was at this address has been removed.",
	http.StatusUnavailableForLegalReasons: "What is at this address may not be shown for a legal reason.",
	http.StatusServiceUnavailable:         "The service is not available at the moment. Try again later.",
}

// body is the problem in the form that was chosen.
func (e *exchange) body(p Problem) []byte {
	switch e.form {
	case formProblem:
		b, err := json.Marshal(p)
		if err == nil {
			return append(b, '\n')
		}
	case formHTML:
		if b, ok := e.page(p); ok {
			return b
		}
		var b bytes.Buffer
		if err := plainPage.Execute(&b, p); err == nil {
			return b.Bytes()
		}
	}
	e.form = formText
	return fmt.Appendf(nil, "%d %s\n%s\n", p.Status, p.Title, p.Detail)
}

// page is the handler's own page of the problem, if there is one. That it
// fails is noted, unless the problem has a cause of its own to be noted.
func (e *exchange) page(p Problem) ([]byte, bool) {
	if e.handler.Page == nil {
		return nil, false
	}
	var b bytes.Buffer
	err := guard(func() error { return e.handler.Page(&b, e.r, p) })
	if err != nil && e.trace.Fault == nil {
		e.trace.Fault = fmt.Errorf("write the page of an error: %w", err)
	}
	return b.Bytes(), err == nil
}

var plainPage = template.Must(template.New("error").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{.Status}} {{.Title}}</title></head>
<body><h1>{{.Title}}</h1><p>{{.Detail}}</p></body></html>
`))
