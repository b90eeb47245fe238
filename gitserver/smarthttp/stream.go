package smarthttp

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

// errClientGone marks an answer that could not be written.
var errClientGone = errors.New("the client does not take the answer")

// errTooLarge marks the body of a fetch that is longer than any real one.
var errTooLarge = errors.New("request too large")

// linger is how long a client that still sends, to no purpose, is listened to:
// hanging up at once could take the answer away that it has not read yet.
const linger = 2 * time.Second

// answer writes an answer's body and sends each piece at once, so that
// progress is seen when it happens. The status and the fields go out with the
// first byte.
type answer struct {
	w           http.ResponseWriter
	control     *http.ResponseController
	idle        time.Duration
	contentType string
	begun       bool
}

func newAnswer(w http.ResponseWriter, idle time.Duration, contentType string) *answer {
	return &answer{w: w, control: http.NewResponseController(w), idle: idle, contentType: contentType}
}

// begin sends the head of the answer, unless it is out already.
func (a *answer) begin() {
	if a.begun {
		return
	}
	a.begun = true
	a.w.Header().Set("Content-Type", a.contentType)
	a.w.Header().Set("X-Content-Type-Options", "nosniff")
	// Deadlines that this connection does not know are no reason to fail.
	_ = a.control.SetWriteDeadline(time.Now().Add(a.idle))
	a.w.WriteHeader(http.StatusOK)
}

// Write implements [io.Writer]. A client has the idle time to take each piece.
func (a *answer) Write(p []byte) (int, error) {
	a.begin()
	_ = a.control.SetWriteDeadline(time.Now().Add(a.idle))
	n, err := a.w.Write(p)
	if err == nil {
		err = a.control.Flush()
		if errors.Is(err, http.ErrNotSupported) {
			err = nil
		}
	}
	if err != nil {
		return n, fmt.Errorf("%w: %w", errClientGone, err)
	}
	return n, nil
}

// WriteWhole implements [gitserver.WholeWriter]: the client learns how much is
// to come, and the kernel copies a file.
func (a *answer) WriteWhole(r io.Reader, size int64) error {
	if !a.begun {
		a.w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	}
	a.begin()
	n, err := (&paced{a.w, a.control, a.idle}).ReadFrom(io.LimitReader(r, size))
	if err != nil {
		return fmt.Errorf("%w: %w", errClientGone, err)
	}
	if n < size {
		return fmt.Errorf("the answer has %d bytes in place of %d", n, size)
	}
	return nil
}

// pace is how many bytes a client has the idle time to take.
const pace = 1 << 20

// paced gives a client the idle time for each piece of what is sent to it.
type paced struct {
	http.ResponseWriter
	control *http.ResponseController
	idle    time.Duration
}

// Write implements [io.Writer].
func (p *paced) Write(b []byte) (int, error) {
	_ = p.control.SetWriteDeadline(time.Now().Add(p.idle))
	return p.ResponseWriter.Write(b)
}

// ReadFrom implements [io.ReaderFrom]. Of a file, net/http makes one system call
// for each piece.
func (p *paced) ReadFrom(r io.Reader) (sum int64, err error) {
	rest, ok := r.(*io.LimitedReader) // the kernel sees through one of these
	if !ok {
		rest = &io.LimitedReader{R: r, N: math.MaxInt64}
	}
	for rest.N > 0 {
		_ = p.control.SetWriteDeadline(time.Now().Add(p.idle))
		piece := min(pace, rest.N)
		n, err := io.Copy(p.ResponseWriter, &io.LimitedReader{R: rest.R, N: piece})
		sum += n
		if rest.N -= n; err != nil || n < piece {
			return sum, err
		}
	}
	return sum, nil
}

// body reads a request's body with a deadline for each piece in place of one
// for the whole. It stays safe when a reader is left behind in another
// goroutine after the handler has returned.
type body struct {
	r       io.ReadCloser
	control *http.ResponseController
	idle    time.Duration

	mu      sync.Mutex
	ended   bool // all of it was read
	stopped bool
	failure error // the first, other than the end of the body
}

func newBody(w http.ResponseWriter, r io.ReadCloser, idle time.Duration) *body {
	return &body{r: r, control: http.NewResponseController(w), idle: idle}
}

// Read implements [io.Reader].
func (b *body) Read(p []byte) (int, error) {
	if !b.begin() {
		return 0, errors.New("the request is over")
	}
	n, err := b.r.Read(p)
	b.end(err)
	return n, err
}

func (b *body) begin() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stopped {
		return false
	}
	_ = b.control.SetReadDeadline(time.Now().Add(b.idle))
	return true
}

func (b *body) end(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil || b.stopped {
		return
	}
	// net/http goes on reading, to notice a client that leaves: a deadline left
	// behind would look like one, and end a request that only takes its time.
	_ = b.control.SetReadDeadline(time.Time{})
	if errors.Is(err, io.EOF) {
		b.ended = true
	} else if b.failure == nil {
		b.failure = err
	}
}

// Close ends the reading: a Read under way returns soon, later ones fail. After
// it nothing here touches the connection, which is net/http's again. An error
// means that there is more of the body to come: the connection cannot be used
// for another request.
//
// The rest of a short body is read here and not left to net/http, which in full
// duplex would panic (golang/go#68560).
func (b *body) Close() error {
	b.mu.Lock()
	b.stopped = true
	switch {
	case b.failure != nil:
		_ = b.control.SetReadDeadline(time.Unix(1, 0))
	case !b.ended:
		_ = b.control.SetReadDeadline(time.Now().Add(linger))
	}
	b.mu.Unlock()
	return b.r.Close()
}

// fail notes that the body, though it arrived, cannot be used.
func (b *body) fail(err error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failure == nil && !errors.Is(err, io.EOF) {
		b.failure = err
	}
	return err
}

// refusal is the answer to a body that was at fault for err, nil if it was not.
func (b *body) refusal(err error) *refusal {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err == nil || b.failure == nil:
		return nil
	case errors.Is(b.failure, os.ErrDeadlineExceeded):
		return refuse(http.StatusRequestTimeout, "the request's body stopped arriving: try again")
	case errors.Is(b.failure, errTooLarge):
		return refuse(http.StatusRequestEntityTooLarge, "the request is too large for a fetch: fetch fewer refs at a time")
	}
	return refuse(http.StatusBadRequest, "the request's body could not be read to its end: it was cut off, or is not the gzip that it says it is")
}

// decoded reads the plain bytes of a body and says no when there are too many.
type decoded struct {
	body  *body
	plain io.Reader
	left  int64 // bytes; negative: as many as come
}

// Read implements [io.Reader].
func (d *decoded) Read(p []byte) (int, error) {
	if d.left < 0 {
		n, err := d.plain.Read(p)
		return n, d.note(err)
	}
	// One byte more than is left tells a body that ends from one that does not.
	if int64(len(p)) > d.left+1 {
		p = p[:d.left+1]
	}
	n, err := d.plain.Read(p)
	if int64(n) > d.left {
		n = int(d.left)
		d.left = 0
		return n, d.body.fail(errTooLarge)
	}
	d.left -= int64(n)
	return n, d.note(err)
}

func (d *decoded) note(err error) error {
	if err != nil && !errors.Is(err, io.EOF) {
		return d.body.fail(err)
	}
	return err
}
