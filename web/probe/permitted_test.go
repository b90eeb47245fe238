package probe

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/probe/report"
)

// TestPermitted: what RFC 9110 leaves to a server is never a contradiction.
func TestPermitted(t *testing.T) {
	plain := func(a *answered, status int, content string) {
		a.status, a.Body = status, bytes.NewBufferString(content)
		for name := range a.Header() {
			a.Header().Del(name)
		}
	}
	whole := strings.Repeat("x", 100)
	for _, tt := range []struct {
		name, at string
		fault    func(r *http.Request, a *answered)
	}{
		{"gone for every method", "gone", func(_ *http.Request, a *answered) { plain(a, 410, "") }},
		{"gone, and missing for other methods", "gone", func(r *http.Request, a *answered) {
			plain(a, 410, "")
			if r.Method != "GET" && r.Method != "HEAD" {
				a.status = 404
			}
		}},
		{"TRACE works and is not in Allow", "page", func(r *http.Request, a *answered) {
			if r.Method == "TRACE" {
				plain(a, 200, fmt.Sprintf("TRACE %s\nX-Probe: %s\n", r.URL, r.Header.Get("X-Probe")))
				a.Header().Set("Content-Type", "text/plain")
			}
		}},
		{"TRACE in another type", "trace", func(r *http.Request, a *answered) {
			if r.Method == "TRACE" {
				a.Header().Set("Content-Type", "application/http")
			}
		}},
		{"no Vary on what is not kept", "page", func(_ *http.Request, a *answered) {
			a.Header().Del("Vary")
			a.Header().Set("Cache-Control", "private, no-store")
		}},
		{"no Vary on what is asked about", "page", func(_ *http.Request, a *answered) {
			a.Header().Del("Vary")
			a.Header().Set("Cache-Control", "no-cache")
		}},
		{"HEAD without what takes the content to know", "page", func(r *http.Request, a *answered) {
			if r.Method == "HEAD" && a.status == 200 {
				for _, field := range []string{"Vary", "Content-Length", "Etag"} {
					a.Header().Del(field)
				}
			}
		}},
		{"coded for everyone", "page.html", func(_ *http.Request, a *answered) {
			if a.status == 200 {
				a.Header().Set("Content-Encoding", "x-coded")
			}
		}},
		{"no last bytes: all", "page", func(r *http.Request, a *answered) {
			if r.Header.Get("Range") == "bytes=-0" {
				plain(a, 200, whole)
			}
		}},
		{"one range of two", "page", func(r *http.Request, a *answered) {
			if strings.HasPrefix(r.Header.Get("Range"), "bytes=0-9,") {
				first := a.Body.Bytes()
				at := bytes.Index(first, []byte("Content-Range: bytes 0-9/"))
				_, rest, _ := bytes.Cut(first[at:], []byte("\r\n\r\n"))
				head, _, _ := bytes.Cut(first[at+len("Content-Range: "):], []byte("\r\n"))
				a.Header().Set("Content-Range", string(head))
				a.Header().Set("Content-Type", "text/html; charset=utf-8")
				a.Header().Del("Content-Length")
				a.Body = bytes.NewBuffer(bytes.Clone(rest[:10]))
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rep := run(t, only(serve(t, false, faulty(tt.fault)), tt.at), true)
			for _, f := range rep.Contradictions() {
				t.Errorf("%s (%s, %s): %s: %s", f.Recipe, f.Level, f.Section, f.Rule, f.Why)
			}
		})
	}
}

// rawServer answers each head with bytes; nil closes the connection.
func rawServer(t *testing.T, answer func(head string) []byte) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				c.SetDeadline(time.Now().Add(5 * time.Second))
				var head []byte
				b := make([]byte, 64<<10)
				for !bytes.Contains(head, []byte("\r\n\r\n")) {
					n, err := c.Read(b)
					if head = append(head, b[:n]...); err != nil {
						return
					}
				}
				c.Write(answer(string(head)))
				io.CopyN(io.Discard, c, 4<<20) // or the answer is lost
			}()
		}
	}()
	return "http://" + l.Addr().String() + "/page"
}

// TestVersionNotSupported: 505 is one way to refuse a version (15.6.6), and not a
// rule.
func TestVersionNotSupported(t *testing.T) {
	for name, answer := range map[string]string{
		"505":             "HTTP/1.1 505 HTTP Version Not Supported\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		"400":             "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		"200":             "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx",
		"no answer":       "",
		"frame of HTTP/2": "\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := rawServer(t, func(head string) []byte {
				if strings.Contains(head, "HTTP/2.7") {
					return []byte(answer)
				}
				return []byte("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx")
			})
			rep, err := Probe(t.Context(), []string{address}, Options{Timeout: 10 * time.Second, Patience: 50 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			if why, found := contradictions(rep)["W2- HTTP/2.7"]; found {
				t.Error(why)
			}
		})
	}
}

// TestSlowToEnd: a connection that is neither closed nor used again in time shows
// nothing; one that is used again contradicts the rule.
func TestSlowToEnd(t *testing.T) {
	ok := "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
	for name, tt := range map[string]struct {
		answer string
		want   report.Verdict
	}{"silent": {ok, report.NoAnswer}, "used again": {ok + ok, report.Contradicted}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := rawServer(t, func(head string) []byte {
				if strings.Contains(head, "Transfer-Encoding") {
					return []byte(tt.answer)
				}
				return []byte("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx")
			})
			rep, err := Probe(t.Context(), []string{address}, Options{Timeout: 300 * time.Millisecond, Patience: 50 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			for _, result := range rep.Results() {
				for _, f := range result.Findings {
					if result.Edge == no(decision.W6) && f.Recipe == "W6- length and chunks" && f.Verdict != tt.want {
						t.Errorf("%s: %s", f.Verdict, f.Why)
					}
				}
			}
			if _, found := contradictions(rep)["W6- length and chunks"]; found != (tt.want == report.Contradicted) {
				t.Errorf("contradicted: %v", found)
			}
		})
	}
}
