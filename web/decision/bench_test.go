package decision

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// asBrowser is a request as a browser sends it.
func asBrowser(fields ...string) *http.Request {
	r := &http.Request{
		Method: "GET", URL: &url.URL{Path: "/x"}, RequestURI: "/x", Host: "books.example", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{
			"Accept":          {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"},
			"Accept-Language": {"en-GB,en;q=0.7,de;q=0.3"},
			"Accept-Encoding": {"gzip, deflate, br, zstd"},
			"User-Agent":      {"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
		},
		Body: http.NoBody,
	}
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	return r
}

// book is two forms of a page, one of them compressed too.
func book() Resource {
	html := page()
	html.Language = "en"
	packed := html
	packed.Coding, packed.ETag, packed.Content = "gzip", `"v1-gzip"`, html.Content[:1200]
	data := page()
	data.Type, data.ETag = "application/json", `"j1"`
	return &fixture{representations: []Representation{packed, html, data}}
}

// nowhere is an answer that is not sent.
type nowhere struct{ header http.Header }

func (w nowhere) Header() http.Header         { return w.header }
func (w nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (w nowhere) WriteHeader(int)             {}

// asProgram is a request as curl and git send it.
func asProgram() *http.Request {
	r := asBrowser("Accept", "*/*", "User-Agent", "curl/8.14.1")
	r.Header.Del("Accept-Language")
	r.Header.Del("Accept-Encoding")
	return r
}

// BenchmarkFlow is the whole flow in memory: three representations, and for a
// browser all fields of negotiation.
func BenchmarkFlow(b *testing.B) {
	resource := book()
	for _, bb := range []struct {
		name string
		r    *http.Request
	}{
		{"200/program", asProgram()},
		{"200/browser", asBrowser()},
		{"304/browser", asBrowser("If-None-Match", `"v1-gzip"`)},
		{"404/browser", asBrowser()},
	} {
		b.Run(bb.name, func(b *testing.B) {
			h := &Handler{Find: func(*http.Request) Resource { return resource }}
			if bb.name == "404/browser" {
				h.Find = func(*http.Request) Resource { return nil }
			}
			w := nowhere{http.Header{}}
			b.ReportAllocs()
			began := testenv.ProcessorTime(b)
			for b.Loop() {
				clear(w.header)
				h.ServeHTTP(w, bb.r)
			}
			reportCPU(b, began)
		})
	}
}

func reportCPU(b *testing.B, began time.Duration) {
	b.ReportMetric(float64(testenv.ProcessorTime(b)-began)/float64(b.N), "cpu-ns/op")
}

// TestMemory: what a 200 takes is its header's values: the list of them, and the
// length as text.
func TestMemory(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector takes memory of its own")
	}
	resource := book()
	h := &Handler{Find: func(*http.Request) Resource { return resource }}
	r, w := asBrowser(), nowhere{http.Header{}}
	if n := testing.AllocsPerRun(100, func() { clear(w.header); h.ServeHTTP(w, r) }); n > 2 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkLoopback sends the same bytes with the engine and with a handler of
// net/http that knows beforehand what to send.
func BenchmarkLoopback(b *testing.B) {
	resource := book()
	packed := resource.(*fixture).representations[0]
	engine := &Handler{Find: func(*http.Request) Resource { return resource }}
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Vary"] = []string{"Accept, Accept-Encoding"}
		h["Etag"] = []string{packed.ETag}
		h["Cache-Control"] = []string{packed.CacheControl}
		if r.Header.Get("If-None-Match") == packed.ETag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h["Last-Modified"] = []string{"Mon, 06 May 2024 07:08:09 GMT"}
		h["Accept-Ranges"] = []string{"bytes"}
		h["Content-Type"] = []string{packed.Type}
		h["Content-Language"] = []string{packed.Language}
		h["Content-Encoding"] = []string{packed.Coding}
		h["Content-Length"] = []string{"1200"}
		w.Write(packed.Content)
	})
	for _, status := range []string{"200", "304"} {
		b.Run(status+"/bare", func(b *testing.B) { loop(b, bare, nil, status) })
		b.Run(status+"/engine", func(b *testing.B) { loop(b, engine, nil, status) })
		b.Run(status+"/engine+listener", func(b *testing.B) { loop(b, engine, engine, status) })
		b.Run(status+"/nginx", func(b *testing.B) { loopNginx(b, packed.Content, status) })
	}
}

// loop asks over one connection, and reads each answer before it asks again.
func loop(b *testing.B, h http.Handler, behind *Handler, status string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address := l.Addr().String()
	if behind != nil {
		l = behind.Listen(l)
	}
	server := &http.Server{Handler: h, MaxHeaderBytes: 64 << 10, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(l)
	defer server.Close()
	etag := `"v1-gzip"`
	if status == "200" {
		etag = ""
	}
	repeat(b, address, etag, status)
}

// loopNginx asks nginx for a file of the same bytes.
func loopNginx(b *testing.B, content []byte, status string) {
	program, err := exec.LookPath("nginx")
	if err != nil {
		b.Skip("nginx is not installed")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address, dir := l.Addr().String(), b.TempDir()
	l.Close()
	if err := os.WriteFile(filepath.Join(dir, "x"), content, 0o644); err != nil {
		b.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	configuration := fmt.Sprintf("daemon off; master_process off; pid %[1]s/pid; error_log stderr crit;\n"+
		"events {}\nhttp { access_log off; sendfile on; keepalive_requests 100000000; client_body_temp_path %[1]s/a; proxy_temp_path %[1]s/b;\n"+
		"fastcgi_temp_path %[1]s/c; uwsgi_temp_path %[1]s/d; scgi_temp_path %[1]s/e; server { listen %[2]s; root %[1]s; } }\n", dir, address)
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(configuration), 0o644); err != nil {
		b.Fatal(err)
	}
	server := exec.Command(program, "-c", file, "-p", dir, "-e", "stderr")
	server.Stderr = os.Stderr
	if err := server.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { server.Process.Kill(); server.Wait() }()
	etag := ""
	for tries := 0; ; tries++ {
		answer, err := http.Get("http://" + address + "/x")
		if err == nil {
			answer.Body.Close()
			if status == "304" {
				etag = answer.Header.Get("ETag")
			}
			break
		}
		if tries > 500 {
			b.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	repeat(b, address, etag, status)
}

// repeat asks the server at the address for /x, again and again.
func repeat(b *testing.B, address, etag, status string) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	var request strings.Builder
	r := asBrowser()
	if etag != "" {
		r = asBrowser("If-None-Match", etag)
	}
	fmt.Fprintf(&request, "GET /x HTTP/1.1\r\nHost: books.example\r\n")
	if err := r.Header.Write(&request); err != nil {
		b.Fatal(err)
	}
	raw := request.String() + "\r\n"
	in := bufio.NewReader(c)
	length, size := 0, 0
	began := testenv.ProcessorTime(b)
	for b.Loop() {
		if _, err := io.WriteString(c, raw); err != nil {
			b.Fatal(err)
		}
		if size == 0 { // the answers are all as long as the first
			answer, err := http.ReadResponse(in, nil)
			if err != nil || fmt.Sprint(answer.StatusCode) != status {
				b.Fatal(answer, err)
			}
			n, err := io.Copy(io.Discard, answer.Body)
			if err != nil {
				b.Fatal(err)
			}
			size = headLength(answer) + int(n)
			continue
		}
		if _, err := io.CopyN(io.Discard, in, int64(size)); err != nil {
			b.Fatal(err)
		}
		length += size
	}
	reportCPU(b, began)
	b.SetBytes(int64(size))
}

// headLength is how many bytes the head of an answer takes on the wire.
func headLength(answer *http.Response) int {
	n := len("HTTP/1.1 ") + len(answer.Status) + len("\r\n\r\n")
	for name, values := range answer.Header {
		for _, value := range values {
			n += len(name) + len(": ") + len(value) + len("\r\n")
		}
	}
	return n
}
