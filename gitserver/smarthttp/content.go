package smarthttp

import (
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/rhaptos/rhaptos/gitserver/clienterror"
)

var (
	errTooLarge = clienterror.New(clienterror.TooLarge, "the request is too large for a fetch: fetch fewer refs at a time")
	errBroken   = clienterror.New(clienterror.Malformed, "the request's content could not be read to its end: it was cut off, or is not the gzip that it says it is")
)

// content is a request's content without its coding. That of a fetch is bounded;
// a push is not, because the pack in it has limits of its own.
type content struct {
	sent   io.Reader
	zipped bool
	plain  io.Reader // nil until the first read
	left   int64     // bytes; negative: as many as come

	mu      sync.Mutex // the reader may be left behind when the request is over
	failure error      // why it cannot be used, if the client is to be told that
}

// decode reads the content of a request, whose coding is gzip or none.
func (q *Request) decode(r *http.Request) *content {
	coding := r.Header.Get("Content-Encoding")
	c := &content{sent: r.Body, zipped: coding != "" && !strings.EqualFold(coding, "identity"), left: q.server.MaxFetchRequest}
	if q.verb == receivePack {
		c.left = -1
	}
	return c
}

// Read implements [io.Reader].
func (c *content) Read(p []byte) (int, error) {
	if c.plain == nil {
		if err := c.begin(); err != nil {
			return 0, c.fail(err)
		}
	}
	if c.left < 0 {
		n, err := c.plain.Read(p)
		return n, c.fail(err)
	}
	// One byte more than is left tells content that ends from such that does not.
	if int64(len(p)) > c.left+1 {
		p = p[:c.left+1]
	}
	n, err := c.plain.Read(p)
	if int64(n) > c.left {
		n, c.left = int(c.left), 0
		return n, c.note(errTooLarge)
	}
	c.left -= int64(n)
	return n, c.fail(err)
}

func (c *content) begin() error {
	if !c.zipped {
		c.plain = c.sent
		return nil
	}
	z, err := gzip.NewReader(c.sent)
	if err != nil {
		return err
	}
	c.plain = z
	return nil
}

// fail notes that the content, though it arrived, cannot be used.
func (c *content) fail(err error) error {
	corrupt := flate.CorruptInputError(0)
	switch {
	case c.plain == nil && errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return c.note(errBroken)
	}
	return err
}

func (c *content) note(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failure = err
	return err
}

// failed is why the content cannot be used; nil if it can.
func (c *content) failed() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failure
}
