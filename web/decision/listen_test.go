package decision

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/web/decision/wire"
)

// listening is a server whose listener is that of a Handler.
type listening struct {
	address string
	traces  chan *Trace
}

func listen(t *testing.T, h http.Handler, engine *Handler) *listening {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &listening{l.Addr().String(), make(chan *Trace, 1024)}
	engine.Limits = wire.Limits{HeadTimeout: 50 * time.Millisecond}
	engine.Observe = func(_ *http.Request, seen *Trace) { s.traces <- seen.Clone() }
	server := &http.Server{
		Handler: h, MaxHeaderBytes: 64 << 10, DisableGeneralOptionsHandler: true, ReadHeaderTimeout: 5 * time.Second,
	}
	done := make(chan error, 1)
	go func() {
		done <- server.Serve(engine.Listen(l))
	}()
	t.Cleanup(func() {
		server.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return s
}

// send writes bytes as they are and returns the answers that come until the
// server hangs up or has given as many as are wanted.
func (s *listening) send(t *testing.T, raw string, wanted int) []*http.Response {
	t.Helper()
	c, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	go io.WriteString(c, raw) // a server that refuses does not read it all
	r := bufio.NewReader(c)
	method, _, _ := strings.Cut(strings.TrimLeft(raw, "\r\n"), " ")
	var answers []*http.Response
	for len(answers) < wanted {
		answer, err := http.ReadResponse(r, &http.Request{Method: method})
		if err != nil {
			break
		}
		b, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatalf("answer %d: %v", answer.StatusCode, err)
		}
		answer.Body = io.NopCloser(bytes.NewReader(b))
		answers = append(answers, answer)
	}
	return answers
}

// TestWire sends what net/http would answer by itself.
func TestWire(t *testing.T) {
	f := one()
	f.methods = []string{"GET", "POST"}
	f.process = func(_ http.ResponseWriter, r *http.Request) (Outcome, error) {
		_, err := io.Copy(io.Discard, r.Body)
		return Outcome{}, err
	}
	engine := &Handler{Find: func(*http.Request) Resource { return f }}
	s := listen(t, engine, engine)
	const (
		toW1 = "W10+ W3+ W4+ "
		toW5 = toW1 + "W1+ W2+ "
		toW6 = toW5 + "W5+ "
	)
	for _, tt := range []struct {
		name, raw, want string
	}{
		{"half a head", "GET / HTTP/1.1\r\nHost: x\r\n", "W10- E1+ 408"},
		{"long target", "GET /" + strings.Repeat("x", 64<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n", "W10+ W3- E1+ 414"},
		{"target just too long", "GET /" + strings.Repeat("x", 8192) + " HTTP/1.1\r\nHost: x\r\n\r\n", "W10+ W3- E1+ 414"},
		{"target without an end", "GET /" + strings.Repeat("x", 2<<20), "W10+ W3- E1+ 414"},
		{"large header", "GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 2<<20) + "\r\n\r\n", "W10+ W3+ W4- E1+ 431"},
		{"no request at all", "\x16\x03\x01\x00\xa5\x01\x00", toW1 + "W1- E1+ 400"},
		{"long method", strings.Repeat("x", 10<<10), toW1 + "W1- E1+ 400"},
		{"no version", "GET /\r\n\r\n", toW1 + "W1- E1+ 400"},
		{"two spaces", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", toW1 + "W1- E1+ 400"},
		{"bad method", "G{T / HTTP/1.1\r\nHost: x\r\n\r\n", toW1 + "W1- E1+ 400"},
		{"bad escape", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", toW1 + "W1- E1+ 400"},
		{"star on GET", "GET * HTTP/1.1\r\nHost: x\r\n\r\n", toW1 + "W1- E1+ 400"},
		{"no colon", "GET / HTTP/1.1\r\nHost: x\r\nnothing\r\n\r\n", toW1 + "W1- E1+ 400"},
		{"space before colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", toW1 + "W1- E1+ 400"},
		{"folded line", "GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n", toW1 + "W1- E1+ 400"},
		{"NUL in a field", "GET / HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n", toW1 + "W1- E1+ 400"},
		{"bare LF", "GET / HTTP/1.1\nHost: x\n\n", toW1 + "W1- E1+ 400"},
		{"bare LF between fields", "GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n", toW1 + "W1- E1+ 400"},
		{"trailer of length", "POST / HTTP/1.1\r\nHost: x\r\nTrailer: Content-Length\r\n\r\n", toW1 + "W1- E1+ 400"},
		{"HTTP/2.7", "GET / HTTP/2.7\r\nHost: x\r\n\r\n", toW1 + "W1+ W2- E1+ 505"},
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", toW1 + "W1+ W2- E1+ 505"},
		{"no Host", "GET / HTTP/1.1\r\n\r\n", toW5 + "W5- E1+ 400"},
		{"two Hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", toW5 + "W5- E1+ 400"},
		{"bad Host", "GET / HTTP/1.1\r\nHost: x y\r\n\r\n", toW5 + "W5- E1+ 400"},
		{"length and coding", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", toW6 + "W6- E1+ 400"},
		{"two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nabcd", toW6 + "W6- E1+ 400"},
		{"length with sign", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +4\r\n\r\nabcd", toW6 + "W6- E1+ 400"},
		{"length list", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4, 4\r\n\r\nabcd", toW6 + "W6- E1+ 400"},
		{"length too large", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", toW6 + "W6- E1+ 400"},
		{"chunked twice", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", toW6 + "W6- E1+ 400"},
		{"coding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", toW6 + "W6- E1+ 400"},
		{"unknown coding", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: foo, chunked\r\n\r\n0\r\n\r\n", toW6 + "W6+ W7- E1+ 501"},
		{"https in the clear", "GET https://x/ HTTP/1.1\r\nHost: x\r\n\r\n", toW6 + "W6+ W7+ W8- E1+ 421"},
		{"another scheme", "GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n", toW6 + "W6+ W7+ W8- E1+ 421"},
		{"another scheme, POST", "POST gopher://x/ HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", toW6 + "W6+ W7+ W8- E1+ 421"},
		{"user in the target", "GET http://ann:secret@x/ HTTP/1.1\r\nHost: x\r\n\r\n", toW1 + "W1- E1+ 400"},
		{"no authority", "GET http:///x HTTP/1.1\r\nHost: x\r\n\r\n", toW1 + "W1- E1+ 400"},
		{"no authority, only a scheme", "GET http:x HTTP/1.1\r\nHost: x\r\n\r\n", toW1 + "W1- E1+ 400"},
		{"expectation", "GET / HTTP/1.1\r\nHost: x\r\nExpect: teapot\r\n\r\n", toW6 + "W6+ W7+ W8+ W9- S4- E1+ 417"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wanted := 2
			if strings.HasSuffix(tt.want, "421") {
				wanted = 1
			}
			answers := s.send(t, tt.raw, wanted)
			trace := <-s.traces
			if len(answers) != 1 || trace.String() != tt.want || answers[0].StatusCode != trace.Status {
				t.Fatalf("%d answers, %s, want %s", len(answers), trace, tt.want)
			}
			a := answers[0]
			refused := trace.Status != 421 // by the listener, which closes the connection
			if a.Close != refused || a.Header.Get("Date") == "" || a.ContentLength <= 0 || a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%v", a.Header)
			}
		})
	}
}

// TestRefusedBehindAnother: a request that was answered does not keep the next
// one on the connection from being refused.
func TestRefusedBehindAnother(t *testing.T) {
	engine := &Handler{}
	s := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL) }), engine)
	answers := s.send(t, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/9.9\r\nHost: x\r\n\r\n", 2)
	if len(answers) != 2 {
		t.Fatalf("%d answers", len(answers))
	}
	for i, want := range []string{"/1", "505 HTTP Version Not Supported\nThis server speaks HTTP/1.1 here.\n"} {
		if b := body(t, answers[i]); b != want {
			t.Errorf("answer %d: %q, want %q", i, b, want)
		}
	}
}

// TestAbsoluteForm: a request that names scheme and authority in its target is
// for this server only if they are the server's own (7.4). Host does not count
// then (RFC 9112 section 3.2.2).
func TestAbsoluteForm(t *testing.T) {
	f := one()
	engine := &Handler{Find: func(*http.Request) Resource { return f }, Origin: "https://books.example"}
	s := listen(t, engine, engine)
	_, port, err := net.SplitHostPort(s.address)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		target, host string
		want         int
	}{
		{"/", "anything.example", 200},
		{"http://" + s.address + "/", "x", 200},
		{"HTTP://" + s.address, "x", 200},
		{"http://localhost:" + port + "/", "x", 200},
		{"http://books.example/", "x", 200},
		{"http://BOOKS.example:80/", "x", 200},
		{"https://books.example/", "x", 200}, // the proxy in front has done TLS
		{"https://books.example:443/", "x", 200},
		{"https://books.example:80/", "x", 421},
		{"http://books.example:8080/", "x", 421},
		{"https://" + s.address + "/", s.address, 421},
		{"http://other.example/", "books.example", 421},
		{"http://other.example/", "other.example", 421},
		{"http://127.0.0.1:1/", s.address, 421},
		{"ftp://books.example/", "books.example", 421},
		{"ws://" + s.address + "/", s.address, 421},
	} {
		answers := s.send(t, "GET "+tt.target+" HTTP/1.1\r\nHost: "+tt.host+"\r\n\r\n", 1)
		if len(answers) != 1 || answers[0].StatusCode != tt.want {
			t.Errorf("%s: %v, want %d", tt.target, answers, tt.want)
		}
	}
}
