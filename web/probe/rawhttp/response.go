package rawhttp

import (
	"net/http"
	"strconv"
	"strings"
)

// What came in place of a status.
const (
	Closed   = 0  // the connection was closed without a response
	TimedOut = -1 // nothing came in time, or not all of it
	Garbled  = -2 // what came was not HTTP
)

// Response is a response as received.
type Response struct {
	Status  int // or Closed, TimedOut, Garbled
	Header  http.Header
	Body    []byte // the first mebibyte at most
	Cut     bool   // the content is longer than Body
	Length  int64  // of the content by Content-Length, in bytes; -1 if unknown
	Trouble string // what was wrong, where there is no status
	Ended   bool   // the server has closed the connection; only known for [Request.Ends]
	Reused  bool   // the server has answered another request on it; the same
}

// Summary describes in a few words what came back.
func (a *Response) Summary() string {
	switch a.Status {
	case Closed:
		return "the connection was closed without an answer"
	case TimedOut:
		return "no answer came in time"
	case Garbled:
		return "what came was no answer: " + a.Trouble
	}
	return strings.TrimSpace(strconv.Itoa(a.Status) + " " + http.StatusText(a.Status))
}

// Get returns the value of a field, its lines joined by commas; empty if there is
// none.
func (a *Response) Get(field string) string { return strings.Join(a.Header.Values(field), ", ") }

// Lists reports whether a field that is a list has the member, whatever the case.
func (a *Response) Lists(field, member string) bool {
	for m := range strings.SplitSeq(a.Get(field), ",") {
		if strings.EqualFold(strings.TrimSpace(m), member) {
			return true
		}
	}
	return false
}

// Successful reports whether the status is a 2xx.
func (a *Response) Successful() bool { return a.Status >= 200 && a.Status < 300 }

// MediaType returns the media type of the content, in lower case and without
// parameters.
func (a *Response) MediaType() string {
	t, _, _ := strings.Cut(a.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(t))
}
