package decision

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/web/decision/wire"
)

// TestEveryPath walks the graph of the table from its beginning to every status
// on every path that there is, makes a request and a resource that must take
// just that path, and checks that they do: the exact trace, the status, and the
// fields that the status needs. A path that nothing can take must have one of
// the reasons below.
func TestEveryPath(t *testing.T) {
	var walked, requests int
	infeasible := map[string]int{}
	edges := map[Step]bool{}
	for path, status := range everyPath {
		s, reason := scenarioOf(path)
		if reason != "" {
			infeasible[reason]++
			continue
		}
		walked++
		for _, step := range path {
			edges[step] = true
		}
		for _, method := range s.methods {
			requests++
			checkPath(t, s, method, path, status)
		}
	}
	for i := range E1 {
		for _, yes := range []bool{true, false} {
			if !edges[Step{Decision: i, Answer: yes}] {
				t.Error("not walked:", i, yes)
			}
		}
	}
	for reason, count := range infeasible {
		if !slices.Contains(reasons, reason) {
			t.Errorf("%d paths were not walked because %s", count, reason)
		}
	}
	t.Logf("%d paths walked with %d requests; not feasible: %v", walked, requests, infeasible)
	if walked < 1000 {
		t.Errorf("only %d paths", walked)
	}
}

// everyPath yields the paths of the graph, each with the status it ends in. The
// path is only good until the next one.
func everyPath(yield func(path []Step, status int) bool) {
	var visit func(at Node, path []Step) bool
	visit = func(at Node, path []Step) bool {
		if status, ends := at.Status(); ends {
			return yield(path, status)
		}
		d := &table[at]
		return visit(d.Yes, append(path, Step{Decision: at, Answer: true})) && visit(d.No, append(path, Step{Decision: at}))
	}
	visit(W10, make([]Step, 0, decisions))
}

// Why a path cannot be taken.
const (
	noMethod         = "no method takes all of these ways"
	noResult         = "a method comes to one result only"
	nothingToRefuse  = "where there is nothing to send, nothing is unacceptable"
	nothingToCompare = "where there is nothing to send, there is no date to compare"
	nothingToCut     = "where there is nothing to send, there are no parts of it"
)

var reasons = []string{noMethod, noResult, nothingToRefuse, nothingToCompare, nothingToCut}

// scenario is a request and a resource, as far as a path has said what they are.
type scenario struct {
	methods   []string
	results   []Result
	refusedAt Node
	handler   Handler
	f         fixture
	fields    http.Header
	length    int64
	target    string

	allowed    bool // M2: whether the method is
	sends      bool // there is a representation
	empty      bool // there is none
	changes    bool // the representation has a date
	refused    bool // an Accept field refuses something
	parted     bool
	byQuery    bool
	hasOutcome bool
	content    bool // the outcome has
}

var (
	reading  = []string{"GET", "HEAD", "QUERY"}
	writing  = []string{"POST", "PUT", "PATCH", "DELETE"}
	everyone = slices.Concat(reading, writing, []string{"OPTIONS", "TRACE"})
)

func (s *scenario) only(methods ...string) {
	s.methods = slices.DeleteFunc(s.methods, func(m string) bool { return !slices.Contains(methods, m) })
}

func (s *scenario) not(methods ...string) {
	s.methods = slices.DeleteFunc(s.methods, func(m string) bool { return slices.Contains(methods, m) })
}

// result keeps, or keeps out, the results.
func (s *scenario) result(keep bool, results ...Result) {
	s.hasOutcome = true
	s.results = slices.DeleteFunc(s.results, func(r Result) bool { return slices.Contains(results, r) != keep })
}

// scenarioOf is the scenario that takes the path, or why there is none.
func scenarioOf(path []Step) (*scenario, string) {
	s := &scenario{refusedAt: passed, fields: http.Header{}, target: "/x"}
	s.methods = append(slices.Clone(everyone), "BREW")
	for r := range results {
		s.results = append(s.results, r)
	}
	s.f.strict = map[string]bool{}
	for _, step := range path {
		s.demand(step.Decision, step.Answer)
	}
	switch {
	case len(s.methods) == 0:
		return nil, noMethod
	case len(s.results) == 0:
		return nil, noResult
	case s.empty && s.refused:
		return nil, nothingToRefuse
	case s.empty && s.changes:
		return nil, nothingToCompare
	case s.empty && s.parted:
		return nil, nothingToCut
	}
	s.build()
	return s, ""
}

// demand narrows the scenario to those that answer the question so.
func (s *scenario) demand(at Node, yes bool) {
	set := func(field, whenYes, whenNo string) {
		value := whenNo
		if yes {
			value = whenYes
		}
		if value != "" {
			s.fields.Set(field, value)
		}
	}
	methods := func(list ...string) {
		if yes {
			s.only(list...)
		} else {
			s.not(list...)
		}
	}
	const (
		same  = "Mon, 06 May 2024 07:08:09 GMT"
		older = "Mon, 06 May 2024 07:08:08 GMT"
	)
	switch at {
	case W10, W4, W1, W2, W5, W6, W7:
		if !yes {
			s.refusedAt = at
		}
	case W3:
		if !yes {
			s.target += strings.Repeat("x", wire.DefaultTarget)
		}
	case W8:
		s.handler.Serves = func(string) bool { return yes }
	case W9:
		if yes {
			s.only(append(writing, "BREW")...)
			s.fields.Set("Early-Data", "1")
		}
	case S4:
		set("Expect", "", "teapot")
	case S1:
		s.f.unavailable, s.f.retryAfter = !yes, 1500*time.Millisecond
	case S2:
		methods(everyone...)
	case S3:
		s.handler.TooFast = func(*http.Request) (bool, time.Duration) { return yes, time.Second }
	case M1:
		if yes {
			s.only("OPTIONS")
			s.f.preflight = http.Header{"Access-Control-Max-Age": {"60"}}
		}
	case M2:
		if s.allowed = yes; !yes {
			s.not("OPTIONS")
		}
	case M3:
		if yes {
			s.f.malformed = "wrong"
		}
	case M4:
		if !yes {
			s.f.access.Challenge = "Basic"
		}
	case M5:
		s.f.access.Forbidden = yes
	case M5b:
		s.f.access.Hidden = yes
	case M6:
		s.f.access.Blocked, s.f.access.BlockedBy = yes, "https://court.example/"
	case M7:
		s.f.access.OverQuota, s.f.access.RetryAfter = yes, time.Minute
	case M8:
		methods("TRACE")
	case M9:
		methods("OPTIONS")
	case N1:
		if yes {
			s.length = 3
		}
	case N2:
		if yes {
			s.length, s.f.content.LengthRequired = -1, true
		}
	case N3:
		if !yes {
			s.length = DefaultLimit + 1
		}
	case N4:
		set("Content-Encoding", "", "br")
	case N5:
		s.f.content.Types = []string{"text/*"}
		set("Content-Type", "text/plain; charset=utf-8", "image/png")
	case N6:
		if yes {
			s.only("PUT")
		}
		set("Content-Range", "bytes 0-1/2", "")
	case X1:
		if !yes {
			s.f.state.Existence = Missing
		}
	case X2:
		s.existence(yes, MovedPermanently)
	case X2a, X2c:
		s.f.state.ToGet = yes
	case X2b:
		s.existence(yes, MovedTemporarily)
	case X2d:
		s.existence(yes, SeeOther)
	case X3:
		s.existence(yes, Gone)
	case X4:
		if s.f.state.MayCreate = yes; yes {
			s.only(writing...)
		}
	case X5, K2:
		if yes {
			s.fields.Set("If-Match", "*")
		}
	case X6:
		if s.f.state.Condition = true; !yes {
			s.fields.Set("If-None-Match", "*")
		}
	case Q1:
		if s.byQuery = yes; yes {
			s.only("QUERY")
		}
	case C0, A1:
		methods(reading...)
	case C1:
		s.refuse(yes, "Accept", "image/png")
	case C2:
		s.refuse(yes, "Accept-Language", "fr")
	case C3:
		s.refuse(yes, "Accept-Charset", "koi8-r")
	case C4:
		s.refuse(yes, "Accept-Encoding", "identity;q=0")
	case C5:
		for field := range s.fields {
			s.f.strict[field] = yes
		}
	case K1:
		if s.f.state.Condition = yes; yes {
			s.only(writing...)
		}
	case K3:
		set("If-Match", "*", `"v0"`)
	case K4:
		s.changes = s.changes || yes
		set("If-Unmodified-Since", same, "")
	case K5:
		set("If-Unmodified-Since", "", older)
	case K5b:
		if s.f.state.Done = yes; yes {
			s.only(writing...)
		}
	case K6:
		set("If-None-Match", `"v0"`, "")
	case K7:
		set("If-None-Match", `*`, "")
	case K8:
		methods(reading...)
	case K9:
		if s.changes = s.changes || yes; yes {
			s.only(reading...)
		}
		set("If-Modified-Since", same, "")
	case K10:
		set("If-Modified-Since", older, "")
	case G1:
		s.f.state.Choose = yes
	case G2:
		if s.parted = yes; yes {
			s.only("GET")
		}
		set("Range", "bytes=10-19", "")
	case G3:
		set("If-Range", "", `"v0"`)
	case G4:
		set("Range", "", "bytes=19-10")
	case G5:
		set("Range", "", "bytes=9999-")
	case G6:
		s.sends, s.empty = yes, !yes
	case P1:
		s.result(!yes, TimedOut)
	case P1b:
		s.result(!yes, TooLarge)
	case P2:
		s.result(!yes, Malformed)
	case D1:
		methods("DELETE")
	case D2, P4:
		s.result(yes, Conflict)
	case D3:
		s.result(yes, Done, Reset)
	case D3b, P6:
		s.result(yes, Queued)
	case P3:
		s.result(!yes, Unprocessable)
	case P4b:
		s.result(yes, TooMany)
	case P5:
		s.result(!yes, NoRoom)
	case P5b:
		s.result(!yes, UpstreamWrong)
	case P5c:
		s.result(!yes, UpstreamTooLate)
	case P7:
		s.result(yes, Elsewhere)
	case P8:
		s.result(yes, Created)
	case F1:
		s.result(yes, Reset)
	case F2:
		s.content = yes
	default:
		panic("no demand for " + at.String())
	}
}

func (s *scenario) existence(yes bool, e Existence) {
	if yes {
		s.f.state.Existence, s.f.state.Location = e, "/y"
	}
}

func (s *scenario) refuse(accepted bool, field, value string) {
	if !accepted {
		s.refused = true
		s.fields.Set(field, value)
	}
}

// build makes what the demands have left open.
func (s *scenario) build() {
	if !s.empty {
		r := page()
		r.Type, r.Charset, r.Language = "text/html", "utf-8", "de"
		s.f.representations = []Representation{r}
		if s.f.state.Choose { // two that differ in what the client has not spoken of
			other := r
			other.ETag = `"v2"`
			if s.fields.Get("Accept") == "" {
				other.Type = "application/xhtml+xml"
			} else {
				other.Language = "en"
			}
			s.f.representations[0].Location, other.Location = "/x.a", "/x.b"
			s.f.representations = append(s.f.representations, other)
		}
	}
	outcome := Outcome{Result: s.results[0], Location: "/made", RetryAfter: time.Second}
	if s.content {
		text := Bytes("text/plain", []byte("done\n"))
		outcome.Content = &text
	}
	if s.byQuery {
		s.f.refused = &outcome
	}
	s.f.process = comesTo(outcome)
}

func (s *scenario) request(method string) *http.Request {
	r := &http.Request{
		Method: method, URL: &url.URL{Path: s.target}, RequestURI: s.target, Host: "books.example", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: s.fields.Clone(), ContentLength: s.length, Body: http.NoBody,
	}
	if s.length != 0 {
		r.Body = io.NopCloser(strings.NewReader("abc"))
	}
	return r
}

func checkPath(t *testing.T, s *scenario, method string, path []Step, status int) {
	t.Helper()
	f := s.f
	f.methods = []string{method}
	switch {
	case !s.allowed:
		f.methods = []string{"LOCK"}
	case method == "HEAD":
		f.methods = []string{"GET"}
	}
	var trace *Trace
	h := s.handler
	h.Find = func(*http.Request) Resource { return &f }
	h.Observe = func(_ *http.Request, seen *Trace) { trace = seen.Clone() }
	w := httptest.NewRecorder()
	h.serve(w, s.request(method), s.refusedAt, "")
	want := (&Trace{Steps: path, Status: status}).String()
	if got := withoutForm(trace); got != want {
		t.Fatalf("%s %v\n got %s\nwant %s\n%v", method, s.fields, got, want, trace.Fault)
	}
	answer := w.Result()
	if answer.StatusCode != status {
		t.Fatalf("%s: status %d, the trace says %d", want, answer.StatusCode, status)
	}
	checkFields(t, want, method, answer)
}

// withoutForm is the trace without the question in which form an error is.
func withoutForm(t *Trace) string {
	steps := slices.DeleteFunc(slices.Clone(t.Steps), func(s Step) bool { return s.Decision == E1 })
	return (&Trace{Steps: steps, Status: t.Status}).String()
}

// required is the fields that RFC 9110 and its kin want with a status.
var required = map[int][]string{
	300: {"Link", "Vary"}, 301: {"Location"}, 302: {"Location"}, 303: {"Location"}, 307: {"Location"}, 308: {"Location"},
	201: {"Location"}, 401: {"WWW-Authenticate"}, 405: {"Allow"}, 408: {"Connection"},
	416: {"Content-Range"}, 429: {"Retry-After"}, 451: {"Link"}, 503: {"Retry-After"},
}

func checkFields(t *testing.T, path, method string, answer *http.Response) {
	t.Helper()
	status := answer.StatusCode
	for _, field := range required[status] {
		if answer.Header.Get(field) == "" {
			t.Fatalf("%s: no %s", path, field)
		}
	}
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case method == "OPTIONS" && status == 204 && answer.Header.Get("Allow") == "":
		t.Fatalf("%s: no Allow", path)
	case status == 415 && answer.Header.Get("Accept-Encoding")+answer.Header.Get("Accept")+answer.Header.Get("Accept-Post")+
		answer.Header.Get("Accept-Patch")+answer.Header.Get("Accept-Query") == "" && slices.Contains([]string{"POST", "PUT", "PATCH", "QUERY"}, method):
		t.Fatalf("%s: not said what is taken", path)
	case status == 206 && answer.Header.Get("Content-Range") != "bytes 10-19/4800":
		t.Fatalf("%s: Content-Range %q", path, answer.Header.Get("Content-Range"))
	case status >= 400 && (answer.Header.Get("Cache-Control") != "no-store" || !strings.Contains(answer.Header.Get("Vary"), "Accept")):
		t.Fatalf("%s: %v", path, answer.Header)
	case status == 304 && strings.Contains(path, "G"):
		t.Fatalf("%s: after a decision about sending", path)
	case status == 304 || status == 204 || method == "HEAD":
		if len(content) > 0 {
			t.Fatalf("%s: %d bytes of content", path, len(content))
		}
	case answer.Header.Get("Content-Length") != strconv.Itoa(len(content)):
		t.Fatalf("%s: Content-Length %q of %d", path, answer.Header.Get("Content-Length"), len(content))
	case status >= 400 && !strings.HasPrefix(string(content), fmt.Sprint(status)+" "):
		t.Fatalf("%s: %q", path, content)
	}
}
