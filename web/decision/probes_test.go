package decision

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/web/decision/wire"
)

// TestProbes sends fifty requests to a real server, as bytes, of which every
// server that was tried answers several in a way that the RFCs do not allow.
func TestProbes(t *testing.T) {
	german := page()
	german.Language, german.ETag = "de", `"de"`
	packed := page()
	packed.Coding, packed.ETag, packed.Content = "gzip", `"gz"`, []byte("packed")
	data := page()
	data.Type, data.ETag = "application/json", `"j1"`
	resources := map[string]*fixture{
		"/page":     one(),
		"/forms":    {representations: []Representation{page(), packed, data, german}},
		"/missing":  {state: State{Existence: Missing}},
		"/gone":     {state: State{Existence: Gone}},
		"/moved":    {state: State{Existence: MovedPermanently, Location: "/page"}},
		"/secret":   {access: Access{Challenge: `Basic realm="x"`}},
		"/blocked":  {access: Access{Blocked: true}},
		"/note":     change(Outcome{}),
		"/new":      {methods: []string{"GET", "PUT"}, state: State{Existence: Missing, MayCreate: true}, process: comesTo(Outcome{Result: Created, Location: "/new"})},
		"/careful":  {methods: []string{"GET", "PUT"}, state: State{Condition: true}, representations: []Representation{page()}, process: comesTo(Outcome{})},
		"/conflict": change(Outcome{Result: Conflict}),
	}
	engine := &Handler{
		Find: func(r *http.Request) Resource {
			if f, ok := resources[r.URL.Path]; ok {
				return f
			}
			return nil
		},
		Serves: func(authority string) bool { return authority == "x" || authority == "" },
	}
	s := listen(t, engine, engine)
	const (
		same   = "Mon, 06 May 2024 07:08:09 GMT"
		old    = "Mon, 06 May 1996 07:08:09 GMT"
		future = "Sun, 06 May 2057 07:08:10 GMT"
	)
	probes := []struct {
		name   string
		line   string // method and path; a whole request if it has a line end
		fields string // separated by "; "
		want   int
		have   string // a field and its value
	}{
		{"unknown method", "BREW /page", "", 501, ""},
		{"delete on read-only", "DELETE /page", "", 405, "Allow: GET, HEAD, OPTIONS"},
		{"post on read-only", "POST /page", "", 405, "Allow: GET, HEAD, OPTIONS"},
		{"trace", "TRACE /page", "", 405, "Allow: GET, HEAD, OPTIONS"},
		{"options", "OPTIONS /page", "", 204, "Allow: GET, HEAD, OPTIONS"},
		{"options of the server", "OPTIONS *", "", 204, "Allow: GET, HEAD, OPTIONS"},
		{"head", "HEAD /page", "", 200, "Content-Length: 4800"},
		{"other tag, same date", "GET /page", `If-None-Match: "v0"; If-Modified-Since: ` + same, 200, ""},
		{"weak tag against strong", "GET /page", `If-None-Match: W/"v1"`, 304, `ETag: "v1"`},
		{"list of tags", "GET /page", `If-None-Match: "v0", "v1"`, 304, ""},
		{"any tag", "GET /page", "If-None-Match: *", 304, ""},
		{"weak tag in if-match", "GET /page", `If-Match: W/"v1"`, 412, ""},
		{"if-match with old date", "GET /page", `If-Match: "v1"; If-Unmodified-Since: ` + old, 200, ""},
		{"old date", "GET /page", "If-Unmodified-Since: " + old, 412, ""},
		{"missing with if-match", "GET /missing", "If-Match: *", 404, ""},
		{"moved with if-match", "GET /moved", `If-Match: "v0"`, 308, "Location: /page"},
		{"gone with if-none-match", "GET /gone", "If-None-Match: *", 410, ""},
		{"secret with if-match", "GET /secret", `If-Match: "v0"`, 401, `WWW-Authenticate: Basic realm="x"`},
		{"blocked", "GET /blocked", "", 451, ""},
		{"date in the future", "GET /page", "If-Modified-Since: " + future, 304, ""},
		{"date that is none", "GET /page", "If-Modified-Since: then", 200, ""},
		{"date on a change", "PUT /note", "If-Modified-Since: " + same, 204, ""},
		{"range over the end", "GET /page", "Range: bytes=0-99999", 206, "Content-Range: bytes 0-4799/4800"},
		{"suffix over the start", "GET /page", "Range: bytes=-99999", 206, "Content-Range: bytes 0-4799/4800"},
		{"suffix of nothing", "GET /page", "Range: bytes=-0", 416, "Content-Range: bytes */4800"},
		{"range past the end", "GET /page", "Range: bytes=5000-", 416, "Content-Range: bytes */4800"},
		{"range backwards", "GET /page", "Range: bytes=9-0", 200, ""},
		{"unknown unit", "GET /page", "Range: pages=1-2", 200, ""},
		{"head with range", "HEAD /page", "Range: bytes=0-9", 200, "Content-Length: 4800"},
		{"if-range of another", "GET /page", `Range: bytes=0-9; If-Range: "v0"`, 200, ""},
		{"if-range of the same", "GET /page", `Range: bytes=0-9; If-Range: "v1"`, 206, ""},
		{"only a type that there is not", "GET /page", "Accept: image/png", 406, "Vary: Accept"},
		{"the type excluded", "GET /page", "Accept: text/html;q=0", 406, ""},
		{"another type", "GET /forms", "Accept: application/json", 200, "Vary: Accept, Accept-Language, Accept-Encoding"},
		{"all codings excluded", "GET /page", "Accept-Encoding: identity;q=0,*;q=0", 406, ""},
		{"tag of another coding", "GET /forms", `Accept-Encoding: gzip; If-None-Match: "v1"`, 200, `ETag: "gz"`},
		{"missing, whatever is accepted", "GET /missing", "Accept: image/png", 404, "Content-Type: text/plain; charset=utf-8"},
		{"expectation", "GET /page", "Expect: teapot", 417, ""},
		{"content in an unknown coding", "PUT /note", "Content-Encoding: br; Content-Type: text/plain; Content-Length: 0", 204, ""},
		{"a part in a put", "PUT /note", "Content-Range: bytes 0-0/2; Content-Type: text/plain; Content-Length: 1", 400, ""},
		{"a type that is not taken", "PUT /note", "Content-Type: image/png; Content-Length: 1", 415, "Accept: text/*"},
		{"content that is too large", "PUT /note", "Content-Type: text/plain; Content-Length: 11", 413, ""},
		{"create only, and it is there", "PUT /note", "If-None-Match: *", 412, ""},
		{"create only", "PUT /new", "If-None-Match: *", 201, "Location: /new"},
		{"replace what is missing", "PUT /new", "If-Match: *", 412, ""},
		{"lost update", "PUT /careful", "", 428, ""},
		{"conflict", "PATCH /conflict", "", 409, ""},
		{"unsafe early data", "PUT /note", "Early-Data: 1", 425, ""},
		{"another server's name", "GET /page HTTP/1.1\r\nHost: other\r\n\r\n", "", 421, ""},
		{"long target", "GET /" + strings.Repeat("x", 64<<10), "", 414, ""},
		{"large header", "GET /page", "X: " + strings.Repeat("x", 2<<20), 431, ""},
		{"no Host", "GET /page HTTP/1.1\r\n\r\n", "", 400, ""},
		{"two Hosts", "GET /page", "Host: x", 400, ""},
		{"HTTP/2.7", "GET /page HTTP/2.7\r\nHost: x\r\n\r\n", "", 505, ""},
		{"length and coding", "POST /note", "Content-Length: 1; Transfer-Encoding: chunked", 400, "Connection: close"},
		{"unknown transfer coding", "POST /note", "Transfer-Encoding: foo, chunked", 501, ""},
	}
	if len(probes) < 50 {
		t.Errorf("%d probes", len(probes))
	}
	for _, p := range probes {
		t.Run(p.name, func(t *testing.T) {
			raw := p.line
			if !strings.Contains(raw, "\r\n") {
				raw += " HTTP/1.1\r\nHost: x\r\n" + strings.ReplaceAll(p.fields, "; ", "\r\n") + "\r\n\r\n"
				raw = strings.Replace(raw, "\r\n\r\n\r\n", "\r\n\r\n", 1)
				if _, length, ok := strings.Cut(p.fields, "Content-Length: "); ok {
					n, _ := strconv.Atoi(length)
					raw += strings.Repeat("x", n)
				}
			}
			answers := s.send(t, raw, 1)
			trace := <-s.traces
			if len(answers) != 1 || answers[0].StatusCode != p.want || trace.Status != p.want {
				t.Fatalf("%v, want %d (%s)", answers, p.want, trace)
			}
			field, value, _ := strings.Cut(p.have, ": ")
			if field == "Connection" {
				if !answers[0].Close {
					t.Error("the connection stays")
				}
			} else if field != "" && answers[0].Header.Get(field) != value {
				t.Errorf("%s: %q, want %q", field, answers[0].Header.Get(field), value)
			}
		})
	}
}

// TestFirstFaultDecides makes every combination of what can be wrong with a
// request at once: what comes first in the order of the RFC decides.
func TestFirstFaultDecides(t *testing.T) {
	faults := []struct {
		status int
		apply  func(*scenario)
	}{
		{414, func(s *scenario) { s.target += strings.Repeat("x", wire.DefaultTarget) }},
		{421, func(s *scenario) { s.handler.Serves = func(string) bool { return false } }},
		{417, func(s *scenario) { s.fields.Set("Expect", "tea") }},
		{503, func(s *scenario) { s.f.unavailable = true }},
		{405, func(s *scenario) { s.f.methods = []string{"GET"} }},
		{400, func(s *scenario) { s.f.malformed = "wrong" }},
		{401, func(s *scenario) { s.f.access.Challenge = "Basic" }},
		{403, func(s *scenario) { s.f.access.Forbidden = true }},
		{451, func(s *scenario) { s.f.access.Blocked = true }},
		{415, func(s *scenario) { s.length = 3; s.fields.Set("Content-Encoding", "br") }},
		{410, func(s *scenario) { s.f.state.Existence = Gone }},
		{412, func(s *scenario) { s.fields.Set("If-Match", `"v0"`) }},
		{422, func(s *scenario) { s.f.process = comesTo(Outcome{Result: Unprocessable}) }},
	}
	for set := range 1 << len(faults) {
		s := &scenario{refusedAt: passed, fields: http.Header{}, target: "/x"}
		s.f = *change(Outcome{})
		want := 204
		for i, fault := range slices.Backward(faults) {
			if set&(1<<i) != 0 {
				fault.apply(s)
				want = fault.status
			}
		}
		r := s.request("PUT")
		r.Header.Set("Content-Type", "text/plain")
		r.URL = &url.URL{Path: "/x"}
		h := s.handler
		h.Find = func(*http.Request) Resource { return &s.f }
		w := &statusOnly{header: http.Header{}}
		h.ServeHTTP(w, r)
		if w.status != want {
			t.Fatalf("faults %s: %d, want %d", fmt.Sprintf("%b", set), w.status, want)
		}
	}
}
