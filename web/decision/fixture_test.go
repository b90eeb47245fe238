package decision

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// fixture is a resource whose every fact can be set.
type fixture struct {
	Defaults
	unavailable     bool
	retryAfter      time.Duration
	preflight       http.Header
	methods         []string
	malformed       string
	access          Access
	content         Content
	state           State
	representations []Representation
	strict          map[string]bool
	process         func(http.ResponseWriter, *http.Request) (Outcome, error)
	refused         *Outcome // of a QUERY
	err             error    // of the fact that is named
	failing         string   // the fact that fails
}

func (f *fixture) fails(fact string) error {
	if f.failing != fact {
		return nil
	}
	if f.err == nil {
		panic("the " + fact + " fact")
	}
	return f.err
}

func (f *fixture) Available(*http.Request) (bool, time.Duration, error) {
	return !f.unavailable, f.retryAfter, f.fails("available")
}

func (f *fixture) Preflight(*http.Request) http.Header { return f.preflight }

func (f *fixture) Methods(r *http.Request) []string {
	if f.methods == nil {
		return f.Defaults.Methods(r)
	}
	return f.methods
}

func (f *fixture) Malformed(*http.Request) string        { return f.malformed }
func (f *fixture) Access(*http.Request) (Access, error)  { return f.access, f.fails("access") }
func (f *fixture) Content(*http.Request, string) Content { return f.content }
func (f *fixture) State(*http.Request) (State, error)    { return f.state, f.fails("state") }
func (f *fixture) Strict(r *http.Request, s string) bool {
	if f.strict == nil {
		return f.Defaults.Strict(r, s)
	}
	return f.strict[s]
}

func (f *fixture) Representations(r *http.Request) ([]Representation, error) {
	if f.refused != nil && r.Method == methodQuery {
		return nil, f.refused
	}
	return f.representations, f.fails("representations")
}

func (f *fixture) Process(w http.ResponseWriter, r *http.Request) (Outcome, error) {
	if f.process == nil {
		return f.Defaults.Process(w, r)
	}
	return f.process(w, r)
}

// comesTo is a process with the outcome.
func comesTo(o Outcome) func(http.ResponseWriter, *http.Request) (Outcome, error) {
	return func(http.ResponseWriter, *http.Request) (Outcome, error) { return o, nil }
}

// The content that most tests send, as in the notes' probes.
const size = 4800

var modified = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

// page is a representation with both validators.
func page() Representation {
	r := Bytes("text/html; charset=utf-8", []byte(strings.Repeat("0123456789", size/10)))
	r.ETag, r.Modified, r.CacheControl = `"v1"`, modified, "max-age=60"
	return r
}

func one() *fixture { return &fixture{representations: []Representation{page()}} }

// ask sends a request with the fields, given as name, value, name, value, and
// returns the answer and the trace.
func ask(t *testing.T, f Resource, method string, fields ...string) (*http.Response, *Trace) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/x", nil)
	r.Method = method
	for i := 0; i+1 < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	var trace *Trace
	h := &Handler{
		Find: func(*http.Request) Resource { return f },
		Observe: func(_ *http.Request, seen *Trace) {
			trace = seen.Clone()
		},
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), trace
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// broken is content that cannot be opened, or not be read to its end.
type broken struct{ *strings.Reader }

func (broken) Close() error { return nil }

var errDisk = errors.New("the disk is on fire")

func openFails(context.Context) (io.ReadSeekCloser, error) { return nil, errDisk }

func openShort(context.Context) (io.ReadSeekCloser, error) {
	return broken{strings.NewReader("short")}, nil
}
