package gitserver

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
)

const (
	maxBand = 8 << 10  // bytes of one side-band packet; git allows 65515
	maxLine = 1000     // bytes of one line for the pusher
	maxSaid = 48 << 10 // bytes of all lines
)

// answer is the way back to the pusher: the report, and beside it what the
// server says, if the client can tell them apart.
type answer struct {
	mu     sync.Mutex
	out    io.Writer
	banded bool // side-band-64k was agreed upon
	said   []string
	size   int    // bytes of what was said
	rest   []byte // an unfinished line
}

// Write takes text for the pusher; each line is sent when it is complete. A
// line that ends in a carriage return is progress: the next one takes its place
// in a terminal, and it is not part of the verdict. Write never fails: a client that cannot be told is noticed when it gets its report.
func (a *answer) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rest = append(a.rest, p...)
	for {
		end := bytes.IndexAny(a.rest, "\r\n")
		if end < 0 && len(a.rest) > maxBand {
			a.rest = append(a.rest, '\n')
			end = len(a.rest) - 1
		}
		if end < 0 {
			return len(p), nil
		}
		if line := printable(string(a.rest[:end])); a.rest[end] == '\n' {
			a.say(line)
		} else if a.banded {
			a.packet(sideband.ProgressMessage, []byte(line+"\r"))
		}
		a.rest = a.rest[end+1:]
	}
}

// finish sends a last line that had no end.
func (a *answer) finish() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.rest) > 0 {
		a.say(printable(string(a.rest)))
		a.rest = nil
	}
}

// say sends a line, as long as there are not too many.
func (a *answer) say(line string) {
	if a.size > maxSaid {
		return
	}
	if a.size += len(line) + 1; a.size > maxSaid {
		line = "... and more, which is not shown."
	}
	a.said = append(a.said, line)
	if a.banded {
		a.packet(sideband.ProgressMessage, []byte(line+"\n"))
	}
}

func (a *answer) packet(channel sideband.Channel, p []byte) error {
	for first := true; first || len(p) > 0; first = false {
		n := min(len(p), maxBand)
		if _, err := fmt.Fprintf(a.out, "%04x%c%s", n+5, byte(channel), p[:n]); err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// report sends the status report as one stream and closes the side-band.
func (a *answer) report(p []byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.banded {
		_, err := a.out.Write(p)
		return err
	}
	if len(p) > 0 {
		if err := a.packet(sideband.PackData, p); err != nil {
			return err
		}
	}
	_, err := io.WriteString(a.out, "0000")
	return err
}

// stayAlive sends an empty packet every interval until its context ends, so
// that neither the client nor a proxy takes a long judgement for a dead
// connection. It must not be called while the client still sends: over HTTP it
// may take an answer before that for the last word.
func (a *answer) stayAlive(ctx context.Context, interval time.Duration) {
	if !a.banded {
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
				a.keep(ctx)
			}
		}
	}()
}

// keep sends an empty packet unless the answer has ended.
func (a *answer) keep(ctx context.Context) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if ctx.Err() == nil {
		a.packet(sideband.ProgressMessage, nil)
	}
}

// printable makes a line safe to show in a terminal: control and bidirectional
// formatting characters, which could hide or rewrite what is shown, and bytes
// that are not UTF-8 are replaced, and a line too long is cut.
func printable(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\u2028', r == '\u2029':
			return '\uFFFD'
		}
		return r
	}, s)
	if len(s) > maxLine {
		s = strings.ToValidUTF8(s[:maxLine], "") + "..."
	}
	return s
}
