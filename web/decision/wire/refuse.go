package wire

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Linger is the time for which a client that still sends is read from and its
// bytes dropped. Closing at once could destroy a response that it has not read
// yet.
const Linger = 2 * time.Second

// refuse answers a head and ends the connection. The error is [io.EOF], or that
// of the connection.
func (c *conn) refuse(h head, fault Fault) error {
	r := &http.Request{
		Method: h.method, RequestURI: h.target, Host: h.host, URL: &url.URL{Path: h.target}, Proto: "HTTP/1.1",
		ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: http.NoBody, RemoteAddr: c.RemoteAddr().String(),
	}
	w := &response{header: http.Header{}}
	c.listener.refuse(w, r, fault)
	c.terminated.Store(true)
	_ = c.Conn.SetWriteDeadline(time.Now().Add(Linger)) // if this fails the write does too
	if _, err := c.Conn.Write(w.bytes()); err != nil {
		return err
	}
	c.hangUp()
	return io.EOF
}

// hangUp ends the connection so that the client can still read the response. A
// connection closed with unread input is reset, and the response lost.
func (c *conn) hangUp() {
	if err := c.CloseWrite(); err != nil {
		return
	}
	// Two bounds: one for a client that keeps sending, one for a silent one.
	var dropped [16 << 10]byte
	for end := time.Now().Add(4 * Linger); time.Now().Before(end); {
		if err := c.Conn.SetReadDeadline(time.Now().Add(Linger / 2)); err != nil {
			return
		}
		if _, err := c.Conn.Read(dropped[:]); err != nil {
			return
		}
	}
}

// response collects the answer to a head that net/http has not seen.
type response struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *response) Header() http.Header         { return w.header }
func (w *response) WriteHeader(status int)      { w.status = status }
func (w *response) Write(p []byte) (int, error) { return w.body.Write(p) }

func (w *response) bytes() []byte {
	w.header.Set("Connection", "close")
	w.header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", w.status, ReasonPhrase(w.status))
	_ = w.header.Write(&b) // a buffer takes everything
	b.WriteString("\r\n")
	b.Write(w.body.Bytes())
	return b.Bytes()
}

// ReasonPhrase returns the reason phrase of a status, by the names of RFC 9110;
// net/http has older ones.
func ReasonPhrase(status int) string {
	switch status {
	case http.StatusRequestEntityTooLarge:
		return "Content Too Large" // section 15.5.14
	case http.StatusRequestedRangeNotSatisfiable:
		return "Range Not Satisfiable" // section 15.5.17
	case http.StatusUnprocessableEntity:
		return "Unprocessable Content" // section 15.5.21
	}
	return http.StatusText(status)
}
