package gitserver

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"

	"github.com/rhaptos/rhaptos/gitserver/plaintext"
)

const (
	maxBand = 8 << 10  // bytes of one side-band packet; git allows 65515
	maxLine = 1000     // bytes of one line for the pusher
	maxSaid = 48 << 10 // bytes of all lines
)

// sidebandWriter writes to the pusher: the report, and messages beside it if the
// client has agreed to side-band-64k.
type sidebandWriter struct {
	mu     sync.Mutex
	out    io.Writer
	banded bool // side-band-64k was agreed upon
	said   []string
	size   int    // bytes of what was said
	rest   []byte // an unfinished line
}

// Write takes text for the pusher; each line is sent when it is complete. A
// line that ends in a carriage return is progress: the next one takes its place
// in a terminal, and it is not part of the verdict. Write never fails: a client
// that has gone away is noticed when the report is sent.
func (w *sidebandWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rest = append(w.rest, p...)
	for {
		end := bytes.IndexAny(w.rest, "\r\n")
		if end < 0 && len(w.rest) > maxBand {
			w.rest = append(w.rest, '\n')
			end = len(w.rest) - 1
		}
		if end < 0 {
			return len(p), nil
		}
		if line := printable(string(w.rest[:end])); w.rest[end] == '\n' {
			w.say(line)
		} else if w.banded {
			w.packet(sideband.ProgressMessage, []byte(line+"\r"))
		}
		w.rest = w.rest[end+1:]
	}
}

// finish sends a last line that had no end.
func (w *sidebandWriter) finish() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) > 0 {
		w.say(printable(string(w.rest)))
		w.rest = nil
	}
}

// say sends a line, as long as there are not too many.
func (w *sidebandWriter) say(line string) {
	if w.size > maxSaid {
		return
	}
	if w.size += len(line) + 1; w.size > maxSaid {
		line = "... and more, which is not shown."
	}
	w.said = append(w.said, line)
	if w.banded {
		w.packet(sideband.ProgressMessage, []byte(line+"\n"))
	}
}

func (w *sidebandWriter) packet(channel sideband.Channel, p []byte) error {
	for first := true; first || len(p) > 0; first = false {
		n := min(len(p), maxBand)
		if _, err := fmt.Fprintf(w.out, "%04x%c%s", n+5, byte(channel), p[:n]); err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// report sends the status report as one stream and closes the side-band.
func (w *sidebandWriter) report(p []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.banded {
		_, err := w.out.Write(p)
		return err
	}
	if len(p) > 0 {
		if err := w.packet(sideband.PackData, p); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w.out, "0000")
	return err
}

// stayAlive sends an empty packet every interval until its context ends, so
// that neither the client nor a proxy takes a long check for a dead
// connection. It must not be called while the client still sends: over HTTP it
// may take a response before that for the last word.
func (w *sidebandWriter) stayAlive(ctx context.Context, interval time.Duration) {
	if !w.banded {
		return
	}
	go func() {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				w.keep(ctx)
			}
		}
	}()
}

// keep sends an empty packet unless the response has ended.
func (w *sidebandWriter) keep(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ctx.Err() == nil {
		w.packet(sideband.ProgressMessage, nil)
	}
}

// printable makes a line fit for a terminal.
func printable(s string) string { return plaintext.Line(s, maxLine) }
