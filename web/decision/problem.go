package decision

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/web/decision/wire"
	"github.com/rhaptos/rhaptos/web/negotiate"
)

// Problem describes an error to the client (RFC 9457).
type Problem struct {
	Type   string `json:"type"` // about:blank: the status says it all
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	See    []See  `json:"see,omitempty"` // where to go on
}

// The forms of an error. The first is for a client that accepts anything: a
// person at a terminal, or the log of a program.
const (
	formText    = "text/plain; charset=utf-8"
	formHTML    = "text/html; charset=utf-8"
	formProblem = "application/problem+json"
	formJSON    = "application/json" // another name under which clients ask for it
)

var forms = []string{formText, formHTML, formProblem, formJSON}

// smallContent limits, in bytes, the content that is read to its end after an
// error so that the connection can be reused. It is also how much can be sent
// without a deadline.
const smallContent = 64 << 10

func (e *exchange) failed() bool { return e.trace.Fault != nil }

// errorForm chooses the form of an error. A client that accepts none of them
// gets text: an error is never answered with a 406.
func (e *exchange) errorForm() bool {
	offers := forms
	if e.ownForm, _ = e.resource.(ErrorForm); e.ownForm != nil {
		offers = slices.Insert(slices.Clone(forms), 0, e.ownForm.ErrorType())
	}
	i, ok := negotiate.MediaType(e.r.Header[accept], offers)
	if e.form = offers[i]; i > 0 || len(offers) == len(forms) {
		e.ownForm = nil
	}
	if e.form == formJSON {
		e.form = formProblem
	}
	return ok
}

// sendError sends a status of 400 or more with a body that describes the
// problem.
func (e *exchange) sendError(status int) error {
	if _, err := e.walk(E1); err != nil {
		return err
	}
	h := e.w.Header()
	for _, field := range []string{"Content-Encoding", "Content-Language", "Content-Range", "Etag", "Last-Modified", "Accept-Ranges"} {
		h.Del(field) // what a resource may have set before it failed
	}
	e.setErrorFields(status)
	p := Problem{Type: "about:blank", Title: wire.ReasonPhrase(status), Status: status, Detail: e.detail(status)}
	if status == http.StatusGone || status == http.StatusNotFound {
		p.See = slices.Concat(e.access.See, e.state.See)
	}
	body := e.errorBody(p)
	addVary(h, e.selection.vary|1<<byType)
	h.Set("Cache-Control", "no-store")
	e.giveUpContent()
	return e.sendBody(status, e.form, body)
}

// giveUpContent makes sure that content nobody will read does not keep the
// connection busy.
func (e *exchange) giveUpContent() {
	if e.r.ContentLength == 0 || e.r.Body == nil || e.r.ProtoMajor != 1 {
		return
	}
	if e.r.ContentLength < 0 || e.r.ContentLength > smallContent || !e.body.Untouched() {
		e.w.Header().Set("Connection", "close")
	}
	// A connection without deadlines is no reason to fail.
	_ = http.NewResponseController(e.w.ResponseWriter).SetReadDeadline(time.Now().Add(wire.Linger))
}

// setErrorFields sets the fields that belong to certain statuses.
func (e *exchange) setErrorFields(status int) {
	h := e.w.Header()
	if e.processed {
		for field, values := range e.outcome.Header {
			h[field] = values
		}
		e.retryAfter = e.outcome.RetryAfter
	}
	switch status {
	case http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusRequestEntityTooLarge,
		http.StatusConflict, http.StatusInsufficientStorage, http.StatusBadGateway, http.StatusGatewayTimeout:
		if e.retryAfter > 0 {
			h.Set("Retry-After", strconv.FormatInt(int64((e.retryAfter+time.Second-1)/time.Second), 10))
		}
	case http.StatusMethodNotAllowed:
		h.Set("Allow", strings.Join(e.allowed(), ", "))
	case http.StatusUnauthorized:
		h.Set("Www-Authenticate", e.access.Challenge)
	case http.StatusUnsupportedMediaType:
		e.setTaken()
	case http.StatusUnavailableForLegalReasons:
		if e.access.BlockedBy != "" {
			h.Add("Link", "<"+e.access.BlockedBy+`>; rel="blocked-by"`)
		}
	case http.StatusRequestedRangeNotSatisfiable:
		h.Set("Content-Range", fmt.Sprintf("bytes */%d", e.selection.chosen.Length))
	case http.StatusRequestTimeout:
		h.Set("Connection", "close") // 15.5.9
	}
}

// setTaken sets the fields that say what would have been accepted: content
// codings if N4 failed, media types if N5 did (15.5.16).
func (e *exchange) setTaken() {
	h := e.w.Header()
	if e.last() == N4 {
		h.Set(acceptEncoding, strings.Join(append(slices.Clone(e.content.Codings), negotiate.Identity), ", "))
		return
	}
	e.setAccepted()
	if len(e.content.Types) > 0 && e.r.Method == http.MethodPut {
		h.Set(accept, strings.Join(e.content.Types, ", "))
	}
}

// last returns the decision that led to an error: the last one before E1.
func (e *exchange) last() Node {
	for _, s := range slices.Backward(e.trace.Steps) {
		if s.Decision != E1 {
			return s.Decision
		}
	}
	return E1
}

// detail returns a sentence for the client: that of the resource, or what the
// status means here.
func (e *exchange) detail(status int) string {
	switch status {
	case http.StatusInternalServerError:
		return "The server met a fault of its own. Trying again later may help."
	case http.StatusNotImplemented:
		if e.refused == passed {
			return "This server does not know the method."
		}
	case http.StatusMethodNotAllowed:
		return "The resource takes these methods: " + strings.Join(e.allowed(), ", ") + "."
	case http.StatusPreconditionFailed:
		return "The resource is not in the state that the request's precondition names. Fetch it again, then repeat."
	case http.StatusRequestedRangeNotSatisfiable:
		return fmt.Sprintf("The content has %d bytes; the range lies outside of it.", e.selection.chosen.Length)
	case http.StatusRequestEntityTooLarge:
		if limit := e.content.Limit; limit > 0 && e.outcome.Reason == "" {
			return fmt.Sprintf("The content of this request may have up to %d bytes.", limit)
		}
	case http.StatusUnsupportedMediaType:
		if e.last() == N4 {
			return "The content coding of the request is not taken here: see Accept-Encoding."
		}
		return "The media type of the content is not taken here. These are: " + strings.Join(e.content.Types, ", ") + "."
	}
	if e.processed && e.outcome.Reason != "" {
		return e.outcome.Reason
	}
	if e.complaint != "" {
		return e.complaint
	}
	return details[status]
}

var details = map[int]string{
	http.StatusBadRequest:                  "The request cannot be understood.",
	http.StatusUnauthorized:                "Log in with a name and a token.",
	http.StatusForbidden:                   "You may not see or do this.",
	http.StatusNotFound:                    "There is nothing at this address.",
	http.StatusRequestTimeout:              "The request did not arrive in time. Try again.",
	http.StatusConflict:                    "The state of the resource does not allow this.",
	http.StatusGone:                        "What was at this address has been removed.",
	http.StatusLengthRequired:              "Say the length of the content in Content-Length.",
	http.StatusRequestEntityTooLarge:       "The content of the request is too large.",
	http.StatusRequestURITooLong:           "The address is longer than this server takes.",
	http.StatusExpectationFailed:           "Nothing but 100-continue can be expected of this server.",
	http.StatusMisdirectedRequest:          "This server does not answer for the name that the request has in Host.",
	http.StatusUnprocessableEntity:         "The content is well-formed, but it cannot be processed.",
	http.StatusTooEarly:                    "Send the request again once the connection is established.",
	http.StatusPreconditionRequired:        "Say which state of the resource is to be changed: send If-Match with its ETag, or If-None-Match: * to create it.",
	http.StatusTooManyRequests:             "Too many requests. Try again later.",
	http.StatusRequestHeaderFieldsTooLarge: "The fields of the request are larger than this server takes.",
	http.StatusUnavailableForLegalReasons:  "What is at this address may not be shown for a legal reason.",
	http.StatusBadGateway:                  "Another server, which this one needs, gave no valid answer.",
	http.StatusServiceUnavailable:          "The service is not available at the moment. Try again later.",
	http.StatusGatewayTimeout:              "Another server, which this one needs, did not answer in time.",
	http.StatusHTTPVersionNotSupported:     "This server speaks HTTP/1.1 here.",
	http.StatusInsufficientStorage:         "There is no room for this on the server.",
}

// errorBody writes the problem in the form that was chosen, or as text if that
// fails.
func (e *exchange) errorBody(p Problem) []byte {
	if e.ownForm != nil {
		if b, ok := e.written(func(w io.Writer) error { return e.ownForm.WriteError(w, p) }); ok {
			return b
		}
		e.form = formText
	}
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

// page returns the handler's own page about the problem; false if there is
// none.
func (e *exchange) page(p Problem) ([]byte, bool) {
	if e.handler.Page == nil {
		return nil, false
	}
	return e.written(func(w io.Writer) error { return e.handler.Page(w, e.r, p) })
}

// written runs a function of the resource or the handler that writes an error.
// If it fails, that is the fault of the trace, unless the error had a cause of
// its own.
func (e *exchange) written(write func(io.Writer) error) ([]byte, bool) {
	var b bytes.Buffer
	err := guard(func() error { return write(&b) })
	if err != nil && e.trace.Fault == nil {
		e.trace.Fault = fmt.Errorf("write an error: %w", err)
	}
	return b.Bytes(), err == nil
}

var plainPage = template.Must(template.New("error").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{.Status}} {{.Title}}</title></head>
<body><h1>{{.Title}}</h1><p>{{.Detail}}</p></body></html>
`))
