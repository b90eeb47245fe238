package decision

import (
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"time"
)

// defaultSendTimeout is how long a client may let a piece of an answer wait.
const defaultSendTimeout = 2 * time.Minute

// piece is how many bytes a client has that time to take.
const piece = 1 << 20

// patience gives the client its time to take what is sent next.
func (e *exchange) patience() {
	timeout := e.handler.SendTimeout
	if timeout <= 0 {
		timeout = defaultSendTimeout
	}
	e.w.timed = true
	// A connection without deadlines is no reason to fail.
	_ = http.NewResponseController(e.w.ResponseWriter).SetWriteDeadline(time.Now().Add(timeout))
}

// sendFrom sends what is read, and gives the client the time for each piece.
// net/http hands a file to the kernel if it is one, or a limited one.
func (e *exchange) sendFrom(r io.Reader) (sum int64, err error) {
	rest, limited := r.(*io.LimitedReader) // the kernel sees through one of these
	if !limited {
		rest = &io.LimitedReader{R: r, N: math.MaxInt64}
	}
	for rest.N > 0 {
		e.patience()
		want := min(piece, rest.N)
		n, err := io.Copy(e.w.ResponseWriter, &io.LimitedReader{R: rest.R, N: want})
		sum += n
		if rest.N -= n; err != nil || n < want {
			return sum, err
		}
	}
	return sum, nil
}

// sent notes that the answer could not be sent because of the client, which is
// no fault of ours, if so it is. It returns the error.
func (e *exchange) sent(err error) error {
	if broken := (*net.OpError)(nil); errors.As(err, &broken) || errors.Is(err, os.ErrDeadlineExceeded) {
		e.w.lost = true
	}
	return err
}

// endPatience sends what is left, and takes the deadline away: the next answer
// on the connection would meet it.
func (e *exchange) endPatience() {
	if !e.w.timed || e.w.lost {
		return
	}
	control := http.NewResponseController(e.w.ResponseWriter)
	if err := control.Flush(); err == nil {
		_ = control.SetWriteDeadline(time.Time{})
	}
}
