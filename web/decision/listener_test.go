package decision

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http/httpguts"
)

// listening is a real server behind a Listener.
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
	engine.Observe = func(_ *http.Request, seen *Trace) { s.traces <- seen.Clone() }
	server := &http.Server{
		Handler: h, MaxHeaderBytes: 64 << 10, DisableGeneralOptionsHandler: true, ReadHeaderTimeout: 5 * time.Second,
	}
	done := make(chan error, 1)
	go func() {
		done <- server.Serve(&Listener{Listener: l, Handler: engine, HeaderTimeout: 50 * time.Millisecond})
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
		{"expectation", "GET / HTTP/1.1\r\nHost: x\r\nExpect: teapot\r\n\r\n", toW6 + "W6+ W7+ W8+ W9- S4- E1+ 417"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answers := s.send(t, tt.raw, 2)
			trace := <-s.traces
			if len(answers) != 1 || trace.String() != tt.want || answers[0].StatusCode != trace.Status {
				t.Fatalf("%d answers, %s, want %s", len(answers), trace, tt.want)
			}
			a := answers[0]
			if !a.Close || a.Header.Get("Date") == "" || a.ContentLength <= 0 || a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%v", a.Header)
			}
		})
	}
}

// TestConnection: what is right passes, however it is cut up, and each request
// on a connection gets its answer in turn.
func TestConnection(t *testing.T) {
	engine := &Handler{}
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %q %v", r.Method, r.URL, b, err != nil)
	})
	s := listen(t, echo, engine)
	const get = "GET /%d HTTP/1.1\r\nHost: x\r\n\r\n"
	for _, tt := range []struct {
		name, raw string
		want      []string
	}{
		{"one", fmt.Sprintf(get, 1), []string{`GET /1 "" false`}},
		{"empty lines first", "\r\n\r\n" + fmt.Sprintf(get, 1), []string{`GET /1 "" false`}},
		{"many at once", fmt.Sprintf(get+get+get, 1, 2, 3), []string{`GET /1 "" false`, `GET /2 "" false`, `GET /3 "" false`}},
		{"length", "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + fmt.Sprintf(get, 2), []string{`POST /1 "abc" false`, `GET /2 "" false`}},
		{"empty line behind content", "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc\r\n" + fmt.Sprintf(get, 2), []string{`POST /1 "abc" false`, `GET /2 "" false`}},
		{"chunks", "POST /1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\nT: v\r\n\r\n" + fmt.Sprintf(get, 2), []string{`POST /1 "abc" false`, `GET /2 "" false`}},
		{"broken chunks", "POST /1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\nab\r\n0\r\n\r\n" + fmt.Sprintf(get, 2), []string{`POST /1 "" true`}},
		{"long chunk size", "POST /1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n00000000000000002\r\nab\r\n0\r\n\r\n", []string{`POST /1 "" true`}},
		{"hidden second request", "GET /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 38\r\n\r\nGET /admin HTTP/1.1\r\nHost: x\r\nX: y\r\n\r\n" + fmt.Sprintf(get, 2), []string{`GET /1 "GET /admin HTTP/1.1\r\nHost: x\r\nX: y\r\n\r\n" false`, `GET /2 "" false`}},
		{"expectation that is met", "POST /1 HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc", []string{"", `POST /1 "abc" false`}},
		{"HTTP/1.0", "GET /1 HTTP/1.0\r\n\r\n", []string{`GET /1 "" false`}},
		{"absolute target", "GET http://x/1 HTTP/1.1\r\nHost: x\r\n\r\n", []string{`GET http://x/1 "" false`}},
		{"options of all", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", []string{`OPTIONS * "" false`}},
		{"refused behind one that was answered", fmt.Sprintf(get, 1) + "GET / HTTP/9.9\r\nHost: x\r\n\r\n", []string{`GET /1 "" false`, "505 HTTP Version Not Supported\nThis server speaks HTTP/1.1 here.\n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answers := s.send(t, tt.raw, len(tt.want))
			if len(answers) != len(tt.want) {
				t.Fatalf("%d answers, want %d", len(answers), len(tt.want))
			}
			for i, a := range answers {
				if b := body(t, a); b != tt.want[i] {
					t.Errorf("answer %d: %q, want %q", i, b, tt.want[i])
				}
			}
		})
	}
}

// TestClientGone: net/http still learns that a client has gone while a handler
// works, and a request that waits behind is not refused before its turn.
func TestClientGone(t *testing.T) {
	gone, started := make(chan struct{}), make(chan struct{})
	s := listen(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(started)
		<-r.Context().Done()
		close(gone)
	}), &Handler{})
	c, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-started
	c.Close()
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Error("the handler was not told")
	}
}

// TestRefusedInItsTurn sends a bad request while the one before it is at work.
func TestRefusedInItsTurn(t *testing.T) {
	started, finish := make(chan struct{}), make(chan struct{})
	s := listen(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(started)
		<-finish
		io.WriteString(w, "first")
	}), &Handler{})
	c, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-started
	io.WriteString(c, "\r\nBAD / HTTP/1.1\r\n\r\n")
	close(finish)
	r := bufio.NewReader(c)
	for _, want := range []int{200, 400} {
		answer, err := http.ReadResponse(r, nil)
		if err != nil || answer.StatusCode != want {
			t.Fatalf("%v, %v, want %d", answer, err, want)
		}
		io.Copy(io.Discard, answer.Body)
	}
}

// TestUpgrade: behind an answer 101 the bytes are nobody's head.
func TestUpgrade(t *testing.T) {
	s := listen(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		line, _ := buffered.ReadString('\n')
		io.WriteString(c, "echo "+line)
	}), &Handler{})
	c, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	r := bufio.NewReader(c)
	for range 4 {
		if _, err := r.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	io.WriteString(c, "\x01 no head\n")
	if line, err := r.ReadString('\n'); line != "echo \x01 no head\n" {
		t.Errorf("%q, %v", line, err)
	}
}

// TestFileIsSentByTheKernel: the writer that net/http finds can take a file.
func TestFileIsSentByTheKernel(t *testing.T) {
	name := t.TempDir() + "/file"
	if err := os.WriteFile(name, bytes.Repeat([]byte("0123456789"), 1<<16), 0o600); err != nil {
		t.Fatal(err)
	}
	s := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, name) }), &Handler{})
	answers := s.send(t, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 1)
	if len(answers) != 1 || len(body(t, answers[0])) != 10<<16 {
		t.Errorf("%v", answers)
	}
}

// FuzzHead compares with net/http: what passes here it takes too, and sees the
// same request in it.
func FuzzHead(f *testing.F) {
	for _, s := range []string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "POST /a%20b?c HTTP/1.1\r\nhost: x\r\nContent-Length: 0\r\n\r\n",
		"PUT http://x:80/ HTTP/1.0\r\n\r\n", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\nTrailer: X\r\n\r\n", "GET //x/ HTTP/1.9\r\nHost: [::1]:1\r\nExpect: 100-continue\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n X: y\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		end := bytes.Index(b, []byte("\r\n\r\n"))
		if end < 0 {
			return
		}
		b = b[:end+4]
		h, v := judge(b, 8<<10)
		if v != fits {
			if v.at < 0 || v.at > S4 {
				t.Fatalf("verdict %v", v)
			}
			return
		}
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(b)))
		if err != nil {
			t.Fatalf("%q passes, net/http says %v", b, err)
		}
		if r.Method != h.method || r.ProtoMajor != 1 || r.RequestURI != h.target {
			t.Fatalf("%q: %+v", b, h)
		}
		if chunked := len(r.TransferEncoding) > 0; chunked != h.chunked || !chunked && r.ContentLength != h.length {
			t.Fatalf("%q: %v %d, net/http has %v %d", b, h.chunked, h.length, r.TransferEncoding, r.ContentLength)
		}
		for name, values := range r.Header { // what its server refuses later
			for _, value := range values {
				if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
					t.Fatalf("%q passes with %q: %q", b, name, value)
				}
			}
		}
		if e := r.Header.Get("Expect"); e != "" && !strings.EqualFold(e, "100-continue") {
			t.Fatalf("%q passes with %q", b, e)
		}
	})
}

// FuzzChunks compares with net/http: where that reads content to its end, so
// does this, and both end at the same byte.
func FuzzChunks(f *testing.F) {
	for _, s := range []string{
		"0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\nGET /", "a;x=\"y\"\r\n0123456789\r\n0\r\nT: v\r\n\r\n", "3\nabc\r\n0\r\n\r\n", "fffffffffffffffff\r\n", "1 \r\na\r\n0\r\n\r\n",
	} {
		f.Add([]byte(s), 3)
	}
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		whole := new(chunks)
		end := whole.scan(b)
		parts := new(chunks)
		cut = min(max(cut, 0), len(b))
		if n := parts.scan(b[:cut]); n == cut && parts.state != chunksEnded && parts.state != chunksBroken {
			n += parts.scan(b[cut:])
			if n != end || parts.state != whole.state {
				t.Fatalf("%q cut at %d: %d %v, whole %d %v", b, cut, n, parts.state, end, whole.state)
			}
		}
		if whole.state != chunksEnded {
			return
		}
		r := bufio.NewReader(io.MultiReader(strings.NewReader("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"), bytes.NewReader(b)))
		request, err := http.ReadRequest(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, request.Body); err != nil {
			return // it is stricter about trailers, say; then it hangs up
		}
		rest, err := io.ReadAll(r)
		if err != nil || len(b)-len(rest) != end {
			t.Fatalf("%q ends at %d, for net/http at %d (%v)", b, end, len(b)-len(rest), err)
		}
	})
}
