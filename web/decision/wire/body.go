package wire

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// The bounds of a Body where nothing else is said.
const (
	// DefaultTimeout is how long to wait for each piece of content, and in all
	// for content that arrives at less than MinimumRate.
	DefaultTimeout = 30 * time.Second

	// MinimumRate is how many bytes of content buy a second of further waiting
	// once the timeout is used up.
	MinimumRate = 1 << 10
)

// ErrOver is the error of reading a Body after its request is over.
var ErrOver = errors.New("the request is over")

// Body reads the content of a request under a deadline and keeps the first
// error. A goroutine that a handler left behind may still hold it: after
// [Body.Release] reads fail, and the connection is not touched.
//
// The methods Release, Err and Untouched take a nil Body as one without content.
type Body struct {
	in      io.ReadCloser
	control *http.ResponseController
	expects bool // the client waits for a 100 before it sends

	mu      sync.Mutex
	timeout time.Duration
	waited  time.Duration // in all
	read    int64         // bytes
	begun   bool
	ended   bool // read to its end
	over    bool // the request is over
	failure error
}

// NewBody wraps the content of a request that w answers. The deadline of the
// first piece begins now, also for content that nobody reads.
func NewBody(w http.ResponseWriter, r *http.Request) *Body {
	b := &Body{in: r.Body, control: http.NewResponseController(w), timeout: DefaultTimeout, expects: r.Header.Get("Expect") != ""}
	b.setDeadline(time.Now().Add(DefaultTimeout))
	return b
}

// setDeadline sets the read deadline of the connection. A connection without
// deadlines is no reason to fail.
func (b *Body) setDeadline(at time.Time) { _ = b.control.SetReadDeadline(at) }

// Limit bounds the content to so many bytes and sets another timeout; a bound
// that is not positive is left as it is. Beyond the limit, Read fails with an
// [http.MaxBytesError].
func (b *Body) Limit(w http.ResponseWriter, limit int64, timeout time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if timeout > 0 {
		b.timeout = timeout
	}
	if limit > 0 {
		b.in = http.MaxBytesReader(w, b.in, limit)
	}
}

// Read implements [io.Reader].
func (b *Body) Read(p []byte) (int, error) {
	in, began, err := b.beforeRead()
	if err != nil {
		return 0, err
	}
	n, err := in.Read(p)
	b.afterRead(n, time.Since(began), err)
	return n, err
}

// beforeRead sets the deadline of a read: the timeout, or less if the client has
// sent little for the time that was spent waiting.
func (b *Body) beforeRead() (in io.Reader, now time.Time, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return nil, now, ErrOver
	}
	b.begun = true
	earned := time.Duration(float64(b.read) / MinimumRate * float64(time.Second))
	now = time.Now()
	b.setDeadline(now.Add(min(b.timeout, b.timeout+earned-b.waited)))
	return b.in, now, nil
}

func (b *Body) afterRead(n int, waited time.Duration, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.read += int64(n)
	b.waited += waited
	if err == nil || b.over {
		return
	}
	// net/http goes on reading, to notice a client that leaves. A deadline left
	// behind would look like one, and end a request that only takes its time.
	b.setDeadline(time.Time{})
	if errors.Is(err, io.EOF) {
		b.ended = true
	} else if b.failure == nil {
		b.failure = err
	}
}

// Close implements [io.Closer]. It does nothing: the server closes the content.
func (b *Body) Close() error { return nil }

// Release gives the connection back to net/http: a read in progress returns
// soon, later ones fail with [ErrOver].
//
// With full duplex, Release itself reads what is left of the content. net/http
// would panic (golang/go#68560), or close the connection before the client has
// the response. The error is then that more is left than could be read within
// [Linger]: the connection cannot carry another request.
func (b *Body) Release(duplex bool) error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	b.over = true
	switch {
	case !duplex:
	case b.failure != nil:
		b.setDeadline(time.Unix(1, 0))
	case !b.ended:
		b.setDeadline(time.Now().Add(Linger))
	}
	in, left := b.in, !b.ended && b.failure == nil && (b.begun || !b.expects)
	b.mu.Unlock()
	if !duplex {
		return nil
	}
	if left {
		_ = b.control.Flush()
		_, _ = io.Copy(io.Discard, in)
	}
	return in.Close()
}

// Err returns the first error of reading, other than [io.EOF].
func (b *Body) Err() error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failure
}

// Untouched reports whether nothing has been read.
func (b *Body) Untouched() bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.begun
}
