package decision

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/web/decision/wire"
)

// dial sends the head of a request, and what else has to be sent at once.
func dial(t *testing.T, h http.Handler, head string) net.Conn {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	c, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	io.WriteString(c, head)
	return c
}

// TestSlowContent: content that stops, and content that trickles, ends in a 408
// (H4).
func TestSlowContent(t *testing.T) {
	for name, beat := range map[string]time.Duration{"stops": time.Hour, "trickles": 5 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := one()
			f.methods = []string{"POST"}
			f.content = Content{Timeout: 60 * time.Millisecond, Limit: -1}
			f.process = func(_ http.ResponseWriter, r *http.Request) (Outcome, error) {
				_, err := io.Copy(io.Discard, r.Body)
				return Outcome{}, err
			}
			c := dial(t, &Handler{Find: func(*http.Request) Resource { return f }}, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
			over := make(chan struct{})
			defer close(over)
			go func() {
				for {
					select {
					case <-over:
						return
					case <-time.After(beat):
						io.WriteString(c, "x")
					}
				}
			}()
			answer, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			if answer.StatusCode != 408 || !answer.Close {
				t.Errorf("%d, %v", answer.StatusCode, answer.Header)
			}
		})
	}
}

// timed is a server's writer that notes its deadlines, and what it is to send
// by itself.
type timed struct {
	*httptest.ResponseRecorder
	reads, writes []time.Time
	pieces        []int64 // of files
}

func (w *timed) SetReadDeadline(at time.Time) error  { w.reads = append(w.reads, at); return nil }
func (w *timed) SetWriteDeadline(at time.Time) error { w.writes = append(w.writes, at); return nil }

func (w *timed) ReadFrom(r io.Reader) (int64, error) {
	limited, ok := r.(*io.LimitedReader)
	if !ok {
		return 0, fmt.Errorf("the kernel cannot send %T", r)
	}
	if _, ok := limited.R.(*os.File); !ok {
		return 0, fmt.Errorf("the kernel cannot send %T", limited.R)
	}
	w.pieces = append(w.pieces, limited.N)
	return io.Copy(w.ResponseRecorder.Body, r)
}

// early reads the content to find out who sends it.
type early struct{ *fixture }

func (early) Access(r *http.Request) (Access, error) {
	_, err := io.ReadAll(r.Body)
	return Access{}, err
}

// TestContentDeadlines: all reading has a deadline, that of a resource that has
// not said what it takes too, and none is left behind.
func TestContentDeadlines(t *testing.T) {
	f := one()
	f.methods = []string{"POST"}
	f.process = comesTo(Outcome{})
	w := &timed{ResponseRecorder: httptest.NewRecorder()}
	began := time.Now()
	h := &Handler{Find: func(*http.Request) Resource { return early{f} }}
	h.ServeHTTP(w, httptest.NewRequest("POST", "/x", strings.NewReader("abc")))
	last := len(w.reads) - 1
	if w.Code != 204 || last < 2 || !w.reads[last].IsZero() {
		t.Fatalf("%d, deadlines %v", w.Code, w.reads)
	}
	for _, at := range w.reads[:last] {
		if at.Before(began) || at.After(time.Now().Add(wire.DefaultTimeout)) {
			t.Errorf("a deadline at %v", at)
		}
	}
}

// TestReaderLeftBehind: who reads on when the request is over is told so, and
// does not touch the connection.
func TestReaderLeftBehind(t *testing.T) {
	f := one()
	f.methods = []string{"POST"}
	var left io.Reader
	f.process = func(_ http.ResponseWriter, r *http.Request) (Outcome, error) {
		left = r.Body
		return Outcome{}, nil
	}
	w := &timed{ResponseRecorder: httptest.NewRecorder()}
	h := &Handler{Find: func(*http.Request) Resource { return f }}
	h.ServeHTTP(w, httptest.NewRequest("POST", "/x", strings.NewReader("abc")))
	before := len(w.reads)
	if n, err := left.Read(make([]byte, 3)); n > 0 || !errors.Is(err, wire.ErrOver) || len(w.reads) > before {
		t.Errorf("%d bytes, %v, %d deadlines", n, err, len(w.reads)-before)
	}
}

// sparse is a file of so many bytes.
func sparse(t *testing.T, size int64) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, size); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestKernelSends: files go to the kernel in pieces, each with its deadline,
// whether they are a representation or what a stream copies.
func TestKernelSends(t *testing.T) {
	const length = 2*wire.Piece + 17
	name := sparse(t, length)
	file := page()
	file.Length, file.Content, file.Open = length, nil, func(context.Context) (io.ReadSeekCloser, error) { return os.Open(name) }
	stream := page()
	stream.Stream = func(w http.ResponseWriter, _ *http.Request) error {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(w, &io.LimitedReader{R: f, N: length})
		return err
	}
	for what, r := range map[string]Representation{"file": file, "stream": stream} {
		w := &timed{ResponseRecorder: httptest.NewRecorder()}
		f := &fixture{representations: []Representation{r}}
		h := &Handler{Find: func(*http.Request) Resource { return f }}
		h.ServeHTTP(w, httptest.NewRequest("GET", "/x", nil))
		if fmt.Sprint(w.pieces) != fmt.Sprint([]int64{wire.Piece, wire.Piece, 17}) || w.Body.Len() != length {
			t.Errorf("%s: %d bytes in pieces %v", what, w.Body.Len(), w.pieces)
		}
		if len(w.writes) != 4 || w.writes[2].IsZero() || !w.writes[3].IsZero() {
			t.Errorf("%s: deadlines %v", what, w.writes)
		}
	}
}

// TestSlowReader: an answer that nobody takes is given up, which is no fault of
// the server's (H4).
func TestSlowReader(t *testing.T) {
	name := sparse(t, 1<<30)
	r := page()
	r.Length, r.Content, r.Open = 1<<30, nil, func(context.Context) (io.ReadSeekCloser, error) { return os.Open(name) }
	f := &fixture{representations: []Representation{r}}
	traces := make(chan *Trace, 1)
	h := &Handler{
		Find: func(*http.Request) Resource { return f }, SendTimeout: 50 * time.Millisecond,
		Observe: func(_ *http.Request, seen *Trace) { traces <- seen.Clone() },
	}
	dial(t, h, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	select {
	case trace := <-traces:
		if trace.Status != 200 || trace.Fault != nil {
			t.Errorf("%s, %v", trace, trace.Fault)
		}
	case <-time.After(20 * time.Second):
		t.Error("still sending")
	}
}

// own is a resource whose errors have a form of their own, and that is closed.
type own struct {
	*fixture
	fails  bool
	closed int
}

func (*own) ErrorType() string { return "application/x-own" }

func (o *own) WriteError(w io.Writer, p Problem) error {
	if o.fails {
		return errDisk
	}
	_, err := fmt.Fprintf(w, "own %d", p.Status)
	return err
}

func (o *own) Close() error {
	if o.closed++; o.fails {
		return errDisk
	}
	return nil
}

// TestErrorForm: a resource's own form of errors comes first, and the others
// are there for who asks for them.
func TestErrorForm(t *testing.T) {
	for _, tt := range []struct {
		accept string
		fails  bool
		want   string
		start  string
	}{
		{"", false, "application/x-own", "own 404"},
		{"*/*", false, "application/x-own", "own 404"},
		{"application/x-own", false, "application/x-own", "own 404"},
		{"image/png", false, "application/x-own", "own 404"},
		{"text/html", false, formHTML, "<!DOCTYPE"},
		{"application/json", false, formProblem, "{"},
		{"", true, formText, "404 "},
	} {
		resource := &own{fixture: &fixture{state: State{Existence: Missing}}, fails: tt.fails}
		fields := []string{"Accept", tt.accept}
		if tt.accept == "" {
			fields = nil
		}
		answer, trace := ask(t, resource, "GET", fields...)
		if got := body(t, answer); answer.StatusCode != 404 || answer.Header.Get("Content-Type") != tt.want || !strings.HasPrefix(got, tt.start) {
			t.Errorf("%q: %d %v %q", tt.accept, answer.StatusCode, answer.Header, got)
		}
		if resource.closed != 1 || errors.Is(trace.Fault, errDisk) != tt.fails {
			t.Errorf("%q: closed %d times, fault %v", tt.accept, resource.closed, trace.Fault)
		}
	}
}
