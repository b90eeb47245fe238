package decision

import (
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/rhaptos/rhaptos/web/negotiate"
)

// requestHasContent also asks the resource what it takes, and puts a bound on
// what will be read.
func (e *exchange) requestHasContent() bool {
	if e.r.ContentLength == 0 {
		return false
	}
	e.content = e.resource.Content(e.r, e.r.Method)
	if e.content.Limit == 0 {
		e.content.Limit = DefaultLimit
	}
	if e.r.Body == nil {
		return true
	}
	e.lent = true
	e.body = &contentReader{ReadCloser: e.r.Body}
	if e.content.Limit > 0 {
		e.body.ReadCloser = http.MaxBytesReader(e.w.ResponseWriter, e.r.Body, e.content.Limit)
	}
	e.r.Body = e.body
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

// contentReader keeps the first failure of reading a request's content. It may
// be read by a goroutine that a resource has left behind.
type contentReader struct {
	io.ReadCloser
	mu      sync.Mutex
	read    bool
	failure error
}

// Read implements [io.Reader].
func (c *contentReader) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read = true
	if err != nil && !errors.Is(err, io.EOF) && c.failure == nil {
		c.failure = err
	}
	return n, err
}

// outcome is what a failure to read the content is to the client; false if it
// was read without one.
func (c *contentReader) outcome() (Outcome, bool) {
	if c == nil {
		return Outcome{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	tooLarge := (*http.MaxBytesError)(nil)
	switch {
	case c.failure == nil:
		return Outcome{}, false
	case errors.Is(c.failure, os.ErrDeadlineExceeded):
		return Outcome{Result: TimedOut, Reason: "The content of the request stopped arriving. Try again."}, true
	case errors.As(c.failure, &tooLarge):
		return Outcome{Result: TooLarge}, true
	}
	return Outcome{Result: Malformed, Reason: "The content of the request could not be read to its end."}, true
}

func (c *contentReader) untouched() bool {
	if c == nil {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.read
}
