package smarthttp_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/smarthttp"
	"github.com/rhaptos/rhaptos/web"
)

const (
	fetchRefs = "/info/refs?service=git-upload-pack"
	pushRefs  = "/info/refs?service=git-receive-pack"
	fetch     = "/git-upload-pack"
	push      = "/git-receive-pack"
)

// TestMayI is the matrix of who asks what of which repository (H1). Readers may begin
// to push, since they may propose changes; what they push is asked about for each ref.
func TestMayI(t *testing.T) {
	s := newSite(t, &recorder{})
	s.tokens["wrong"] = "rhp_wrong"
	who := []string{"", "wrong", "stranger", "reader", "author", "ann read", "ann"}
	for _, c := range []struct {
		repo, end string
		want      []int
	}{
		{"open", fetchRefs, []int{200, 401, 200, 200, 200, 200, 200}},
		{"open", fetch, []int{200, 401, 200, 200, 200, 200, 200}},
		{"open", pushRefs, []int{401, 401, 200, 200, 200, 403, 200}},
		{"open", push, []int{401, 401, 200, 200, 200, 403, 200}},
		{"secret", fetchRefs, []int{401, 401, 404, 200, 200, 200, 200}},
		{"secret", fetch, []int{401, 401, 404, 200, 200, 200, 200}},
		{"secret", pushRefs, []int{401, 401, 404, 200, 200, 403, 200}},
		{"secret", push, []int{401, 401, 404, 200, 200, 403, 200}},
		{"none", fetchRefs, []int{401, 401, 404, 404, 404, 404, 404}},
		{"none", fetch, []int{401, 401, 404, 404, 404, 404, 404}},
		{"none", pushRefs, []int{401, 401, 404, 404, 404, 404, 404}},
		{"none", push, []int{401, 401, 404, 404, 404, 404, 404}},
	} {
		method := http.MethodGet
		if c.end == fetch || c.end == push {
			method = http.MethodPost
		}
		for i, as := range who {
			for _, suffix := range []string{"", ".git"} {
				resp, text := s.do(t, as, method, "/ann/"+c.repo+suffix+c.end, nil)
				if resp.StatusCode != c.want[i] {
					t.Errorf("%q %s%s%s: %d, want %d: %s", as, c.repo, suffix, c.end, resp.StatusCode, c.want[i], text)
				}
				checkAnswer(t, s, resp, text)
			}
		}
	}
}

// checkAnswer checks what all answers have in common.
func checkAnswer(t *testing.T, s *site, resp *http.Response, text string) {
	t.Helper()
	h := resp.Header
	cache := "no-cache, max-age=0, must-revalidate"
	if resp.Request.Header.Get("Authorization") != "" {
		cache = "private, " + cache
	}
	forbidden := h.Get("Cache-Control") == cache && h.Get("Pragma") == "no-cache" && h.Get("Expires") == "Fri, 01 Jan 1980 00:00:00 GMT"
	if resp.StatusCode >= 400 {
		forbidden = h.Get("Cache-Control") == "no-store"
	}
	if !forbidden {
		t.Errorf("%d may be cached: %v", resp.StatusCode, h)
	}
	if challenge := h.Get("WWW-Authenticate"); (resp.StatusCode == 401) != strings.HasPrefix(challenge, `Basic realm="`) {
		t.Errorf("%d: WWW-Authenticate %q", resp.StatusCode, challenge)
	}
	calls := s.packs.taken()
	if resp.StatusCode == 200 {
		if calls == "" {
			t.Error("200 and nothing done")
		}
		return
	}
	if calls != "" {
		t.Errorf("%d, but %s", resp.StatusCode, calls)
	}
	if h.Get("Content-Type") != "text/plain; charset=utf-8" || len(text) < 20 || strings.Count(text, "\n") > 2 {
		t.Errorf("%d: %s %q", resp.StatusCode, h.Get("Content-Type"), text)
	}
}

// Nobody and strangers cannot tell a private repository from none.
func TestPrivateLooksLikeNone(t *testing.T) {
	s := newSite(t, &recorder{})
	for _, as := range []string{"", "stranger"} {
		for _, end := range []string{fetchRefs, pushRefs} {
			secret, text := s.do(t, as, http.MethodGet, "/ann/secret"+end, nil)
			none, noText := s.do(t, as, http.MethodGet, "/ann/absent"+end, nil)
			secret.Header.Del("Date")
			none.Header.Del("Date")
			secret.Header.Del("Content-Length")
			none.Header.Del("Content-Length")
			if secret.StatusCode != none.StatusCode || strings.ReplaceAll(text, "secret", "absent") != noText || len(secret.Header) != len(none.Header) {
				t.Errorf("%q: %d %q and %d %q", as, secret.StatusCode, text, none.StatusCode, noText)
			}
		}
	}
}

// H1 and H2: what a request is for is read from its path and method alone, and
// what is not written as it must be is nothing.
func TestRequestHeads(t *testing.T) {
	s := newSite(t, &recorder{})
	for _, c := range []struct {
		name, method, path string
		fields             []string
		want               int
	}{
		{"dumb", "GET", "/ann/open/info/refs", nil, 403},
		{"other service", "GET", "/ann/open/info/refs?service=git-upload-archive", nil, 403},
		{"service without git-", "GET", "/ann/open/info/refs?service=upload-pack", nil, 403},
		{"two services", "GET", "/ann/open/info/refs?service=git-upload-pack&service=git-receive-pack", nil, 403},
		{"escaped service", "GET", "/ann/open/info/refs?service=git%2dupload-pack", nil, 403},
		{"service and more", "GET", "/ann/open/info/refs?service=git-upload-pack&x=1", nil, 403},
		{"service in capitals", "GET", "/ann/open/info/refs?service=GIT-UPLOAD-PACK", nil, 403},
		{"dumb, no repository", "GET", "/ann/none/info/refs", nil, 403},
		{"HEAD refs", "HEAD", "/ann/open" + fetchRefs, nil, 200},
		{"POST refs", "POST", "/ann/open" + fetchRefs, nil, 405},
		{"GET fetch", "GET", "/ann/open" + fetch, nil, 405},
		{"PUT push", "PUT", "/ann/open" + push, nil, 405},
		{"OPTIONS push", "OPTIONS", "/ann/open" + push, nil, 204},
		{"OPTIONS fetch, of a private one", "OPTIONS", "/ann/secret" + fetch, nil, 401},
		{"BREW", "BREW", "/ann/open" + push, nil, 501},
		{"query on POST", "POST", "/ann/open/git-upload-pack?x", []string{"Content-Type", "application/x-git-upload-pack-request"}, 400},
		{"bare query on POST", "POST", "/ann/open/git-upload-pack?", []string{"Content-Type", "application/x-git-upload-pack-request"}, 400},
		{"no type", "POST", "/ann/open" + fetch, []string{"Content-Type", ""}, 415},
		{"second type", "POST", "/ann/open" + fetch, []string{"Content-Type", "text/plain"}, 415},
		{"brotli", "POST", "/ann/open" + fetch, []string{"Content-Encoding", "br"}, 415},
		{"deflate", "POST", "/ann/open" + fetch, []string{"Content-Encoding", "deflate"}, 415},
		{"double gzip", "POST", "/ann/open" + fetch, []string{"Content-Encoding", "gzip, gzip"}, 415},
		{"two codings", "POST", "/ann/open" + fetch, []string{"Content-Encoding", "gzip", "Content-Encoding", "gzip"}, 415},
		{"identity", "POST", "/ann/open" + fetch, []string{"Content-Encoding", "identity"}, 200},
		{"dots", "GET", "/ann/../ann/open" + fetchRefs, nil, 404},
		{"escaped slash", "GET", "/ann%2fopen" + fetchRefs, nil, 404},
		{"escaped dots", "GET", "/ann/%2e%2e" + fetchRefs, nil, 404},
		{"escaped letter", "GET", "/ann/o%70en" + fetchRefs, nil, 404},
		{"NUL", "GET", "/ann/open%00" + fetchRefs, nil, 404},
		{"empty segment", "GET", "//ann/open" + fetchRefs, nil, 404},
		{"empty segment inside", "GET", "/ann//open" + fetchRefs, nil, 404},
		{"slash at the end", "GET", "/ann/open/" + fetchRefs, nil, 404},
		{"three segments", "GET", "/ann/open/x" + fetchRefs, nil, 404},
		{"one segment", "GET", "/open" + fetchRefs, nil, 404},
		{"no repository", "GET", fetchRefs, nil, 404},
		{".git.git", "GET", "/ann/open.git.git" + fetchRefs, nil, 404},
		{"capitals", "GET", "/Ann/open" + fetchRefs, nil, 404},
		{"semicolon", "GET", "/ann/open;x" + fetchRefs, nil, 404},
		{"dumb object", "GET", "/ann/open/HEAD", nil, 404},
		{"overlong UTF-8", "GET", "/ann/open%c0%ae" + fetchRefs, nil, 404},
		{"two credentials", "GET", "/ann/open" + fetchRefs, []string{"Authorization", "Basic eDp5", "Authorization", "Basic eDp5"}, 401},
		{"negotiate", "GET", "/ann/open" + fetchRefs, []string{"Authorization", "Negotiate AAAA"}, 401},
		{"empty credentials", "GET", "/ann/open" + fetchRefs, []string{"Authorization", "Basic Og=="}, 401},
		{"not base64", "GET", "/ann/open" + fetchRefs, []string{"Authorization", "Basic ***"}, 401},
		{"bearer of nothing", "GET", "/ann/open" + fetchRefs, []string{"Authorization", "Bearer "}, 401},
		{"broken database", "GET", "/ann/broken" + fetchRefs, nil, 500},
	} {
		var content io.Reader
		if c.want == 415 || len(c.fields) > 0 && c.fields[0] == "Content-Encoding" {
			content = strings.NewReader("0000")
		}
		resp, text := s.do(t, "", c.method, c.path, content, c.fields...)
		if resp.StatusCode != c.want {
			t.Errorf("%s: %d, want %d: %s", c.name, resp.StatusCode, c.want, text)
		}
		if c.method != http.MethodHead && c.want != 204 {
			checkAnswer(t, s, resp, text)
		} else if s.packs.taken(); text != "" {
			t.Errorf("%s: body %q", c.name, text)
		}
		wantAllow := ""
		if c.want == 405 {
			wantAllow = map[bool]string{true: "GET, HEAD, OPTIONS", false: "POST, OPTIONS"}[strings.Contains(c.path, "/info/refs")]
		}
		if c.method == http.MethodOptions && c.want == 204 {
			wantAllow = "POST, OPTIONS"
		}
		if allow := resp.Header.Get("Allow"); allow != wantAllow {
			t.Errorf("%s: Allow %q, want %q", c.name, allow, wantAllow)
		}
	}
}

func TestBearer(t *testing.T) {
	s := newSite(t, &recorder{})
	resp, text := s.do(t, "", http.MethodGet, "/ann/secret"+fetchRefs, nil, "Authorization", "Bearer "+s.tokens["reader"])
	if resp.StatusCode != 200 {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	// The name must be that of the token's account.
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/ann/secret"+fetchRefs, nil)
	req.SetBasicAuth("ann", s.tokens["reader"])
	if resp, text := send(t, s.Client(), req); resp.StatusCode != 401 {
		t.Errorf("reader's token as ann: %d %s", resp.StatusCode, text)
	}
}

func TestAdvert(t *testing.T) {
	s := newSite(t, &recorder{})
	const upload, receive = "001e# service=git-upload-pack\n00000000", "001f# service=git-receive-pack\n00000000"
	for _, c := range []struct{ protocol, end, want, call string }{
		{"", fetchRefs, upload, `advertise upload ann/open ""`},
		{"version=0", fetchRefs, upload, `advertise upload ann/open "version=0"`},
		{"version=1", fetchRefs, upload, `advertise upload ann/open "version=1"`},
		{"version=2", fetchRefs, "0000", `advertise upload ann/open "version=2"`},
		{"version=3", fetchRefs, upload, `advertise upload ann/open ""`},
		{"version=2:x", fetchRefs, upload, `advertise upload ann/open ""`},
		{"version=2", pushRefs, receive, `advertise receive ann/open`},
		{"", pushRefs, receive, `advertise receive ann/open`},
	} {
		resp, text := s.do(t, "ann", http.MethodGet, "/ann/open"+c.end, nil, "Git-Protocol", c.protocol)
		kind := "application/x-git-upload-pack-advertisement"
		if c.end == pushRefs {
			kind = "application/x-git-receive-pack-advertisement"
		}
		if text != c.want || resp.Header.Get("Content-Type") != kind {
			t.Errorf("%s %s: %q %s, want %q", c.protocol, c.end, text, resp.Header.Get("Content-Type"), c.want)
		}
		if got := s.packs.taken(); got != c.call {
			t.Errorf("%s %s: %s, want %s", c.protocol, c.end, got, c.call)
		}
	}
	s.packs.err = errors.New("no mirror")
	if resp, text := s.do(t, "ann", http.MethodGet, "/ann/open"+fetchRefs, nil); resp.StatusCode != 500 || strings.Contains(text, "mirror") || strings.Contains(text, "0000") {
		t.Errorf("failed advert: %d %q", resp.StatusCode, text)
	}
}

func TestExchange(t *testing.T) {
	s := newSite(t, &recorder{})
	for _, c := range []struct{ name, end, body, want, call string }{
		{"fetch", fetch, "0009done\n", "9 bytes", `upload ann/open "version=2" true`},
		{"push", push, "0004PACK", "8 bytes", `receive ann/open by ann over http true`},
		{"fetch probe", fetch, "0000", "", `upload ann/open "version=2" true`},
		{"push probe", push, "0000", "", `receive ann/open by ann over http true`},
	} {
		for _, chunked := range []bool{false, true} {
			var body io.Reader = strings.NewReader(c.body)
			if chunked {
				body = struct{ io.Reader }{body} // of a length that is not known
			}
			resp, text := s.do(t, "ann", http.MethodPost, "/ann/open"+c.end, body, "Git-Protocol", "version=2")
			kind := "application/x-" + c.end[1:] + "-result"
			if resp.StatusCode != 200 || text != c.want || resp.Header.Get("Content-Type") != kind {
				t.Errorf("%s, chunked %v: %d %q %s, want %q", c.name, chunked, resp.StatusCode, text, resp.Header.Get("Content-Type"), c.want)
			}
			if got := s.packs.taken(); got != c.call || string(s.packs.body) != c.body {
				t.Errorf("%s: %s with %q, want %s", c.name, got, s.packs.body, c.call)
			}
		}
	}
}

func TestMayPush(t *testing.T) {
	s := newSite(t, &recorder{})
	no := access.ErrForbidden
	for as, want := range map[string][4]error{"ann": {nil, nil, nil, no}, "author": {nil, nil, no, no}, "reader": {nil, no, no, no}, "stranger": {nil, no, no, no}} {
		if resp, text := s.do(t, as, http.MethodPost, "/ann/open"+push, strings.NewReader("0000")); resp.StatusCode != 200 {
			t.Fatalf("%d %s", resp.StatusCode, text)
		}
		push := s.packs.push
		got := [4]error{push.MayPropose(t.Context()), push.MayPush(t.Context(), false), push.MayPush(t.Context(), true), push.MayAdminister(t.Context())}
		for i, what := range []string{"propose", "push a draft", "push what is published", "administer"} {
			if !errors.Is(got[i], want[i]) {
				t.Errorf("%s, %s: %v", as, what, got[i])
			}
		}
	}
}

func gzipOf(t *testing.T, p []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(p); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// H3: no body grows beyond its limit, however small it came.
func TestGzip(t *testing.T) {
	t.Parallel()
	s := newSite(t, &recorder{}, func(c *smarthttp.Config, _ *web.Config) { c.MaxFetchRequest = 1000 })
	at, over := bytes.Repeat([]byte("x"), 1000), bytes.Repeat([]byte("x"), 1001)
	bomb := gzipOf(t, make([]byte, 64<<20))
	for _, c := range []struct {
		name, end, coding string
		body              []byte
		want              int
		text              string
	}{
		{"plain at the limit", fetch, "", at, 200, "1000 bytes"},
		{"plain over it", fetch, "", over, 413, "too large"},
		{"gzip at the limit", fetch, "gzip", gzipOf(t, at), 200, "1000 bytes"},
		{"gzip over it", fetch, "gzip", gzipOf(t, over), 413, "too large"},
		{"x-gzip", fetch, "x-gzip", gzipOf(t, at), 200, "1000 bytes"},
		{"capitals", fetch, "GZIP", gzipOf(t, at), 200, "1000 bytes"},
		{"bomb", fetch, "gzip", bomb, 413, "too large"},
		{"two members over the limit", fetch, "gzip", append(gzipOf(t, at), gzipOf(t, at)...), 413, "too large"},
		{"cut off", fetch, "gzip", gzipOf(t, at)[:20], 400, "cut off"},
		{"empty", fetch, "gzip", nil, 400, "cut off"},
		{"not gzip", fetch, "gzip", []byte("0009done\n"), 400, "cut off"},
		{"rubbish after it", fetch, "gzip", append(gzipOf(t, []byte("0000")), "xyz"...), 400, "cut off"},
		{"wrong checksum", fetch, "gzip", spoil(gzipOf(t, at)), 400, "cut off"},
		{"push over it", push, "gzip", gzipOf(t, over), 200, "1001 bytes"},
		{"push, plain, over it", push, "", over, 200, "1001 bytes"},
		{"push, cut off", push, "gzip", gzipOf(t, at)[:20], 400, "cut off"},
	} {
		resp, text := s.do(t, "ann", http.MethodPost, "/ann/open"+c.end, bytes.NewReader(c.body), "Content-Encoding", c.coding)
		if resp.StatusCode != c.want || !strings.Contains(text, c.text) {
			t.Errorf("%s: %d %q, want %d %q", c.name, resp.StatusCode, text, c.want, c.text)
		}
	}
}

// spoil changes the checksum at the end of a gzip member.
func spoil(z []byte) []byte {
	z[len(z)-5] ^= 1
	return z
}

// A refused push is answered before its body has been sent, however long it
// says it is.
func TestRefusedBeforeTheBody(t *testing.T) {
	t.Parallel()
	s := newSite(t, &recorder{})
	for as, want := range map[string]string{"": "401", "ann read": "403", "stranger": "404"} {
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		credentials := ""
		if name, _, _ := strings.Cut(as, " "); as != "" {
			credentials = "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+s.tokens[as])) + "\r\n"
		}
		io.WriteString(conn, "POST /ann/secret/git-receive-pack HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-git-receive-pack-request\r\n"+
			"Content-Length: 99999999999\r\n"+credentials+"\r\n")
		answer, err := io.ReadAll(conn)
		if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 "+want) || !strings.Contains(string(answer), "Connection: close") {
			t.Errorf("%q: %q, %v", as, answer, err)
		}
		conn.Close()
	}
	if calls := s.packs.taken(); calls != "" {
		t.Errorf("done: %s", calls)
	}
}

// What is written is sent at once, also while the client is still sending.
func TestFullDuplex(t *testing.T) {
	s := newSite(t, &recorder{first: []byte("progress")})
	in, send := io.Pipe()
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/ann/open"+push, in)
	req.Header.Set("Content-Type", "application/x-git-receive-pack-request")
	req.SetBasicAuth("ann", s.tokens["ann"])
	go send.Write([]byte("0004"))
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	progress := make([]byte, len("progress"))
	if _, err := io.ReadFull(resp.Body, progress); err != nil || string(progress) != "progress" {
		t.Fatalf("%q, %v", progress, err)
	}
	send.Write([]byte("PACK"))
	send.Close()
	if rest, err := io.ReadAll(resp.Body); err != nil || string(rest) != "8 bytes" {
		t.Errorf("%q, %v", rest, err)
	}
}

// A body that nobody read does not disturb the next request on the connection.
func TestUnreadBody(t *testing.T) {
	t.Parallel()
	s := newSite(t, &recorder{first: []byte("done"), ignore: true})
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	answers := bufio.NewReader(conn)
	for i, body := range []string{
		"Content-Length: 5000\r\n\r\n" + strings.Repeat("x", 5000),
		"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
		"Content-Length: 0\r\n\r\n",
		"Transfer-Encoding: chunked\r\n\r\n100000\r\n" + strings.Repeat("x", 1<<20) + "\r\n0\r\n\r\n",
	} {
		go io.WriteString(conn, "POST /ann/open/git-upload-pack HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-git-upload-pack-request\r\n"+body)
		resp, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
		if text, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != 200 || string(text) != "done" {
			t.Errorf("request %d: %d %q, %v", i, resp.StatusCode, text, err)
		}
	}
}

// A connection whose request is not over is not used for another: its rest
// would be taken for one.
func TestStalledBody(t *testing.T) {
	t.Parallel()
	s := newSite(t, &recorder{first: []byte("done"), ignore: true})
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	io.WriteString(conn, "POST /ann/open/git-upload-pack HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-git-upload-pack-request\r\nContent-Length: 1000\r\n\r\n0011")
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.Contains(string(answer), "done") {
		t.Errorf("%q, %v", answer, err)
	}
}

// H4: a client that stops in the middle of its request is given up.
func TestIdle(t *testing.T) {
	t.Parallel()
	s := newSite(t, &recorder{}, func(_ *smarthttp.Config, w *web.Config) { w.Timeout = 50 * time.Millisecond })
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	io.WriteString(conn, "POST /ann/open/git-upload-pack HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-git-upload-pack-request\r\nContent-Length: 100\r\n\r\n0011")
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 408") {
		t.Errorf("%q, %v", answer, err)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire at /var/lib")
	s := newSite(t, &recorder{err: broken})
	resp, text := s.do(t, "ann", http.MethodPost, "/ann/open"+fetch, strings.NewReader("0009done\n"))
	if resp.StatusCode != 500 || strings.Contains(text, "fire") {
		t.Errorf("%d %q", resp.StatusCode, text)
	}
	// Without having read the body, either.
	s.packs.ignore = true
	resp, _ = s.do(t, "ann", http.MethodPost, "/ann/open"+push, bytes.NewReader(make([]byte, 1<<20)))
	if resp.StatusCode != 500 {
		t.Errorf("body not read: %d", resp.StatusCode)
	}
	// After the first byte the status stands; the connection is broken off, so
	// that nobody takes the part for the whole.
	s.packs.first = []byte("0008NAK\n")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/ann/open"+fetch, strings.NewReader("0009done\n"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-git-upload-pack-request")
	resp, err = s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if part, err := io.ReadAll(resp.Body); resp.StatusCode != 200 || string(part) != "0008NAK\n" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%d %q, %v", resp.StatusCode, part, err)
	}
	s.Close()
	log := s.log.String()
	if strings.Count(log, "disk on fire") != 3 {
		t.Errorf("log: %s", log)
	}
	for _, token := range s.tokens {
		if strings.Contains(log, token) {
			t.Error("a token is in the log")
		}
	}
}
