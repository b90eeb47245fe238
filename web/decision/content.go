package decision

import (
	"net/http"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/web/negotiate"
)

// requestHasContent also asks the resource what it takes, and puts bounds on
// what will be read.
func (e *exchange) requestHasContent() bool {
	if e.r.ContentLength == 0 {
		return false
	}
	e.content = e.resource.Content(e.r, e.r.Method)
	if e.content.Limit == 0 {
		e.content.Limit = DefaultLimit
	}
	if e.body != nil {
		e.body.bound(e.w.ResponseWriter, &e.content)
	}
	return true
}

func (e *exchange) lengthMissing() bool {
	return e.content.LengthRequired && e.r.ContentLength < 0
}

func (e *exchange) contentFits() bool {
	e.retryAfter = e.content.RetryAfter
	return e.content.Limit < 0 || e.r.ContentLength <= e.content.Limit
}

// codingUnderstood takes one coding at most: one in another would be a way to
// make little content large.
func (e *exchange) codingUnderstood() bool {
	layers := 0
	for _, value := range e.r.Header["Content-Encoding"] {
		for coding := range strings.SplitSeq(value, ",") {
			coding = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(coding)), "x-") // 8.4.1.3
			if coding == "" || coding == negotiate.Identity {
				continue
			}
			if layers++; layers > 1 || !slices.Contains(e.content.Codings, coding) {
				return false
			}
		}
	}
	return true
}

func (e *exchange) typeTaken() bool {
	if len(e.content.Types) == 0 {
		return true
	}
	values := e.r.Header["Content-Type"]
	if len(values) != 1 {
		return false
	}
	sent, ok := negotiate.ParseMediaRange(values[0])
	return ok && slices.ContainsFunc(e.content.Types, func(s string) bool {
		taken, ok := negotiate.ParseMediaRange(s)
		return ok && taken.Includes(sent)
	})
}

func (e *exchange) partNotTaken() bool {
	return e.r.Method == http.MethodPut && !e.content.Partial && len(e.r.Header["Content-Range"]) > 0
}
