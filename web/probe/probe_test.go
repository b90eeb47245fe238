package probe

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/probe/report"
)

// What answers do not show without telling their way.
var hidden = map[string]report.Verdict{
	"S3+": report.Unseen, "M7+": report.Unseen, // both end in 429
	"M5b+": report.Unseen,                       // looks like what is missing
	"M5b-": report.Unseen,                       // the table calls the decision invisible,
	"N1+":  report.Unseen, "N1-": report.Unseen, // and these
	"Q1+": report.Unseen, "Q1-": report.Unseen,
	"C0+": report.Unseen, "C0-": report.Unseen,
	"A1+": report.Unseen, "A1-": report.Unseen,
	"D1+": report.Unseen, "D1-": report.Unseen,
}

// TestEveryEdge: a server that tells its ways walks all edges, and one that
// does not all those that can be seen.
func TestEveryEdge(t *testing.T) {
	for _, tt := range []struct {
		name  string
		glass bool
		want  map[string]report.Verdict
	}{{"glass", true, map[string]report.Verdict{}}, {"black", false, hidden}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rep := runPatiently(t, serve(t, tt.glass, nil), true, 5*time.Second)
			if got := unwalked(rep); !maps.Equal(got, tt.want) {
				t.Errorf("not walked: %v\nwanted: %v", got, tt.want)
			}
			for _, f := range rep.Contradictions() {
				t.Errorf("%s at %s: %s\n%s", f.Recipe, f.URL, f.Why, f.Curl)
			}
			for _, target := range rep.Targets {
				if target.Requests > 300 || target.Discloses != tt.glass && !strings.HasSuffix(target.URL, "/hidden") {
					t.Errorf("%+v", target)
				}
			}
			t.Log(rep.Summary())
		})
	}
}

// TestRecipes: each edge has one, and each says what it is about.
func TestRecipes(t *testing.T) {
	covered := map[decision.Edge]bool{}
	names := map[string]bool{}
	for i := range recipes {
		r := &recipes[i]
		covered[r.edge] = true
		if names[r.String()] {
			t.Errorf("two recipes are called %s", r)
		}
		names[r.String()] = true
		if r.ask == nil || r.shows == nil || !strings.HasSuffix(r.rule, ".") {
			t.Errorf("%s is not whole", r)
		}
		if section := r.sectionOf(); !strings.HasPrefix(section, "RFC ") {
			t.Errorf("%s has the section %q", r, section)
		}
	}
	for _, e := range decision.Edges() {
		if !covered[e] {
			t.Errorf("%s has no recipe", e)
		}
	}
}

// TestReadsOnly: without leave no method is sent that changes anything, even
// if all of them are allowed, and what would take one is told.
func TestReadsOnly(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	sent := map[string]bool{}
	addresses := serve(t, false, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			sent[r.Method] = true
			mu.Unlock()
			h.ServeHTTP(w, r)
		})
	})
	rep := run(t, only(addresses, "page", "document", "new", "query"), false)
	if got := slices.Sorted(maps.Keys(sent)); !slices.Equal(got, []string{"BREW", "GET", "HEAD", "OPTIONS", "TRACE"}) {
		t.Errorf("sent %v", got)
	}
	results := unwalked(rep)
	for _, e := range []string{"P1+", "D3+", "N5-", "K8-", "X5+"} {
		if results[e] != report.NeedsWrites {
			t.Errorf("%s: %s", e, results[e])
		}
	}
	if results["X2+"] != report.Unreached {
		t.Errorf("X2+: %s", results["X2+"])
	}
}

// TestAgain: what was written by one run does not change what the next sees.
func TestAgain(t *testing.T) {
	t.Parallel()
	addresses := only(serve(t, true, nil), "document", "new", "guarded", "queue")
	if first, second := run(t, addresses, true), run(t, addresses, true); !maps.Equal(unwalked(first), unwalked(second)) {
		t.Errorf("%v, then %v", unwalked(first), unwalked(second))
	}
}

func TestUnreachable(t *testing.T) {
	for _, address := range []string{"", "page", "ftp://a/b", "http://", "http://a:b@c/", "http://a/#x", "http://127.0.0.1:1/", "http://a b/"} {
		if rep, err := Probe(t.Context(), []string{address}, Options{}); err == nil {
			t.Errorf("%q: %s", address, rep.Summary())
		}
	}
}

func TestTooManyRequests(t *testing.T) {
	t.Parallel()
	addresses := only(serve(t, false, nil), "page")
	rep, err := Probe(t.Context(), addresses, Options{Requests: 20})
	if err != nil {
		t.Fatal(err)
	}
	if rep.Requests() > 21 { // one of them waits beside the others
		t.Errorf("%d requests", rep.Requests())
	}
	for _, result := range rep.Results() {
		if result.Edge.String() == "K7+" && (result.Verdict != report.Unseen || result.Why != errTooMany.Error()) {
			t.Errorf("%+v", result)
		}
	}
}
