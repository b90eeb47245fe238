package decision

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// The values that each conditional field is given, by what they mean to the
// oracle. The representation has the tag "v1" (or W/"v1", or none) and the date
// modified (or none).
var (
	tagValues = map[string][]string{ // nil: the field is absent
		"absent":    nil,
		"any":       {"*"},
		"strong":    {`"v0", "v1"`},
		"weak":      {`W/"v1"`},
		"other":     {`"v0"`},
		"malformed": {"v1"},
	}
	dateValues = map[string][]string{
		"absent":  nil,
		"older":   {"Mon, 06 May 2024 07:08:08 GMT"},
		"same":    {"Mon, 06 May 2024 07:08:09 GMT"},
		"newer":   {"Mon, 06 May 2024 07:08:10 GMT"},
		"future":  {"Sun, 06 May 2057 07:08:10 GMT"},
		"invalid": {"tomorrow"},
		"twice":   {"Mon, 06 May 2024 07:08:08 GMT", "Mon, 06 May 2024 07:08:08 GMT"},
	}
)

// combination is one request about one state of the resource.
type combination struct {
	method             string
	im, ius, inm, ims  string
	tagWeak, tagAbsent bool
	dateAbsent         bool
}

// status is section 13.2.2 read step by step, with 13.1.1 to 13.1.4 for what
// each condition means; it shares nothing with the engine.
func (c combination) status() int {
	read := c.method == "GET" || c.method == "HEAD"
	step3 := func() int {
		// 3. If-None-Match: true, go on; false, 304 for GET and HEAD, else 412.
		if c.inm != "absent" {
			matched := c.inm == "any" || !c.tagAbsent && (c.inm == "strong" || c.inm == "weak")
			if matched && read {
				return 304
			}
			if matched {
				return 412
			}
			return 200
		}
		// 4. GET or HEAD, no If-None-Match, If-Modified-Since.
		if read && !c.dateAbsent && slices.Contains([]string{"same", "newer", "future"}, c.ims) {
			return 304
		}
		return 200
	}
	// 1. If-Match: true, go to 3; false, 412.
	if c.im != "absent" {
		if c.im == "any" || c.im == "strong" && !c.tagWeak && !c.tagAbsent {
			return step3()
		}
		return 412
	}
	// 2. No If-Match, If-Unmodified-Since: true, go to 3; false, 412.
	if !c.dateAbsent && c.ius == "older" {
		return 412
	}
	return step3()
}

func TestEveryCombinationOfPreconditions(t *testing.T) {
	count := 0
	for _, state := range []combination{{}, {tagWeak: true}, {tagAbsent: true}, {dateAbsent: true}, {tagAbsent: true, dateAbsent: true}} {
		f := conditional(state)
		for _, method := range []string{"GET", "HEAD", "PUT", "DELETE"} {
			for im := range tagValues {
				for inm := range tagValues {
					for ius := range dateValues {
						for ims := range dateValues {
							c := state
							c.method, c.im, c.ius, c.inm, c.ims = method, im, ius, inm, ims
							checkCombination(t, f, c)
							count++
						}
					}
				}
			}
		}
	}
	if want := 5 * 4 * 6 * 6 * 7 * 7; count != want {
		t.Errorf("%d combinations, want %d", count, want)
	}
}

func conditional(c combination) *fixture {
	r := page()
	if c.tagWeak {
		r.ETag = `W/"v1"`
	}
	if c.tagAbsent {
		r.ETag = ""
	}
	if c.dateAbsent {
		r.Modified = time.Time{}
	}
	return &fixture{
		representations: []Representation{r},
		methods:         []string{"GET", "HEAD", "PUT", "DELETE"},
		process:         comesTo(Outcome{}),
	}
}

// checkCombination does without a recorder's copy of the body: there are many.
func checkCombination(t *testing.T, f *fixture, c combination) {
	t.Helper()
	r := &http.Request{Method: c.method, Header: http.Header{}}
	for field, values := range map[string][]string{
		"If-Match": tagValues[c.im], "If-None-Match": tagValues[c.inm],
		"If-Unmodified-Since": dateValues[c.ius], "If-Modified-Since": dateValues[c.ims],
	} {
		if values != nil {
			r.Header[field] = values
		}
	}
	w := &statusOnly{header: http.Header{}}
	h := &Handler{Find: func(*http.Request) Resource { return f }}
	h.ServeHTTP(w, r)
	want := c.status()
	if want == 200 && (c.method == "PUT" || c.method == "DELETE") {
		want = 204 // done, and nothing to say
	}
	if w.status != want {
		t.Fatalf("%+v: %d, want %d", c, w.status, want)
	}
}

// statusOnly is an answer of which only the status counts.
type statusOnly struct {
	header http.Header
	status int
}

func (w *statusOnly) Header() http.Header         { return w.header }
func (w *statusOnly) Write(p []byte) (int, error) { return len(p), nil }
func (w *statusOnly) WriteHeader(status int)      { w.status = status }

// TestIfRange reads 13.1.5: the range counts only if the validator is the very
// one, by the strong comparison.
func TestIfRange(t *testing.T) {
	weak := page()
	weak.ETag = `W/"v1"`
	none := page()
	none.ETag, none.Modified = "", time.Time{}
	tests := []struct {
		representation Representation
		ifRange        []string
		want           int
	}{
		{page(), []string{`"v1"`}, 206},
		{page(), []string{`"v0"`}, 200},
		{page(), []string{`W/"v1"`}, 200},
		{weak, []string{`W/"v1"`}, 200},
		{weak, []string{`"v1"`}, 200},
		{page(), []string{"Mon, 06 May 2024 07:08:09 GMT"}, 206},
		{page(), []string{"Mon, 06 May 2024 07:08:10 GMT"}, 200},
		{page(), []string{"Mon, 06 May 2024 07:08:08 GMT"}, 200},
		{page(), []string{"soon"}, 200},
		{page(), []string{""}, 200},
		{page(), []string{"*"}, 200},
		{page(), []string{`"v1", "v2"`}, 200},
		{page(), []string{`"v1"`, `"v1"`}, 200},
		{none, []string{`"v1"`}, 200},
		{none, []string{"Mon, 06 May 2024 07:08:09 GMT"}, 200},
	}
	for _, tt := range tests {
		fields := []string{"Range", "bytes=0-9"}
		for _, v := range tt.ifRange {
			fields = append(fields, "If-Range", v)
		}
		f := &fixture{representations: []Representation{tt.representation}}
		answer, trace := ask(t, f, "GET", fields...)
		if answer.StatusCode != tt.want {
			t.Errorf("%s with If-Range %q: %d, want %d (%s)", tt.representation.ETag, tt.ifRange, answer.StatusCode, tt.want, trace)
		}
	}
}

// TestRedirectionsAndErrorsWinOverPreconditions is 13.2.1.
func TestRedirectionsAndErrorsWinOverPreconditions(t *testing.T) {
	fields := []string{"If-Match", `"v0"`, "If-None-Match", "*", "Range", "bytes=9999-"}
	for existence, want := range map[Existence]int{
		Missing: 404, Gone: 410, MovedPermanently: 308, MovedTemporarily: 307, SeeOther: 303,
	} {
		f := one()
		f.state = State{Existence: existence, Location: "/y"}
		if answer, trace := ask(t, f, "GET", fields...); answer.StatusCode != want {
			t.Errorf("%d, want %d (%s)", answer.StatusCode, want, trace)
		}
	}
	for want, access := range map[int]Access{401: {Challenge: "Basic"}, 403: {Forbidden: true}, 404: {Hidden: true}, 451: {Blocked: true}} {
		f := one()
		f.access = access
		if answer, trace := ask(t, f, "GET", fields...); answer.StatusCode != want {
			t.Errorf("%d, want %d (%s)", answer.StatusCode, want, trace)
		}
	}
}

func TestTenThousandRanges(t *testing.T) {
	set := strings.Repeat("0-,", 10_000)
	answer, _ := ask(t, one(), "GET", "Range", "bytes="+set)
	if n := len(body(t, answer)); answer.StatusCode != 200 || n != size {
		t.Errorf("%s with %d bytes", fmt.Sprint(answer.StatusCode), n)
	}
}
