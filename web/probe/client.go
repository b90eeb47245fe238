package probe

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

// mostBody is how much content of an answer is looked at, in bytes.
const mostBody = 1 << 20

// endTime is how long the server is given to end a connection that it must not
// use any more.
const endTime = 2 * time.Second

// client sends requests as they are, which net/http would not.
type client struct {
	timeout time.Duration // of an answer
	tls     *tls.Config
}

// send sends a request on a connection of its own. The error is that there is
// no connection; anything else is an answer, of a kind.
func (c *client) send(ctx context.Context, r *Request) (*Answer, error) {
	conn, err := c.dial(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", address(r.URL), err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if err := conn.SetDeadline(time.Now().Add(c.timeout)); err != nil {
		return nil, fmt.Errorf("connect to %s: %w", address(r.URL), err)
	}
	sent := make(chan struct{})
	go func() { // a server that refuses does not read it all
		defer close(sent)
		_, _ = io.WriteString(conn, r.bytes())
	}()
	in := bufio.NewReader(conn)
	answer := read(in, r.Method)
	if r.Ends && answer.Status > 0 {
		_ = conn.SetReadDeadline(time.Now().Add(endTime))
		_, err := in.ReadByte()
		answer.Ended = err != nil && !errors.Is(err, os.ErrDeadlineExceeded)
	}
	conn.Close()
	<-sent
	return answer, ctx.Err()
}

func (c *client) dial(ctx context.Context, r *Request) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	if r.URL.Scheme != "https" {
		return new(net.Dialer).DialContext(ctx, "tcp", address(r.URL))
	}
	config := c.tls.Clone()
	if config == nil {
		config = &tls.Config{}
	}
	config.NextProtos = []string{"http/1.1"}
	return (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", address(r.URL))
}

// read reads the final answer to a request with the method.
func read(in *bufio.Reader, method string) *Answer {
	for {
		if _, err := in.Peek(1); err != nil {
			return &Answer{Status: absence(err), Trouble: err.Error(), Header: http.Header{}}
		}
		resp, err := http.ReadResponse(in, &http.Request{Method: method})
		if err != nil {
			return &Answer{Status: garbled, Trouble: err.Error(), Header: http.Header{}}
		}
		if resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		a := &Answer{Status: resp.StatusCode, Header: resp.Header, Length: resp.ContentLength, Ended: resp.Close}
		a.Body, err = io.ReadAll(io.LimitReader(resp.Body, mostBody+1))
		if len(a.Body) > mostBody {
			a.Body, a.Cut = a.Body[:mostBody], true
		}
		if err != nil {
			return &Answer{Status: garbled, Trouble: "content: " + err.Error(), Header: resp.Header}
		}
		return a
	}
}

// absence tells a server that waits from one that has hung up.
func absence(err error) int {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return waiting
	}
	return closed
}
