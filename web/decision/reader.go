package decision

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

// contentReader reads a request's content while it arrives in time, and keeps
// the first failure. It may be read by a goroutine that a resource has left
// behind: once the request is over, that gets an error, and the connection is
// not touched.
type contentReader struct {
	in      io.ReadCloser
	control *http.ResponseController
	asked   bool // whether the client sends nothing before it is told to

	mu      sync.Mutex
	timeout time.Duration
	waited  time.Duration // in all
	read    int64         // bytes
	begun   bool
	ended   bool // all of it was read
	over    bool // the request is
	failure error
}

var errOver = errors.New("the request is over")

// watchContent has the request's content read in time, from the start on: a
// resource may read it to find out who sends it.
func (e *exchange) watchContent() {
	if e.r.ContentLength == 0 || e.r.Body == nil {
		return
	}
	e.lent = true
	e.body = &contentReader{in: e.r.Body, control: http.NewResponseController(e.w.ResponseWriter), timeout: DefaultTimeout, asked: e.r.Header.Get("Expect") != ""}
	e.r.Body = e.body
	// So it is for what nobody reads, and net/http skips.
	_ = e.body.control.SetReadDeadline(time.Now().Add(DefaultTimeout))
}

// bound has the reader hold to what a method takes.
func (c *contentReader) bound(w http.ResponseWriter, content *Content) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if content.Timeout > 0 {
		c.timeout = content.Timeout
	}
	if content.Limit > 0 {
		c.in = http.MaxBytesReader(w, c.in, content.Limit)
	}
}

// Read implements [io.Reader].
func (c *contentReader) Read(p []byte) (int, error) {
	in, began, err := c.begin()
	if err != nil {
		return 0, err
	}
	n, err := in.Read(p)
	c.end(n, time.Since(began), err)
	return n, err
}

// begin sets the deadline of a read: the timeout, or less for a client that has
// sent little for the time that it was waited for.
func (c *contentReader) begin() (in io.Reader, now time.Time, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return nil, now, errOver
	}
	c.begun = true
	earned := time.Duration(float64(c.read) / MinimumRate * float64(time.Second))
	now = time.Now()
	// A connection without deadlines is no reason to fail.
	_ = c.control.SetReadDeadline(now.Add(min(c.timeout, c.timeout+earned-c.waited)))
	return c.in, now, nil
}

func (c *contentReader) end(n int, waited time.Duration, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read += int64(n)
	c.waited += waited
	if err == nil || c.over {
		return
	}
	// net/http goes on reading, to notice a client that leaves: a deadline left
	// behind would look like one, and end a request that only takes its time.
	_ = c.control.SetReadDeadline(time.Time{})
	if errors.Is(err, io.EOF) {
		c.ended = true
	} else if c.failure == nil {
		c.failure = err
	}
}

// Close implements [io.Closer]. The content is the server's to close.
func (c *contentReader) Close() error { return nil }

// release gives the connection back to net/http: a read under way returns soon,
// later ones fail. With full duplex, what is left of the content is read here and
// not by net/http, which would panic (golang/go#68560), or hang up so that the
// client loses the answer. An error means that there is more than could be read
// in a moment, so that the connection cannot be used for another request.
func (c *contentReader) release(duplex bool) error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	c.over = true
	switch {
	case !duplex:
	case c.failure != nil:
		_ = c.control.SetReadDeadline(time.Unix(1, 0))
	case !c.ended:
		_ = c.control.SetReadDeadline(time.Now().Add(linger))
	}
	in, left := c.in, !c.ended && c.failure == nil && (c.begun || !c.asked)
	c.mu.Unlock()
	if !duplex {
		return nil
	}
	if left {
		_ = c.control.Flush()
		_, _ = io.Copy(io.Discard, in)
	}
	return in.Close()
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
		return Outcome{Result: TimedOut, Reason: "The content of the request stopped arriving, or came too slowly. Try again."}, true
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
	return !c.begun
}
