package wire

import (
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"time"
)

// DefaultSendTimeout is the send deadline where nothing else is said.
const DefaultSendTimeout = 2 * time.Minute

// Piece is the number of bytes of a file that share one send deadline.
const Piece = 1 << 20

// Writer is a response writer that knows how far the response has come, and that
// gives the client a deadline to receive what is sent.
type Writer struct {
	http.ResponseWriter
	Timeout time.Duration // for one write or one piece of a file; DefaultSendTimeout if zero

	begun bool
	timed bool // a deadline is set
	lost  bool
}

// Begun reports whether the response has begun. A 1xx does not begin it.
func (w *Writer) Begun() bool { return w.begun }

// Lost reports whether sending failed because of the client or the network.
func (w *Writer) Lost() bool { return w.lost }

// WriteHeader implements [http.ResponseWriter].
func (w *Writer) WriteHeader(status int) {
	w.begun = w.begun || status >= 200
	w.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter]. It sets no deadline.
func (w *Writer) Write(p []byte) (int, error) {
	w.begun = true
	n, err := w.ResponseWriter.Write(p)
	return n, w.note(err)
}

// ReadFrom sends all of r in pieces, each under a deadline of its own. If r is a
// file or an [io.LimitedReader] of one, net/http lets the kernel send it.
func (w *Writer) ReadFrom(r io.Reader) (sum int64, err error) {
	w.begun = true
	rest, limited := r.(*io.LimitedReader) // net/http looks through one of these, not two
	if !limited {
		rest = &io.LimitedReader{R: r, N: math.MaxInt64}
	}
	for rest.N > 0 {
		w.ExtendDeadline()
		want := min(Piece, rest.N)
		n, err := io.Copy(w.ResponseWriter, &io.LimitedReader{R: rest.R, N: want})
		sum += n
		if rest.N -= n; err != nil || n < want {
			return sum, w.note(err)
		}
	}
	return sum, nil
}

// Flush sends what is buffered.
func (w *Writer) Flush() error {
	return w.note(http.NewResponseController(w.ResponseWriter).Flush())
}

// ExtendDeadline gives the client the timeout anew, from now on.
func (w *Writer) ExtendDeadline() {
	timeout := w.Timeout
	if timeout <= 0 {
		timeout = DefaultSendTimeout
	}
	w.timed = true
	// A connection without deadlines is no reason to fail.
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Now().Add(timeout))
}

// Finish sends what is buffered and removes the deadline, which the next
// response on the connection would meet.
func (w *Writer) Finish() {
	if !w.timed || w.lost {
		return
	}
	control := http.NewResponseController(w.ResponseWriter)
	if err := control.Flush(); err == nil {
		_ = control.SetWriteDeadline(time.Time{})
	}
}

// note records whether an error is of the connection, and returns the error.
func (w *Writer) note(err error) error {
	if err == nil {
		return nil // before broken takes memory
	}
	if broken := (*net.OpError)(nil); errors.As(err, &broken) || errors.Is(err, os.ErrDeadlineExceeded) {
		w.lost = true
	}
	return err
}
