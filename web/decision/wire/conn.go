package wire

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync/atomic"
)

// conn follows the requests on a connection from head to head. A single Read
// never returns bytes of two requests, so conn knows where each head begins and
// checks it before net/http sees it.
type conn struct {
	net.Conn
	listener *listener

	space   []byte // backs pending
	pending []byte // read from the connection, not returned by Read yet
	cleared int    // how many bytes of pending Read may return
	peeked  int    // how many bytes of an unchecked head Read has returned: 0 or 1
	scanned int    // how many bytes of pending hold no end of a head
	timed   bool   // whether the head has a deadline

	left       int64       // bytes of content with a length still to come
	chunks     *chunks     // state of content in chunks; nil otherwise
	upgrade    atomic.Bool // the request has an Upgrade field
	upgraded   atomic.Bool // the response was a 101
	terminated atomic.Bool // the last head was refused and answered
}

var errBadChunks = errors.New("malformed chunked content")

// Read implements [net.Conn].
func (c *conn) Read(p []byte) (int, error) {
	for {
		switch {
		case len(p) == 0:
			return 0, nil
		case c.terminated.Load():
			return 0, io.EOF
		case c.cleared > 0:
			n := copy(p, c.pending[:c.cleared])
			c.discard(n)
			c.cleared -= n
			return n, nil
		case c.upgraded.Load():
			if c.discard(c.peeked); len(c.pending) == 0 {
				return c.Conn.Read(p)
			}
			c.cleared, c.peeked = len(c.pending), 0
		case c.left > 0:
			if n, err := c.readLength(p); n > 0 || err != nil {
				return n, err
			}
		case c.chunks != nil:
			if n, err := c.readChunks(p); n > 0 || err != nil {
				return n, err
			}
		case len(p) == 1 && c.peeked == 0:
			return c.peek(p)
		default:
			if err := c.readHead(); err != nil {
				return 0, err
			}
		}
	}
}

// discard removes bytes that Read has returned.
func (c *conn) discard(n int) {
	c.pending = c.pending[n:]
	if len(c.pending) == 0 {
		c.pending = c.space[:0]
	}
}

// readLength reads content with a Content-Length.
func (c *conn) readLength(p []byte) (int, error) {
	if len(c.pending) > 0 {
		c.cleared = int(min(int64(len(c.pending)), c.left))
		c.left -= int64(c.cleared)
		return 0, nil
	}
	n, err := c.Conn.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// readChunks reads content in chunks. Bytes of the next request stay pending.
func (c *conn) readChunks(p []byte) (int, error) {
	var err error
	if len(c.pending) == 0 {
		var n int
		if n, err = c.Conn.Read(p); n == 0 {
			return 0, err
		}
		content := c.chunks.scan(p[:n])
		c.pending = append(c.pending, p[content:n]...)
		return content, c.endOfChunks(err)
	}
	c.cleared = c.chunks.scan(c.pending)
	return 0, c.endOfChunks(nil)
}

func (c *conn) endOfChunks(err error) error {
	switch c.chunks.state {
	case chunksEnded:
		c.chunks = nil
	case chunksBroken:
		if c.cleared == 0 {
			return errBadChunks
		}
	}
	return err
}

// peek returns the first byte of a head before the rest has arrived. While a
// handler runs, net/http reads one byte to learn whether the client has gone:
// it must not wait for a whole head then, nor see that head refused.
func (c *conn) peek(p []byte) (int, error) {
	for {
		for len(c.pending) > 0 && (c.pending[0] == '\r' || c.pending[0] == '\n') {
			c.discard(1)
		}
		if len(c.pending) > 0 {
			p[0] = c.pending[0]
			c.peeked = 1
			return 1, nil
		}
		if n, err := c.fill(); n == 0 {
			return 0, err
		}
	}
}

// fill reads more bytes into pending.
func (c *conn) fill() (int, error) {
	if cap(c.pending)-len(c.pending) < 1024 {
		c.space = append(make([]byte, 0, max(4096, 2*len(c.pending))), c.pending...)
		c.pending = c.space
	}
	n, err := c.Conn.Read(c.pending[len(c.pending):cap(c.pending)])
	c.pending = c.pending[:len(c.pending)+n]
	return n, err
}

// Write implements [net.Conn]. After a refusal it fails: the refused head has
// been answered, and net/http must not answer it again.
func (c *conn) Write(p []byte) (int, error) {
	if c.terminated.Load() {
		return 0, net.ErrClosed
	}
	if c.upgrade.Load() && bytes.HasPrefix(p, []byte("HTTP/1.1 101")) {
		c.upgraded.Store(true)
	}
	return c.Conn.Write(p)
}

// ReadFrom implements [io.ReaderFrom], so that the kernel can send a file.
func (c *conn) ReadFrom(r io.Reader) (int64, error) {
	if c.terminated.Load() {
		return 0, net.ErrClosed
	}
	return io.Copy(c.Conn, r)
}

// CloseWrite ends the sending half; net/http calls it too. The error is
// [errors.ErrUnsupported] if the connection has no halves.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}
