package rawhttp

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

// mostBody limits the content of a response that is kept, in bytes.
const mostBody = 1 << 20

// Client sends requests as they are.
type Client struct {
	Timeout time.Duration // for connecting, and for a whole exchange
	TLS     *tls.Config   // for https; nil: the default
}

// Send sends a request on a connection of its own. The error is that there is no
// connection; whatever happens after that is a response.
func (c *Client) Send(ctx context.Context, r *Request) (*Response, error) {
	conn, err := c.dial(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", address(r.URL), err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if err := conn.SetDeadline(time.Now().Add(c.Timeout)); err != nil {
		return nil, fmt.Errorf("connect to %s: %w", address(r.URL), err)
	}
	sent := make(chan struct{})
	go func() { // a server that refuses does not read it all
		defer close(sent)
		_, _ = io.WriteString(conn, r.Bytes())
	}()
	source := &timedReader{Reader: conn}
	in := bufio.NewReader(source)
	response := read(in, r.Method)
	if response.Status <= 0 && source.timedOut {
		response.Status = TimedOut // whatever was made of the part that came
	}
	if r.Ends && response.Status > 0 && !response.Ended {
		_ = conn.SetDeadline(time.Now().Add(c.Timeout))
		response.Ended, response.Reused = reuse(conn, in, r)
	}
	conn.Close()
	<-sent
	return response, ctx.Err()
}

// reuse sends a plain GET on a connection that carried r. It reports whether the
// server has closed the connection, or whether it answers; neither if nothing
// happens in time.
func reuse(conn net.Conn, in *bufio.Reader, r *Request) (ended, reused bool) {
	next := Request{Method: http.MethodGet, URL: r.URL}
	if _, err := io.WriteString(conn, next.Bytes()); err != nil {
		return !errors.Is(err, os.ErrDeadlineExceeded), false
	}
	if _, err := in.Peek(1); err != nil {
		return !errors.Is(err, os.ErrDeadlineExceeded), false
	}
	return false, true
}

func (c *Client) dial(ctx context.Context, r *Request) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	if r.URL.Scheme != "https" {
		return new(net.Dialer).DialContext(ctx, "tcp", address(r.URL))
	}
	config := c.TLS.Clone()
	if config == nil {
		config = &tls.Config{}
	}
	config.NextProtos = []string{"http/1.1"}
	return (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", address(r.URL))
}

// read reads the final response to a request with the method.
func read(in *bufio.Reader, method string) *Response {
	for {
		if _, err := in.Peek(1); err != nil {
			return &Response{Status: Closed, Trouble: err.Error(), Header: http.Header{}}
		}
		resp, err := http.ReadResponse(in, &http.Request{Method: method})
		if err != nil {
			return &Response{Status: Garbled, Trouble: err.Error(), Header: http.Header{}}
		}
		if resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		a := &Response{Status: resp.StatusCode, Header: resp.Header, Length: resp.ContentLength, Ended: resp.Close}
		a.Body, err = io.ReadAll(io.LimitReader(resp.Body, mostBody+1))
		if len(a.Body) > mostBody {
			a.Body, a.Cut = a.Body[:mostBody], true
		}
		if err != nil {
			return &Response{Status: Garbled, Trouble: "content: " + err.Error(), Header: resp.Header}
		}
		return a
	}
}

// timedReader records whether reading has met the deadline. Parsers hide that
// behind an error about what they could not parse.
type timedReader struct {
	io.Reader
	timedOut bool
}

// Read implements [io.Reader].
func (r *timedReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.timedOut = r.timedOut || errors.Is(err, os.ErrDeadlineExceeded)
	return n, err
}
