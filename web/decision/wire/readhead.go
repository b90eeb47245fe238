package wire

import (
	"bytes"
	"errors"
	"os"
	"time"

	"golang.org/x/net/http/httpguts"
)

// readHead reads a whole head and checks it. A head that passes is cleared for
// Read; one that fails is answered, and the error is [io.EOF].
func (c *conn) readHead() error {
	for {
		end, fault := c.endOfHead()
		if fault == none && end > 0 {
			return c.accept(end)
		}
		if fault != none {
			return c.refuse(head{}, fault)
		}
		if err := c.more(); err != nil {
			return err
		}
	}
}

// endOfHead looks for the empty line in the pending bytes; 0 if it has not come
// yet. A head that is already too large, or cannot be one, is a fault at once.
func (c *conn) endOfHead() (int, Fault) {
	for len(c.pending) >= 2 && c.peeked == 0 && c.pending[0] == '\r' && c.pending[1] == '\n' {
		c.discard(2) // RFC 9112 section 2.2
		c.scanned = 0
	}
	b := c.pending
	if fault := c.checkFirstLine(b); fault != none {
		return 0, fault
	}
	line := bytes.IndexByte(b, '\n')
	if line < 0 {
		return 0, none
	}
	end := bytes.Index(b[max(c.scanned-3, 0):], []byte("\r\n\r\n"))
	if end >= 0 {
		end += max(c.scanned-3, 0) + 4
	}
	size := len(b) - line - 1
	if end >= 0 {
		size = end - line - 1
	}
	if size > c.listener.limits.Header {
		return 0, Fault{HeaderTooLarge, ""}
	}
	c.scanned = len(b)
	return max(end, 0), none
}

// longestMethod is more bytes than any method has, and than a request line has
// besides its target.
const longestMethod = 64

// checkFirstLine checks the request line, which may not be complete, as far as
// it must be to go on reading.
func (c *conn) checkFirstLine(b []byte) Fault {
	limit := c.listener.limits.Target
	line := bytes.IndexByte(b, '\n')
	switch {
	case len(b) > 0 && b[0] != '\r' && !httpguts.IsTokenRune(rune(b[0])): // another protocol, maybe
		return Fault{BadSyntax, "The request does not begin with a method."}
	case line < 0 && len(b) > limit+longestMethod:
		if bytes.IndexByte(b[:longestMethod], ' ') < 0 {
			return Fault{BadSyntax, "The request line is not METHOD TARGET HTTP/VERSION."}
		}
		return Fault{TargetTooLong, ""}
	case line < 0:
		return none
	case line == 0 || b[line-1] != '\r':
		return Fault{BadSyntax, "A line ends without CR."}
	case line > limit+2*longestMethod: // parse need not see all of it
		return Fault{TargetTooLong, ""}
	}
	return none
}

// more reads on. The deadline of a head begins with its first byte.
func (c *conn) more() error {
	begun := len(c.pending) > 0
	if begun && !c.timed {
		if err := c.Conn.SetReadDeadline(time.Now().Add(c.listener.limits.HeadTimeout)); err != nil {
			return err
		}
		c.timed = true
	}
	n, err := c.fill()
	switch {
	case n > 0:
		return nil
	case begun && errors.Is(err, os.ErrDeadlineExceeded):
		return c.refuse(head{}, Fault{HeadTimeout, ""})
	}
	return err
}

// accept checks the whole head, which ends at end, and clears it for Read.
func (c *conn) accept(end int) error {
	h, fault := parse(c.pending[:end], c.listener.limits.Target)
	if fault != none {
		return c.refuse(h, fault)
	}
	c.left = h.length
	if h.chunked {
		c.chunks = new(chunks)
	}
	c.upgrade.Store(h.upgrade)
	c.discard(c.peeked)
	c.cleared, c.peeked, c.scanned, c.timed = end-c.peeked, 0, 0, false
	return nil
}
