package watch

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"github.com/rhaptos/rhaptos/web/decision"
)

type hello struct{ decision.Defaults }

func (hello) Representations(*http.Request) ([]decision.Representation, error) {
	return []decision.Representation{decision.Bytes("text/plain; charset=utf-8", []byte("hello\n"))}, nil
}

func serve(w *Watch, requests ...*http.Request) []*httptest.ResponseRecorder {
	h := &decision.Handler{Find: func(*http.Request) decision.Resource { return hello{} }, Observe: w.Observe, Name: w.Name}
	var answers []*httptest.ResponseRecorder
	for _, r := range requests {
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, r)
		answers = append(answers, answer)
	}
	return answers
}

func TestTheLastTracesAreKept(t *testing.T) {
	w := New(3)
	var names []string
	for i := range 5 {
		answers := serve(w, httptest.NewRequest(http.MethodGet, "/"+strconv.Itoa(i), nil))
		names = append(names, answers[0].Header().Get("Decision-Trace"))
	}
	last := w.Last()
	if len(last) != 3 {
		t.Fatalf("%d traces are kept, want 3", len(last))
	}
	for i, r := range last {
		if want := "/" + strconv.Itoa(4-i); r.Target != want || r.Name != names[4-i] || r.Trace.Status != http.StatusOK {
			t.Errorf("trace %d is %s %q %d, want %s %q 200", i, r.Target, r.Name, r.Trace.Status, want, names[4-i])
		}
	}
	if w.Find(names[0]) != nil || w.Find("") != nil {
		t.Error("a trace is found that is not kept any more")
	}
	if r := w.Find(names[4]); r != last[0] {
		t.Errorf("the last trace is found as %v", r)
	}
}

func TestCounts(t *testing.T) {
	w := New(0)
	matching := httptest.NewRequest(http.MethodGet, "/", nil)
	matching.Header.Set("If-None-Match", "*")
	answers := serve(w, httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRequest("BREW", "/", nil), matching)
	if name := answers[0].Header().Get("Decision-Trace"); name != "" || len(w.Last()) > 0 {
		t.Errorf("a watch that keeps nothing calls a trace %q", name)
	}
	counts := w.Counts()
	for edge, want := range map[decision.Edge]int64{
		{At: decision.S2, Yes: true}: 2, {At: decision.S2, Yes: false}: 1,
		{At: decision.K6, Yes: false}: 1, {At: decision.K8, Yes: true}: 1, {At: decision.K8, Yes: false}: 0,
	} {
		if counts[edge] != want {
			t.Errorf("%s was walked %d times, want %d", edge, counts[edge], want)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	w := New(10)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				serve(w, httptest.NewRequest(http.MethodGet, "/", nil))
				w.Last()
				w.Counts()
			}
		})
	}
	wg.Wait()
	if n := w.Counts()[decision.Edge{At: decision.S1, Yes: true}]; n != 400 {
		t.Errorf("counted %d requests, want 400", n)
	}
}
