package wire

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
)

// serve serves h behind a listener of ours, and returns the address.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h, MaxHeaderBytes: 64 << 10, DisableGeneralOptionsHandler: true, ReadHeaderTimeout: 5 * time.Second}
	done := make(chan error, 1)
	go func() { done <- server.Serve(Listen(l, Limits{HeadTimeout: 50 * time.Millisecond}, refuse)) }()
	t.Cleanup(func() {
		server.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// refuse answers 505 to another version and 400 to everything else.
func refuse(w http.ResponseWriter, _ *http.Request, f Fault) {
	status := http.StatusBadRequest
	if f.Kind == BadVersion {
		status = http.StatusHTTPVersionNotSupported
	}
	http.Error(w, "refused", status)
}

// send writes bytes as they are and returns the answers that come until the
// server hangs up or has given as many as are wanted.
func send(t *testing.T, address, raw string, wanted int) []*http.Response {
	t.Helper()
	c, err := net.Dial("tcp", address)
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

func content(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestConnection: what is right passes, however it is cut up, and each request
// on a connection gets its answer in turn.
func TestConnection(t *testing.T) {
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %q %v", r.Method, r.URL, b, err != nil)
	})
	address := serve(t, echo)
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
		{"refused behind one that was answered", fmt.Sprintf(get, 1) + "GET / HTTP/9.9\r\nHost: x\r\n\r\n", []string{`GET /1 "" false`, "refused\n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answers := send(t, address, tt.raw, len(tt.want))
			if len(answers) != len(tt.want) {
				t.Fatalf("%d answers, want %d", len(answers), len(tt.want))
			}
			for i, a := range answers {
				if b := content(t, a); b != tt.want[i] || b == "refused\n" && a.StatusCode != 505 {
					t.Errorf("answer %d: %d %q, want %q", i, a.StatusCode, b, tt.want[i])
				}
			}
		})
	}
}

// TestClientGone: net/http still learns that a client has gone while a handler
// works, and a request that waits behind is not refused before its turn.
func TestClientGone(t *testing.T) {
	gone, started := make(chan struct{}), make(chan struct{})
	address := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(started)
		<-r.Context().Done()
		close(gone)
	}))
	c, err := net.Dial("tcp", address)
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
	address := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(started)
		<-finish
		io.WriteString(w, "first")
	}))
	c, err := net.Dial("tcp", address)
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
	address := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		line, _ := buffered.ReadString('\n')
		io.WriteString(c, "echo "+line)
	}))
	c, err := net.Dial("tcp", address)
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
	address := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, name) }))
	answers := send(t, address, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 1)
	if len(answers) != 1 || len(content(t, answers[0])) != 10<<16 {
		t.Errorf("%v", answers)
	}
}
