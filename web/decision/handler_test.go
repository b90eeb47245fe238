package decision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// TestHeadEqualsGet compares the header fields of both on every path that both
// can take.
func TestHeadEqualsGet(t *testing.T) {
	compared := 0
	for path := range everyPath {
		s, _ := scenarioOf(path)
		if s == nil || !slices.Contains(s.methods, "GET") || !slices.Contains(s.methods, "HEAD") {
			continue
		}
		compared++
		if s.allowed {
			s.f.methods = []string{"GET"}
		} else {
			s.f.methods = []string{"POST"}
		}
		h := s.handler
		h.Find = func(*http.Request) Resource { return &s.f }
		get, head := httptest.NewRecorder(), httptest.NewRecorder()
		h.serve(get, s.request("GET"), s.refusedAt, "")
		h.serve(head, s.request("HEAD"), s.refusedAt, "")
		if get.Code != head.Code || !maps.EqualFunc(get.Header(), head.Header(), slices.Equal[[]string]) || head.Body.Len() > 0 {
			t.Fatalf("GET %d %v\nHEAD %d %v %q", get.Code, get.Header(), head.Code, head.Header(), head.Body)
		}
	}
	if compared < 300 {
		t.Errorf("only %d paths", compared)
	}
}

func TestContent(t *testing.T) {
	answer, _ := ask(t, one(), "GET", "Range", "bytes=-5")
	if got := body(t, answer); got != "56789" || answer.Header.Get("Content-Length") != "5" {
		t.Errorf("got %q, %v", got, answer.Header)
	}
	answer, _ = ask(t, one(), "GET")
	want := http.Header{
		"Content-Type": {"text/html; charset=utf-8"}, "Content-Length": {"4800"}, "Etag": {`"v1"`},
		"Last-Modified": {"Mon, 06 May 2024 07:08:09 GMT"}, "Cache-Control": {"max-age=60"}, "Accept-Ranges": {"bytes"},
	}
	if !maps.EqualFunc(answer.Header, want, slices.Equal[[]string]) {
		t.Errorf("header %v", answer.Header)
	}
	if b := body(t, answer); len(b) != size {
		t.Errorf("%d bytes", len(b))
	}
}

// TestNotModified has the fields of 15.4.5 and the resource's own, and none
// that tell about content.
func TestNotModified(t *testing.T) {
	r := page()
	other := page()
	other.Type = "application/json"
	r.Location, r.Header = "/x.html", http.Header{"Content-Security-Policy": {"sandbox"}}
	f := &fixture{representations: []Representation{r, other}}
	answer, _ := ask(t, f, "GET", "If-None-Match", `"v1"`)
	want := http.Header{
		"Etag": {`"v1"`}, "Cache-Control": {"max-age=60"}, "Vary": {"Accept"},
		"Content-Location": {"/x.html"}, "Content-Security-Policy": {"sandbox"},
	}
	if answer.StatusCode != 304 || !maps.EqualFunc(answer.Header, want, slices.Equal[[]string]) {
		t.Errorf("%d with %v", answer.StatusCode, answer.Header)
	}
	r.ETag = ""
	answer, _ = ask(t, &fixture{representations: []Representation{r}}, "GET", "If-Modified-Since", "Mon, 06 May 2024 07:08:09 GMT")
	if answer.StatusCode != 304 || answer.Header.Get("Last-Modified") == "" {
		t.Errorf("without a tag: %d with %v", answer.StatusCode, answer.Header)
	}
}

func TestErrorForms(t *testing.T) {
	f := one()
	f.state = State{Existence: Gone, Reason: `Withdrawn: <b>"wrong"</b> & sold.`}
	tests := []struct{ accept, form, holds string }{
		{"", formText, "410 Gone\nWithdrawn: <b>\"wrong\"</b> & sold.\n"},
		{"*/*", formText, "410 Gone"},
		{"text/html,application/xhtml+xml,*/*;q=0.8", formHTML, "Withdrawn: &lt;b&gt;"},
		{"application/json", formProblem, `"status":410`},
		{"application/problem+json", formProblem, `"title":"Gone"`},
		{"image/webp", formText, "410 Gone"},
		{"*/*;q=0", formText, "410 Gone"},
	}
	for _, tt := range tests {
		var fields []string
		if tt.accept != "" {
			fields = []string{"Accept", tt.accept}
		}
		answer, _ := ask(t, f, "GET", fields...)
		b := body(t, answer)
		if answer.StatusCode != 410 || answer.Header.Get("Content-Type") != tt.form || !strings.Contains(b, tt.holds) {
			t.Errorf("Accept %q: %d %v %q", tt.accept, answer.StatusCode, answer.Header, b)
		}
		if answer.Header.Get("Vary") != "Accept" || answer.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("Accept %q: %v", tt.accept, answer.Header)
		}
		if tt.form == formProblem {
			var p Problem
			if err := json.Unmarshal([]byte(b), &p); err != nil || p.Status != 410 || p.Type != "about:blank" || p.Detail != f.state.Reason {
				t.Errorf("problem %+v, %v", p, err)
			}
		}
	}
}

func TestHiddenLooksLikeMissing(t *testing.T) {
	hidden, missing := one(), one()
	hidden.access = Access{Hidden: true}
	missing.state = State{Existence: Missing}
	for _, accept := range []string{"text/html", "application/json", "text/plain"} {
		a, _ := ask(t, hidden, "GET", "Accept", accept)
		b, _ := ask(t, missing, "GET", "Accept", accept)
		if a.StatusCode != b.StatusCode || body(t, a) != body(t, b) || !maps.EqualFunc(a.Header, b.Header, slices.Equal[[]string]) {
			t.Errorf("%s: %v and %v", accept, a, b)
		}
	}
}

func TestFaultsAreNotDisclosed(t *testing.T) {
	secret := errors.New("password=tiger")
	for _, fact := range []string{"available", "access", "state", "representations"} {
		f := one()
		f.failing, f.err = fact, secret
		answer, trace := ask(t, f, "GET", "Accept", "text/html")
		if b := body(t, answer); answer.StatusCode != 500 || strings.Contains(b, "tiger") {
			t.Errorf("%s: %d %q", fact, answer.StatusCode, b)
		}
		if !errors.Is(trace.Fault, secret) {
			t.Errorf("%s: the fault is %v", fact, trace.Fault)
		}
		f.err = nil // panics
		answer, trace = ask(t, f, "GET")
		if answer.StatusCode != 500 || trace.Fault == nil || !strings.Contains(trace.Fault.Error(), "the "+fact+" fact") {
			t.Errorf("%s panics: %d, %v", fact, answer.StatusCode, trace.Fault)
		}
	}
}

func TestPrepare(t *testing.T) {
	made := 0
	lazy := Representation{Type: "text/html"}
	lazy.Prepare = func(_ context.Context, r *Representation) error {
		made++
		whole := Bytes(r.Type, []byte("made"))
		r.ETag, r.Length, r.Content = whole.ETag, whole.Length, whole.Content
		return nil
	}
	f := &fixture{representations: []Representation{lazy, Bytes("application/json", []byte("{}"))}}
	answer, _ := ask(t, f, "GET", "Accept", "application/json")
	if b := body(t, answer); b != "{}" || made != 0 {
		t.Errorf("%q, made %d times", b, made)
	}
	answer, _ = ask(t, f, "GET")
	if b := body(t, answer); b != "made" || made != 1 || f.representations[0].ETag != "" {
		t.Errorf("%q, made %d times, %q", b, made, f.representations[0].ETag)
	}
	f.representations[0].Prepare = func(context.Context, *Representation) error { return errDisk }
	answer, trace := ask(t, f, "GET")
	if answer.StatusCode != 500 || !errors.Is(trace.Fault, errDisk) {
		t.Errorf("%d, %v", answer.StatusCode, trace.Fault)
	}
}

func TestContentThatCannotBeOpened(t *testing.T) {
	f := one()
	f.representations[0].Open = openFails
	answer, trace := ask(t, f, "GET")
	if answer.StatusCode != 500 || !errors.Is(trace.Fault, errDisk) || answer.Header.Get("ETag") != "" {
		t.Errorf("%d %v, %v", answer.StatusCode, answer.Header, trace.Fault)
	}
	if answer, trace = ask(t, f, "HEAD"); answer.StatusCode != 200 || trace.Fault != nil {
		t.Errorf("HEAD opened the content: %d, %v", answer.StatusCode, trace.Fault)
	}
}

// TestOverTheWire checks what only a real connection shows: that a content cut
// short does not look whole, that HEAD leaves the connection usable, and that
// an address without a resource is 404.
func TestOverTheWire(t *testing.T) {
	short := one()
	short.representations[0].Open = openShort
	resources := map[string]Resource{"/page": one(), "/short": short}
	faults := make(chan error, 16)
	server := httptest.NewServer(&Handler{
		Find: func(r *http.Request) Resource {
			if f, ok := resources[r.URL.Path]; ok {
				return f
			}
			return nil
		},
		Observe: func(_ *http.Request, t *Trace) { faults <- t.Fault },
	})
	defer server.Close()
	get := func(method, path string) (*http.Response, error) {
		t.Helper()
		r, err := http.NewRequest(method, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := server.Client().Do(r)
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		_, err = io.Copy(io.Discard, answer.Body)
		return answer, err
	}
	for _, tt := range []struct {
		method, path string
		status       int
		length       int64
	}{
		{"HEAD", "/page", 200, size}, {"GET", "/page", 200, size}, {"OPTIONS", "/page", 204, 0},
		{"GET", "/none", 404, -1}, {"HEAD", "/none", 404, -1}, {"POST", "/page", 405, -1},
	} {
		answer, err := get(tt.method, tt.path)
		if err != nil || answer.StatusCode != tt.status || tt.length >= 0 && answer.ContentLength != tt.length {
			t.Errorf("%s %s: %v, %v", tt.method, tt.path, answer, err)
		}
	}
	if _, err := get("GET", "/short"); err == nil {
		t.Error("content that was cut short looked whole")
	}
	var last error
	for range 7 { // one for each request, however they came in
		if fault := <-faults; fault != nil {
			last = fault
		}
	}
	if !errors.Is(last, io.ErrUnexpectedEOF) {
		t.Errorf("the cut was observed as %v", last)
	}
}

func TestProcess(t *testing.T) {
	f := one()
	f.methods = []string{"POST"}
	answer, trace := ask(t, f, "POST")
	if answer.StatusCode != 500 || trace.Fault == nil {
		t.Errorf("a resource that does not process: %d, %v", answer.StatusCode, trace.Fault)
	}
	f.process = func(w http.ResponseWriter, r *http.Request) (Outcome, error) {
		w.Header().Set("Content-Encoding", "gzip")
		return Outcome{}, errDisk
	}
	answer, trace = ask(t, f, "POST")
	if answer.StatusCode != 500 || answer.Header.Get("Content-Encoding") != "" || !errors.Is(trace.Fault, errDisk) {
		t.Errorf("%d %v, %v", answer.StatusCode, answer.Header, trace.Fault)
	}
	f.process = func(w http.ResponseWriter, r *http.Request) (Outcome, error) {
		w.WriteHeader(http.StatusNotFound)
		return Outcome{}, nil
	}
	if answer, trace = ask(t, f, "POST"); answer.StatusCode != 500 || trace.Fault == nil {
		t.Errorf("a status written by hand: %d, %v", answer.StatusCode, trace.Fault)
	}
}

func TestStreaming(t *testing.T) {
	f := one()
	f.methods = []string{"POST"}
	f.process = func(w http.ResponseWriter, r *http.Request) (Outcome, error) {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprint(w, "half, ")
		if err := http.NewResponseController(w).Flush(); err != nil {
			return Outcome{}, err
		}
		fmt.Fprint(w, "whole")
		return Outcome{}, nil
	}
	answer, trace := ask(t, f, "POST")
	if b := body(t, answer); answer.StatusCode != 200 || b != "half, whole" || answer.Header.Get("Content-Type") != "text/plain" {
		t.Errorf("%d %q %v", answer.StatusCode, b, answer.Header)
	}
	if got := trace.String(); !strings.HasSuffix(got, "P1+ P1b+ P2+ D1- P3+ P4- P4b- P5+ P5b+ P5c+ P6- P7- P8- F1- F2+ 200") {
		t.Error(got)
	}
	for name, broken := range map[string]func(http.ResponseWriter, *http.Request) (Outcome, error){
		"an error": func(w http.ResponseWriter, _ *http.Request) (Outcome, error) {
			fmt.Fprint(w, "half")
			return Outcome{}, errDisk
		},
		"another result": func(w http.ResponseWriter, _ *http.Request) (Outcome, error) {
			fmt.Fprint(w, "half")
			return Outcome{Result: Conflict}, nil
		},
	} {
		f.process = broken
		func() {
			defer func() {
				if p := recover(); p != http.ErrAbortHandler {
					t.Errorf("%s: recovered %v", name, p)
				}
			}()
			ask(t, f, "POST")
			t.Errorf("%s: the connection was not broken off", name)
		}()
	}
}

// TestStreamedRepresentation: what cannot be begun is an error like others.
func TestStreamedRepresentation(t *testing.T) {
	r := Representation{Type: "text/plain", ETag: `"s"`, Stream: func(w http.ResponseWriter, _ *http.Request) error {
		_, err := io.WriteString(w, "flowing")
		return err
	}}
	f := &fixture{representations: []Representation{r}}
	answer, _ := ask(t, f, "GET", "Range", "bytes=0-1")
	if b := body(t, answer); answer.StatusCode != 200 || b != "flowing" || answer.Header.Get("Content-Length") != "" || answer.Header.Get("Accept-Ranges") != "" {
		t.Errorf("%d %q %v", answer.StatusCode, b, answer.Header)
	}
	answer, _ = ask(t, f, "HEAD")
	if b := body(t, answer); answer.StatusCode != 200 || b != "" || answer.Header.Get("Content-Type") != "text/plain" {
		t.Errorf("%d %q %v", answer.StatusCode, b, answer.Header)
	}
	f.representations[0].Stream = func(http.ResponseWriter, *http.Request) error { return errDisk }
	answer, trace := ask(t, f, "GET")
	if answer.StatusCode != 500 || !errors.Is(trace.Fault, errDisk) || answer.Header.Get("ETag") != "" {
		t.Errorf("%d %v %v", answer.StatusCode, answer.Header, trace.Fault)
	}
	f.representations[0].Stream = func(http.ResponseWriter, *http.Request) error { return nil }
	if answer, _ = ask(t, f, "GET"); answer.StatusCode != 200 {
		t.Errorf("%d for content of nothing", answer.StatusCode)
	}
}

func TestPageOfAnError(t *testing.T) {
	broken := errors.New("no template")
	h := &Handler{Find: func(*http.Request) Resource { return nil }}
	serve := func() (string, *Trace) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept", "text/html")
		var trace *Trace
		h.Observe = func(_ *http.Request, t *Trace) { trace = t.Clone() }
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 404 {
			t.Errorf("status %d", w.Code)
		}
		return w.Body.String(), trace
	}
	h.Page = func(w io.Writer, _ *http.Request, p Problem) error {
		_, err := fmt.Fprintf(w, "own page of %d", p.Status)
		return err
	}
	if got, trace := serve(); got != "own page of 404" || trace.Fault != nil {
		t.Errorf("%q, %v", got, trace.Fault)
	}
	h.Page = func(w io.Writer, _ *http.Request, _ Problem) error {
		io.WriteString(w, "half a page")
		return broken
	}
	if got, trace := serve(); !strings.Contains(got, "<h1>Not Found</h1>") || strings.Contains(got, "half") || !errors.Is(trace.Fault, broken) {
		t.Errorf("%q, %v", got, trace.Fault)
	}
	h.Page = func(io.Writer, *http.Request, Problem) error { panic("template") }
	if got, trace := serve(); !strings.Contains(got, "<h1>Not Found</h1>") || trace.Fault == nil {
		t.Errorf("%q, %v", got, trace.Fault)
	}
}

func TestBytes(t *testing.T) {
	a, b := Bytes("text/plain", []byte("x")), Bytes("text/html", []byte("x"))
	if a.ETag == b.ETag || a.ETag == Bytes("text/plain", []byte("y")).ETag {
		t.Error("tags of different representations are equal")
	}
	if string(a.Content) != "x" || a.Length != 1 {
		t.Errorf("%q of %d", a.Content, a.Length)
	}
}

// FuzzHandler sends any values of the fields that the engine reads. Whatever
// they are, the answer is one that the table has, its length is true, and a
// second request says the same.
func FuzzHandler(f *testing.F) {
	f.Add("GET", "text/html", "de", "gzip", `"v1"`, `"v1"`, "Mon, 06 May 2024 07:08:09 GMT", "bytes=0-9", `"v1"`)
	f.Add("HEAD", "*/*;q=0", "*", "identity;q=0", "*", "*", "then", "bytes=-0", "x")
	f.Add("PUT", "", "", "", "", "", "", "", "")
	gzip := page()
	gzip.Coding, gzip.ETag = "gzip", `"g"`
	other := page()
	other.Type, other.Language = "application/json", "de"
	resource := &fixture{representations: []Representation{page(), gzip, other}}
	f.Fuzz(func(t *testing.T, method, accept, language, encoding, im, inm, date, set, ifRange string) {
		fields := []string{"Accept", accept, "Accept-Language", language, "Accept-Encoding", encoding, "If-Match", im,
			"If-None-Match", inm, "If-Modified-Since", date, "If-Unmodified-Since", date, "Range", set, "If-Range", ifRange}
		answer, trace := ask(t, resource, method, fields...)
		if !slices.Contains([]int{200, 204, 206, 304, 405, 406, 412, 416, 417, 501}, answer.StatusCode) || trace.Fault != nil {
			t.Fatalf("%d, %v (%s)", answer.StatusCode, trace.Fault, trace)
		}
		if _, reason := scenarioOf(slices.DeleteFunc(slices.Clone(trace.Steps), func(s Step) bool { return s.Decision == E1 })); reason != "" {
			t.Fatalf("%s was thought not to be feasible: %s", trace, reason)
		}
		b := body(t, answer)
		if length := answer.Header.Get("Content-Length"); length != "" && method != "HEAD" && length != fmt.Sprint(len(b)) {
			t.Fatalf("%d bytes, Content-Length %s", len(b), length)
		}
		again, traceAgain := ask(t, resource, method, fields...)
		if strings.HasPrefix(answer.Header.Get("Content-Type"), "multipart/") {
			again.Header.Set("Content-Type", answer.Header.Get("Content-Type")) // the boundary is another one each time
		}
		if trace.String() != traceAgain.String() || !maps.EqualFunc(answer.Header, again.Header, slices.Equal[[]string]) {
			t.Fatalf("%s, then %s", trace, traceAgain)
		}
	})
}

// TestLastChoice: what was chosen for one request is not what is chosen for another
// that says something else, or is offered something else.
func TestLastChoice(t *testing.T) {
	var c lastChoice
	for _, tt := range []struct {
		field, offers []string
		want          int
		ok            bool
	}{
		{[]string{"de, en;q=0.5"}, []string{"en", "de"}, 1, true},
		{[]string{"de, en;q=0.5"}, []string{"en", "de"}, 1, true},
		{[]string{"de, en;q=0.5"}, []string{"de", "en"}, 0, true},
		{[]string{"de, en;q=0.5"}, []string{"en"}, 0, true},
		{[]string{"en, de;q=0.5"}, []string{"en", "de"}, 0, true},
		{[]string{"fr"}, []string{"en", "de"}, 0, false},
		{[]string{"en", "de;q=0.5"}, []string{"de", "en"}, 1, true},
		{nil, []string{"de", "en"}, 0, true},
		{[]string{"fr"}, []string{"en", "de"}, 0, false},
		{[]string{strings.Repeat("fr, ", longestRemembered) + "en"}, []string{"de", "en"}, 1, true},
		{[]string{"i"}, []string{"a", "b", "c", "d", "e", "f", "g", "h", "i"}, 8, true},
	} {
		if got, ok := c.choose(byLanguage, tt.field, tt.offers); ok != tt.ok || ok && got != tt.want {
			t.Errorf("%.20q of %q: %d, %v", tt.field, tt.offers, got, ok)
		}
	}
}
