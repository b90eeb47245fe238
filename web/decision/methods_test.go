package decision

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// inMemory opens content as if it were in a file.
func inMemory(content []byte) func(context.Context) (io.ReadSeekCloser, error) {
	return func(context.Context) (io.ReadSeekCloser, error) {
		return broken{strings.NewReader(string(content))}, nil
	}
}

// change is a resource that takes text with every method and answers with what
// it is given.
func change(o Outcome) *fixture {
	f := one()
	f.methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "QUERY"}
	f.content = Content{Types: []string{"text/*"}, Codings: []string{"gzip"}, Limit: 10}
	f.process = comesTo(o)
	return f
}

// submit sends content in a request.
func submit(t *testing.T, f Resource, method string, content io.Reader, fields ...string) (*http.Response, *Trace) {
	t.Helper()
	r := httptest.NewRequest(method, "/x", content)
	r.Header.Set("Content-Type", "text/plain")
	for i := 0; i+1 < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	var trace *Trace
	h := &Handler{Find: func(*http.Request) Resource { return f }, Observe: func(_ *http.Request, seen *Trace) { trace = seen.Clone() }}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), trace
}

// TestOutcomes: each result has its status, with the fields that the outcome has.
func TestOutcomes(t *testing.T) {
	text := Bytes("text/plain", []byte("see"))
	text.Location = "/text"
	header := http.Header{"X": {"y"}}
	for _, tt := range []struct {
		outcome Outcome
		status  int
		have    []string
	}{
		{Outcome{ETag: `"v2"`, Modified: modified}, 204, []string{"ETag", `"v2"`, "Last-Modified", "Mon, 06 May 2024 07:08:09 GMT", "Content-Length", ""}},
		{Outcome{Content: &text, Header: header}, 200, []string{"Content-Type", "text/plain", "Content-Length", "3", "X", "y", "Content-Location", "/text", "ETag", ""}},
		{Outcome{Result: Created, Location: "/y", ETag: `"v1"`}, 201, []string{"Location", "/y", "ETag", `"v1"`, "Content-Length", "0"}},
		{Outcome{Result: Created, Location: "/y", Content: &text}, 201, []string{"Location", "/y", "Content-Length", "3"}},
		{Outcome{Result: Queued, Location: "/jobs/1"}, 202, []string{"Location", "/jobs/1"}},
		{Outcome{Result: Elsewhere, Location: "/y"}, 303, []string{"Location", "/y"}},
		{Outcome{Result: Reset, Content: &text}, 205, []string{"Content-Length", "0"}},
		{Outcome{Result: Malformed}, 400, nil},
		{Outcome{Result: TimedOut}, 408, []string{"Connection", "close"}},
		{Outcome{Result: TooLarge, RetryAfter: time.Minute}, 413, []string{"Retry-After", "60"}},
		{Outcome{Result: Unprocessable, Reason: "no."}, 422, nil},
		{Outcome{Result: Conflict, RetryAfter: time.Second}, 409, []string{"Retry-After", "1"}},
		{Outcome{Result: TooMany, RetryAfter: 90 * time.Second}, 429, []string{"Retry-After", "90"}},
		{Outcome{Result: NoRoom, Header: header}, 507, []string{"X", "y"}},
		{Outcome{Result: UpstreamWrong}, 502, nil},
		{Outcome{Result: UpstreamTooLate}, 504, nil},
	} {
		for _, method := range []string{"POST", "DELETE"} {
			answer, trace := submit(t, change(tt.outcome), method, strings.NewReader("abc"))
			if answer.StatusCode != tt.status {
				t.Errorf("%s: %d, want %d (%s)", method, answer.StatusCode, tt.status, trace)
			}
			for i := 0; i < len(tt.have); i += 2 {
				if got := answer.Header.Get(tt.have[i]); got != tt.have[i+1] {
					t.Errorf("%d %s: %q, want %q", tt.status, tt.have[i], got, tt.have[i+1])
				}
			}
			if b := body(t, answer); tt.outcome.Reason != "" && !strings.Contains(b, tt.outcome.Reason) {
				t.Errorf("%d: %q", tt.status, b)
			}
		}
	}
}

// failing is content that cannot be read to its end.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestContentThatFails: a resource that only passes errors on answers right.
func TestContentThatFails(t *testing.T) {
	f := change(Outcome{})
	f.process = func(_ http.ResponseWriter, r *http.Request) (Outcome, error) {
		_, err := io.ReadAll(r.Body)
		return Outcome{}, err
	}
	lost := func(r *http.Request) { r.ContentLength = -1 }
	for _, tt := range []struct {
		content string
		failure error
		change  func(*http.Request)
		want    int
	}{
		{"0123456789", io.EOF, nil, 204},
		{"0123456789", io.EOF, lost, 204},
		{"0123456789a", io.EOF, nil, 413},
		{"0123456789a", io.EOF, lost, 413},
		{"01234", os.ErrDeadlineExceeded, lost, 408},
		{"01234", io.ErrUnexpectedEOF, lost, 400},
	} {
		for _, method := range []string{"POST", "QUERY"} {
			r := httptest.NewRequest(method, "/x", io.MultiReader(strings.NewReader(tt.content), failing{tt.failure}))
			r.ContentLength = int64(len(tt.content))
			r.Header.Set("Content-Type", "text/plain")
			if tt.change != nil {
				tt.change(r)
			}
			want := tt.want
			var h Handler
			h.Find = func(*http.Request) Resource { return f }
			if method == "QUERY" {
				h.Find = func(*http.Request) Resource { return &asked{f} }
				if want == 204 {
					want = 200
				}
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("%s of %q: %d, want %d", method, tt.content, w.Code, want)
			}
		}
	}
}

// asked is a resource that QUERY finds something in.
type asked struct{ *fixture }

func (a *asked) Representations(r *http.Request) ([]Representation, error) {
	if r.Method != methodQuery {
		return a.fixture.Representations(r)
	}
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(b, []byte("0")) {
		return nil, &Outcome{Result: Unprocessable, Reason: "a question begins with 0"}
	}
	return []Representation{Bytes("text/plain", b), Bytes("application/json", []byte(`"`+string(b)+`"`))}, nil
}

// TestQuery: its result is negotiated and has validators like any other.
func TestQuery(t *testing.T) {
	f := &asked{change(Outcome{})}
	answer, trace := submit(t, f, "QUERY", strings.NewReader("01"), "Accept", "application/json", "If-Match", "*")
	if b := body(t, answer); answer.StatusCode != 200 || b != `"01"` || answer.Header.Get("Vary") != "Accept" {
		t.Fatalf("%d %q %v (%s)", answer.StatusCode, b, answer.Header, trace)
	}
	again, trace := submit(t, f, "QUERY", strings.NewReader("01"), "Accept", "application/json", "If-None-Match", answer.Header.Get("ETag"))
	if again.StatusCode != 304 {
		t.Errorf("%d (%s)", again.StatusCode, trace)
	}
	wrong, trace := submit(t, f, "QUERY", strings.NewReader("1"))
	if b := body(t, wrong); wrong.StatusCode != 422 || !strings.Contains(b, "begins with 0") {
		t.Errorf("%d %q (%s)", wrong.StatusCode, b, trace)
	}
}

// TestContentFields is about what is refused before it is read, and what is
// said then about what would be taken.
func TestContentFields(t *testing.T) {
	for _, tt := range []struct {
		method string
		fields []string
		want   int
		have   []string
	}{
		{"POST", []string{"Content-Type", "text/html; charset=utf-8"}, 204, nil},
		{"POST", []string{"Content-Type", "image/png"}, 415, []string{"Accept-Post", "text/*"}},
		{"PATCH", []string{"Content-Type", "image/png"}, 415, []string{"Accept-Patch", "text/*"}},
		{"QUERY", []string{"Content-Type", "image/png"}, 415, []string{"Accept-Query", "text/*"}},
		{"PUT", []string{"Content-Type", "image/png"}, 415, []string{"Accept", "text/*"}},
		{"PUT", []string{"Content-Type", "text"}, 415, nil},
		{"PUT", []string{"Content-Encoding", "gzip"}, 204, nil},
		{"PUT", []string{"Content-Encoding", "X-GZIP"}, 204, nil},
		{"PUT", []string{"Content-Encoding", "identity"}, 204, nil},
		{"PUT", []string{"Content-Encoding", "br"}, 415, []string{"Accept-Encoding", "gzip, identity"}},
		{"PUT", []string{"Content-Encoding", "gzip, gzip"}, 415, nil},
		{"PUT", []string{"Content-Range", "bytes 0-1/2"}, 400, nil},
		{"POST", []string{"Content-Range", "bytes 0-1/2"}, 204, nil},
		{"GET", []string{"Content-Type", "image/png"}, 415, nil},
		{"OPTIONS", nil, 204, []string{"Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, QUERY, OPTIONS",
			"Accept-Post", "text/*", "Accept-Patch", "text/*", "Accept-Query", "text/*"}},
	} {
		answer, trace := submit(t, change(Outcome{}), tt.method, strings.NewReader("abc"), tt.fields...)
		if answer.StatusCode != tt.want {
			t.Errorf("%s %v: %d, want %d (%s)", tt.method, tt.fields, answer.StatusCode, tt.want, trace)
		}
		for i := 0; i < len(tt.have); i += 2 {
			if got := answer.Header.Get(tt.have[i]); got != tt.have[i+1] {
				t.Errorf("%s %v: %s is %q, want %q", tt.method, tt.fields, tt.have[i], got, tt.have[i+1])
			}
		}
	}
	f := change(Outcome{})
	f.content.LengthRequired = true
	r := httptest.NewRequest("POST", "/x", failing{io.EOF})
	w := httptest.NewRecorder()
	(&Handler{Find: func(*http.Request) Resource { return f }}).ServeHTTP(w, r)
	if w.Code != 411 || w.Header().Get("Connection") != "close" {
		t.Errorf("without a length: %d %v", w.Code, w.Header())
	}
}

// TestTagsOfAChange: whichever form a client has seen, it knows the state.
func TestTagsOfAChange(t *testing.T) {
	packed := page()
	packed.Coding = "gzip"
	prepared := 0
	packed.Prepare = func(_ context.Context, r *Representation) error {
		prepared++
		r.ETag = `"late"`
		return nil
	}
	f := change(Outcome{})
	f.representations = []Representation{packed, page()}
	for tag, want := range map[string]int{`"v1"`: 204, `"late"`: 204, `"v0"`: 412, `W/"v1"`: 412} {
		if answer, trace := ask(t, f, "PUT", "If-Match", tag); answer.StatusCode != want {
			t.Errorf("%s: %d, want %d (%s)", tag, answer.StatusCode, want, trace)
		}
	}
	prepared = 0
	if answer, _ := ask(t, f, "PUT"); answer.StatusCode != 204 || prepared > 0 {
		t.Errorf("without a precondition: %d, prepared %d", answer.StatusCode, prepared)
	}
	f.representations[0].Prepare = func(context.Context, *Representation) error { return errDisk }
	if answer, trace := ask(t, f, "PUT", "If-Match", `"v1"`); answer.StatusCode != 500 || !errors.Is(trace.Fault, errDisk) {
		t.Errorf("%d (%s)", answer.StatusCode, trace)
	}
}

// TestConditionNeedsADate: an If-Unmodified-Since that would be ignored saves
// nobody's change.
func TestConditionNeedsADate(t *testing.T) {
	f := change(Outcome{})
	f.state.Condition = true
	const same = "Mon, 06 May 2024 07:08:09 GMT"
	if answer, trace := ask(t, f, "PUT", "If-Unmodified-Since", same); answer.StatusCode != 204 {
		t.Errorf("%d (%s)", answer.StatusCode, trace)
	}
	if answer, trace := ask(t, f, "PUT", "If-Unmodified-Since", "soon"); answer.StatusCode != 428 {
		t.Errorf("no date: %d (%s)", answer.StatusCode, trace)
	}
	f.representations[0].Modified = time.Time{}
	if answer, trace := ask(t, f, "PUT", "If-Unmodified-Since", same); answer.StatusCode != 428 {
		t.Errorf("nothing to compare: %d (%s)", answer.StatusCode, trace)
	}
}

func TestTraceMethod(t *testing.T) {
	f := one()
	f.methods = []string{"GET", "TRACE"}
	answer, _ := ask(t, f, "TRACE", "X-A", "b", "Authorization", "Basic c2VjcmV0", "Cookie", "secret")
	b := body(t, answer)
	if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "message/http" ||
		!strings.HasPrefix(b, "TRACE /x HTTP/1.1\r\nHost: example.com\r\n") || !strings.Contains(b, "X-A: b\r\n") || strings.Contains(b, "ecret") || strings.Contains(b, "c2V") {
		t.Errorf("%d %q", answer.StatusCode, b)
	}
}

func TestPreflight(t *testing.T) {
	f := one()
	f.access.Challenge = "Basic"
	if answer, trace := ask(t, f, "OPTIONS"); answer.StatusCode != 401 {
		t.Errorf("%d (%s)", answer.StatusCode, trace)
	}
	f.preflight = http.Header{"Access-Control-Allow-Origin": {"*"}}
	answer, trace := ask(t, f, "OPTIONS", "Origin", "https://other.example")
	if answer.StatusCode != 204 || answer.Header.Get("Allow") == "" || answer.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%d %v (%s)", answer.StatusCode, answer.Header, trace)
	}
}

// TestChoices: who does not say what to send gets the list, in the form that it
// takes; who does, gets what it wants.
func TestChoices(t *testing.T) {
	a, b := page(), page()
	a.Location, a.Language, b.Location, b.Language = "/x.en", "en", "/x.de?a&b", "de"
	f := &fixture{state: State{Choose: true}, strict: map[string]bool{}, representations: []Representation{a, b}}
	for accept, want := range map[string]string{
		"": "/x.en text/html; charset=utf-8 en\n", "text/html": `<a href="/x.de?a&amp;b">`, "application/json": `"language":"de"`,
	} {
		fields := []string{"Accept", accept}
		if accept == "" {
			fields = nil
		}
		answer, trace := ask(t, f, "GET", fields...)
		content := body(t, answer)
		if answer.StatusCode != 300 || !strings.Contains(content, want) || !strings.Contains(answer.Header.Get("Vary"), "Accept-Language") {
			t.Errorf("%q: %d %q %v (%s)", accept, answer.StatusCode, content, answer.Header, trace)
		}
		if links := answer.Header["Link"]; len(links) != 2 || links[1] != `</x.de?a&b>; rel="alternate"; type="text/html; charset=utf-8"; hreflang="de"` {
			t.Errorf("%q", links)
		}
	}
	if answer, _ := ask(t, f, "GET", "Accept-Language", "de"); answer.StatusCode != 200 || answer.Header.Get("Content-Language") != "de" {
		t.Errorf("%d %v", answer.StatusCode, answer.Header)
	}
}

// TestHints: a browser that opens a page is told what the page will need before
// the page is made; nobody else is.
func TestHints(t *testing.T) {
	link := "</style.css>; rel=preload; as=style"
	r := page()
	r.Hints = []string{link}
	r.Prepare = func(context.Context, *Representation) error { return nil }
	f := &fixture{representations: []Representation{r}}
	for _, tt := range []struct {
		mode, proto string
		minor       int
		want        []int
	}{
		{"navigate", "HTTP/1.1", 1, []int{103, 200}}, {"navigate", "HTTP/1.0", 0, []int{200}}, {"", "HTTP/1.1", 1, []int{200}},
	} {
		request := httptest.NewRequest("GET", "/x", nil)
		request.ProtoMinor = tt.minor
		request.Header.Set("Sec-Fetch-Mode", tt.mode)
		w := &statuses{header: http.Header{}}
		(&Handler{Find: func(*http.Request) Resource { return f }}).ServeHTTP(w, request)
		if !slices.Equal(w.all, tt.want) || w.header.Get("Link") != "" {
			t.Errorf("%+v: %v, Link %q", tt, w.all, w.header.Get("Link"))
		}
		if tt.want[0] == 103 && w.hints != link {
			t.Errorf("hints %q", w.hints)
		}
	}
}

// statuses is an answer of which the statuses count.
type statuses struct {
	header http.Header
	all    []int
	hints  string
}

func (w *statuses) Header() http.Header         { return w.header }
func (w *statuses) Write(p []byte) (int, error) { return len(p), nil }
func (w *statuses) WriteHeader(status int) {
	if w.all = append(w.all, status); status == 103 {
		w.hints = strings.Join(w.header["Link"], ", ")
	}
}

// TestFacts: a trace says what was asked and what was known, and no secrets.
func TestFacts(t *testing.T) {
	f := one()
	var trace *Trace
	h := &Handler{Facts: true, Find: func(*http.Request) Resource { return f }, Observe: func(_ *http.Request, seen *Trace) { trace = seen.Clone() }}
	r := httptest.NewRequest("GET", "/x", nil)
	r.Header.Set("If-None-Match", `"v1"`)
	r.Header.Set("Authorization", "Bearer secret")
	r.Header.Set("Accept", "text/html;q=0.9, "+strings.Repeat("a/b, ", 100))
	h.ServeHTTP(httptest.NewRecorder(), r)
	if len(trace.Facts) != len(trace.Steps) {
		t.Fatalf("%d facts of %d steps", len(trace.Facts), len(trace.Steps))
	}
	facts := map[Node]string{}
	for i, s := range trace.Steps {
		facts[s.Decision] = trace.Facts[i]
		if strings.Contains(trace.Facts[i], "secret") || len(trace.Facts[i]) > 400 {
			t.Errorf("%s: %s", s.Decision, trace.Facts[i])
		}
	}
	for way, want := range map[Node]string{
		M2: ":method: GET; allowed: GET, HEAD, OPTIONS", K7: `If-None-Match: "v1"; current: "v1"`, M4: "Authorization: (not shown)",
	} {
		if facts[way] != want {
			t.Errorf("%s: %q, want %q", way, facts[way], want)
		}
	}
	if !strings.HasSuffix(facts[C1], "...; offered: text/html; charset=utf-8") {
		t.Errorf("C1: %q", facts[C1])
	}
}
