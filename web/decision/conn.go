package decision

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/net/http/httpguts"
)

// conn is a connection on which requests are followed from head to head. It
// never hands on bytes of two of them at once: so each head begins where this
// says, and is seen before net/http sees it.
type conn struct {
	net.Conn
	listener *Listener

	space   []byte // to read into
	waiting []byte // read, but not handed on yet
	free    int    // how many of them may be
	handed  int    // how many bytes of the head in waiting have been handed on unseen: 0 or 1
	seen    int    // how many bytes of it hold no end of a head
	timed   bool   // whether the head has a deadline

	left     int64       // of content with a length
	chunks   *chunks     // of content without
	upgrade  atomic.Bool // the request asks for another protocol
	upgraded atomic.Bool // and has got it
	refused  atomic.Bool // the last answer was given here
}

var errBroken = errors.New("malformed chunked content")

// Read implements [net.Conn].
func (c *conn) Read(p []byte) (int, error) {
	for {
		switch {
		case len(p) == 0:
			return 0, nil
		case c.refused.Load():
			return 0, io.EOF
		case c.free > 0:
			n := copy(p, c.waiting[:c.free])
			c.drop(n)
			c.free -= n
			return n, nil
		case c.upgraded.Load():
			if c.drop(c.handed); len(c.waiting) == 0 {
				return c.Conn.Read(p)
			}
			c.free, c.handed = len(c.waiting), 0
		case c.left > 0:
			if n, err := c.readLength(p); n > 0 || err != nil {
				return n, err
			}
		case c.chunks != nil:
			if n, err := c.readChunks(p); n > 0 || err != nil {
				return n, err
			}
		case len(p) == 1 && c.handed == 0:
			return c.peek(p)
		default:
			if err := c.readHead(); err != nil {
				return 0, err
			}
		}
	}
}

// drop forgets bytes that have been handed on.
func (c *conn) drop(n int) {
	c.waiting = c.waiting[n:]
	if len(c.waiting) == 0 {
		c.waiting = c.space[:0]
	}
}

// readLength reads content with a length.
func (c *conn) readLength(p []byte) (int, error) {
	if len(c.waiting) > 0 {
		c.free = int(min(int64(len(c.waiting)), c.left))
		c.left -= int64(c.free)
		return 0, nil
	}
	n, err := c.Conn.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// readChunks reads content in chunks. What comes behind it waits.
func (c *conn) readChunks(p []byte) (int, error) {
	var err error
	if len(c.waiting) == 0 {
		var n int
		if n, err = c.Conn.Read(p); n == 0 {
			return 0, err
		}
		mine := c.chunks.scan(p[:n])
		c.waiting = append(c.waiting, p[mine:n]...)
		return mine, c.endOfChunks(err)
	}
	c.free = c.chunks.scan(c.waiting)
	return 0, c.endOfChunks(nil)
}

func (c *conn) endOfChunks(err error) error {
	switch c.chunks.state {
	case chunksEnded:
		c.chunks = nil
	case chunksBroken:
		if c.free == 0 {
			return errBroken
		}
	}
	return err
}

// peek hands on the first byte of a head before the rest is there. With a read
// of one byte net/http finds out, while a handler works, whether the client has
// gone; it must not wait for a whole head then, nor see it refused.
func (c *conn) peek(p []byte) (int, error) {
	for {
		for len(c.waiting) > 0 && (c.waiting[0] == '\r' || c.waiting[0] == '\n') {
			c.drop(1)
		}
		if len(c.waiting) > 0 {
			p[0] = c.waiting[0]
			c.handed = 1
			return 1, nil
		}
		if n, err := c.fill(); n == 0 {
			return 0, err
		}
	}
}

// fill reads what comes behind what waits.
func (c *conn) fill() (int, error) {
	if cap(c.waiting)-len(c.waiting) < 1024 {
		c.space = append(make([]byte, 0, max(4096, 2*len(c.waiting))), c.waiting...)
		c.waiting = c.space
	}
	n, err := c.Conn.Read(c.waiting[len(c.waiting):cap(c.waiting)])
	c.waiting = c.waiting[:len(c.waiting)+n]
	return n, err
}

// readHead reads a whole head, judges it, and hands it on or answers it.
func (c *conn) readHead() error {
	for {
		end, v := c.endOfHead()
		if v == fits && end > 0 {
			return c.take(end)
		}
		if v != fits {
			return c.refuse(head{}, v)
		}
		if err := c.more(); err != nil {
			return err
		}
	}
}

// endOfHead looks for the empty line in what is there so far; 0 if it has not
// come. What can be said to be too much, or no head, before that, is.
func (c *conn) endOfHead() (int, verdict) {
	for len(c.waiting) >= 2 && c.handed == 0 && c.waiting[0] == '\r' && c.waiting[1] == '\n' {
		c.drop(2) // RFC 9112 section 2.2
		c.seen = 0
	}
	b := c.waiting
	maxTarget := c.listener.Handler.maxTarget()
	line := bytes.IndexByte(b, '\n')
	switch {
	case len(b) > 0 && b[0] != '\r' && !httpguts.IsTokenRune(rune(b[0])): // another protocol, maybe
		return 0, verdict{W1, "The request does not begin with a method."}
	case line < 0 && len(b) > maxTarget+longestMethod:
		if bytes.IndexByte(b[:longestMethod], ' ') < 0 {
			return 0, verdict{W1, "The request line is not METHOD TARGET HTTP/VERSION."}
		}
		return 0, verdict{W3, ""}
	case line < 0:
		return 0, fits
	case line == 0 || b[line-1] != '\r':
		return 0, verdict{W1, "A line ends without CR."}
	case line > maxTarget+2*longestMethod: // judge would have to be shown all of it
		return 0, verdict{W3, ""}
	}
	end := bytes.Index(b[max(c.seen-3, 0):], []byte("\r\n\r\n"))
	if end >= 0 {
		end += max(c.seen-3, 0) + 4
	}
	size := len(b) - line - 1
	if end >= 0 {
		size = end - line - 1
	}
	if size > c.listener.maxHeader() {
		return 0, verdict{W4, ""}
	}
	c.seen = len(b)
	return max(end, 0), fits
}

// longestMethod is more than any method, and than the rest of a request line,
// has bytes.
const longestMethod = 64

// more reads on. A head that has begun has a deadline.
func (c *conn) more() error {
	begun := len(c.waiting) > 0
	if begun && !c.timed {
		if err := c.Conn.SetReadDeadline(time.Now().Add(c.listener.headerTimeout())); err != nil {
			return err
		}
		c.timed = true
	}
	n, err := c.fill()
	switch {
	case n > 0:
		return nil
	case begun && errors.Is(err, os.ErrDeadlineExceeded):
		return c.refuse(head{}, verdict{W10, ""})
	}
	return err
}

// take hands a head on that is right.
func (c *conn) take(end int) error {
	b := c.waiting[:end]
	h, v := judge(b, c.listener.Handler.maxTarget())
	if v != fits {
		return c.refuse(h, v)
	}
	c.left = h.length
	if h.chunked {
		c.chunks = new(chunks)
	}
	c.upgrade.Store(h.upgrade)
	c.drop(c.handed)
	c.free, c.handed, c.seen, c.timed = end-c.handed, 0, 0, false
	return nil
}

// refuse answers a head that is wrong, and ends the connection.
func (c *conn) refuse(h head, v verdict) error {
	r := &http.Request{
		Method: h.method, RequestURI: h.target, Host: h.host, URL: &url.URL{Path: h.target}, Proto: "HTTP/1.1",
		ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: http.NoBody, RemoteAddr: c.RemoteAddr().String(),
	}
	w := &refusal{header: http.Header{}}
	c.listener.Handler.serve(w, r, v.at, v.why)
	c.refused.Store(true)
	_ = c.Conn.SetWriteDeadline(time.Now().Add(linger)) // no answer is lost that could have been read
	if _, err := c.Conn.Write(w.bytes()); err != nil {
		return err
	}
	c.hangUp()
	return io.EOF
}

// hangUp ends the connection in a way that lets the client read the answer,
// which it would not if it were told that what it still sends is not read.
func (c *conn) hangUp() {
	if err := c.CloseWrite(); err != nil {
		return
	}
	// One who still sends has time for it; one who does not is soon forgotten.
	var dropped [16 << 10]byte
	for end := time.Now().Add(4 * linger); time.Now().Before(end); {
		if err := c.Conn.SetReadDeadline(time.Now().Add(linger / 2)); err != nil {
			return
		}
		if _, err := c.Conn.Read(dropped[:]); err != nil {
			return
		}
	}
}

// Write implements [net.Conn]. What net/http has to say to a request that has
// been answered here is not sent.
func (c *conn) Write(p []byte) (int, error) {
	if c.refused.Load() {
		return 0, net.ErrClosed
	}
	if c.upgrade.Load() && bytes.HasPrefix(p, []byte("HTTP/1.1 101")) {
		c.upgraded.Store(true)
	}
	return c.Conn.Write(p)
}

// ReadFrom implements [io.ReaderFrom]: the kernel may send a file by itself.
func (c *conn) ReadFrom(r io.Reader) (int64, error) {
	if c.refused.Load() {
		return 0, net.ErrClosed
	}
	return io.Copy(c.Conn, r)
}

// CloseWrite is what net/http and refuse end the sending with.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// refusal is the answer to a request that net/http has not seen.
type refusal struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *refusal) Header() http.Header         { return w.header }
func (w *refusal) WriteHeader(status int)      { w.status = status }
func (w *refusal) Write(p []byte) (int, error) { return w.body.Write(p) }

func (w *refusal) bytes() []byte {
	w.header.Set("Connection", "close")
	w.header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", w.status, title(w.status))
	_ = w.header.Write(&b) // a buffer takes everything
	b.WriteString("\r\n")
	b.Write(w.body.Bytes())
	return b.Bytes()
}
