package hooks

import (
	"bytes"
	"io"
	"sync"
)

// Bounds of the output of one executable.
const (
	maxOutput = 16 << 10 // bytes
	maxLine   = 1000     // bytes; a longer line is divided
)

// prefixed writes lines with a prefix before each, up to maxOutput bytes. It accepts
// and drops what comes after that, so that the executable goes on.
type prefixed struct {
	out    io.Writer
	prefix string

	mu      sync.Mutex
	line    []byte
	last    byte // how the line before ended
	written int
	cut     bool
	ended   bool
}

func (p *prefixed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(b)
	for len(b) > 0 && !p.cut && !p.ended {
		room := maxLine - len(p.line)
		end := bytes.IndexAny(b[:min(len(b), room)], "\r\n")
		switch {
		case end >= 0:
			p.line = append(p.line, b[:end]...)
			if len(p.line) > 0 || b[end] == '\n' && p.last != '\r' {
				p.pass()
			}
			p.last, b = b[end], b[end+1:]
		case len(b) >= room:
			p.line = append(p.line, b[:room]...)
			b = b[room:]
			p.pass()
		default:
			p.line = append(p.line, b...)
			b = nil
		}
	}
	return n, nil
}

// pass writes the line.
func (p *prefixed) pass() {
	if p.written += len(p.prefix) + len(p.line) + 1; p.written > maxOutput {
		p.cut = true
		p.line = []byte("... output truncated")
	}
	io.WriteString(p.out, p.prefix+string(p.line)+"\n") // never fails, see gitserver
	p.line = p.line[:0]
}

// end writes a last line that has no end. What is written later is dropped.
func (p *prefixed) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.line) > 0 && !p.cut {
		p.pass()
	}
	p.ended = true
}
