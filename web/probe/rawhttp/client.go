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

// endTime is the time that a server has to close a connection that must not be
// reused.
const endTime = 2 * time.Second

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
	in := bufio.NewReader(conn)
	response := read(in, r.Method)
	if r.Ends && response.Status > 0 {
		_ = conn.SetReadDeadline(time.Now().Add(endTime))
		_, err := in.ReadByte()
		response.Ended = err != nil && !errors.Is(err, os.ErrDeadlineExceeded)
	}
	conn.Close()
	<-sent
	return response, ctx.Err()
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
			return &Response{Status: absence(err), Trouble: err.Error(), Header: http.Header{}}
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

// absence tells a server that is silent from one that has closed the connection.
func absence(err error) int {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return TimedOut
	}
	return Closed
}
