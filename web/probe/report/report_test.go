package report

import (
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/web/decision"
)

// TestRecord: the verdict of an edge is the weightiest of its findings, whatever
// their order, and a contradiction found at several targets is one.
func TestRecord(t *testing.T) {
	edge := decision.Edge{At: decision.K7, Yes: true}
	order := []Verdict{Unreached, NeedsWrites, Unseen, NoAnswer, Walked, Contradicted}
	for i, lighter := range order {
		for _, weightier := range order[i+1:] {
			for _, both := range [][]Verdict{{lighter, weightier}, {weightier, lighter}} {
				r := New()
				for _, v := range both {
					r.Record(edge, Finding{Recipe: "K7+", Verdict: v}, nil)
				}
				if r.Count(weightier) < 1 || weightier != Unreached && r.results[edge].Verdict != weightier {
					t.Errorf("%q: %s", both, r.results[edge].Verdict)
				}
			}
		}
	}

	r := New()
	for range 3 {
		r.Record(edge, Finding{Recipe: "K7+ weak", Verdict: Contradicted, Why: "the answer is 200 OK"}, func() string { return "curl" })
	}
	r.Record(edge, Finding{Recipe: "K7+ weak", Verdict: Contradicted, Why: "the answer is 500 Internal Server Error", Level: Should}, nil)
	found := r.Contradictions()
	if len(found) != 2 || found[0].Others != 2 || found[0].Curl != "curl" || found[0].Level != Must || found[1].Level != Should {
		t.Errorf("%+v", found)
	}
	if s := r.Summary(); !strings.Contains(s, " 1 contradicted, 0 no answer in time, ") {
		t.Error(s)
	}
}

// TestCredit: a path that a server discloses walks its edges, and takes nothing
// away from what was found before.
func TestCredit(t *testing.T) {
	walked, wrong := decision.Edge{At: decision.X1, Yes: true}, decision.Edge{At: decision.C0, Yes: true}
	r := New()
	r.Record(wrong, Finding{Recipe: "C0+", Verdict: Contradicted, Why: "no"}, nil)
	r.Credit(map[decision.Edge]bool{walked: true, wrong: true}, Finding{Recipe: "K7+", Verdict: Unseen, Why: "x"})
	if r.results[walked].Verdict != Walked || r.results[wrong].Verdict != Contradicted || r.results[walked].Findings[0].Why != "" {
		t.Errorf("%+v, %+v", r.results[walked], r.results[wrong])
	}
}
