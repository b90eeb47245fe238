package decision

import (
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/web/decision/wire"
	"github.com/rhaptos/rhaptos/web/negotiate"
)

// watchContent sets a deadline for the content from the start: a resource may
// read it to find out who sends it.
func (e *exchange) watchContent() {
	if e.r.ContentLength == 0 || e.r.Body == nil {
		return
	}
	e.lent = true
	e.body = wire.NewBody(e.w.ResponseWriter, e.r)
	e.r.Body = e.body
}

// contentFailure returns the outcome of a request whose content could not be
// read; false if it could.
func (e *exchange) contentFailure() (Outcome, bool) {
	err := e.body.Err()
	if err == nil {
		return Outcome{}, false
	}
	tooLarge := (*http.MaxBytesError)(nil)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return Outcome{Result: TimedOut, Reason: "The content of the request stopped arriving, or came too slowly. Try again."}, true
	case errors.As(err, &tooLarge):
		return Outcome{Result: TooLarge}, true
	}
	return Outcome{Result: Malformed, Reason: "The content of the request could not be read to its end."}, true
}

// requestHasContent also asks the resource which content it accepts, and bounds
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
		e.body.Limit(e.w.ResponseWriter, e.content.Limit, e.content.Timeout)
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

// codingUnderstood accepts one content coding at most. Nested codings could
// expand little content into very much.
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
