package probe

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/rhaptos/rhaptos/web/decision"
)

// Target is an address, and what was learned of it.
type Target struct {
	URL      string
	Server   string // as its Server field says; empty if it says nothing
	Status   int    // of a plain GET
	Allow    string // the methods; empty if it does not say
	ETag     string // that stays the same
	Modified string // Last-Modified
	Told     bool   // whether answers tell their way
	Requests int    // how many were sent
}

// Report is what came of all edges.
type Report struct {
	Targets []Target
	results map[decision.Edge]*Result
	facts   decision.Facts // of the first target
}

func newReport() *Report {
	r := &Report{results: map[decision.Edge]*Result{}}
	for _, e := range decision.Edges() {
		r.results[e] = &Result{Edge: e, Verdict: Unreached}
	}
	return r
}

// Results are those of all edges, in the order of the table.
func (r *Report) Results() []Result {
	var list []Result
	for _, e := range decision.Edges() {
		result := *r.results[e]
		if result.Verdict == Unreached {
			result.Why = decision.Advice(e.At, e.Yes, r.facts) + " (" + result.Why + ")"
		}
		list = append(list, result)
	}
	return list
}

// Contradictions are those of all edges.
func (r *Report) Contradictions() []Finding {
	var list []Finding
	for _, result := range r.Results() {
		list = append(list, result.Contradictions()...)
	}
	return list
}

// Count says how many edges have the verdict.
func (r *Report) Count(v Verdict) int {
	n := 0
	for _, result := range r.results {
		if result.Verdict == v {
			n++
		}
	}
	return n
}

// Requests is how many were sent.
func (r *Report) Requests() int {
	n := 0
	for _, t := range r.Targets {
		n += t.Requests
	}
	return n
}

func (r *Report) add(k *known) {
	facts := k.facts()
	if len(r.Targets) == 0 {
		r.facts = facts
	}
	r.Targets = append(r.Targets, Target{
		URL: k.url.String(), Server: k.plain.get("Server"), Status: k.plain.Status, Allow: facts.Allow,
		ETag: facts.ETag, Modified: facts.Modified, Told: k.plain.get("Decision-Path") != "", Requests: k.sent,
	})
}

// find keeps what came of a recipe: every contradiction, but once for all
// targets, and of the others the first that has the weight of the result.
func (r *Report) find(k *known, by *recipe, request *Request, a *Answer, v Verdict, why string) {
	f := Finding{
		Recipe: by.String(), URL: k.url.String(), Verdict: v, Why: why,
		Rule: by.rule, Level: by.level, Section: by.sectionOf(),
	}
	if f.Level == "" {
		f.Level = Must
	}
	if a != nil {
		f.Way = a.get("Decision-Path")
	}
	r.keep(by.edge, f, request)
}

func (r *Report) keep(e decision.Edge, f Finding, request *Request) {
	result := r.results[e]
	for i := range result.Findings {
		if old := &result.Findings[i]; f.Verdict == Contradicted && old.Recipe == f.Recipe && old.Why == f.Why {
			old.Others++
			return
		}
	}
	heavier := len(result.Findings) == 0 || f.Verdict.weight() > result.Verdict.weight()
	if heavier {
		result.Verdict, result.Why = f.Verdict, f.Why
		result.Findings = slices.DeleteFunc(result.Findings, func(old Finding) bool {
			return old.Verdict != Contradicted && old.Verdict != Walked
		})
	}
	if heavier || f.Verdict == Contradicted {
		if request != nil {
			f.Curl = request.Curl()
		}
		result.Findings = append(result.Findings, f)
	}
}

// credit notes the edges of a way that the server told as walked.
func (r *Report) credit(k *known, by *recipe, way map[decision.Edge]bool) {
	for e := range way {
		if result := r.results[e]; result.Verdict.weight() < Walked.weight() {
			r.keep(e, Finding{
				Recipe: by.String(), URL: k.url.String(), Verdict: Walked, Rule: by.rule, Level: Must, Section: by.sectionOf(),
			}, nil)
		}
	}
}

// summary is the report in a line.
func (r *Report) summary() string {
	return fmt.Sprintf("%d edges: %d walked, %d contradicted, %d not observable, %d not reached, %d not without writes; %d requests to %d addresses",
		len(r.results), r.Count(Walked), r.Count(Contradicted), r.Count(Unseen), r.Count(Unreached), r.Count(NeedsWrites), r.Requests(), len(r.Targets))
}

// endOf is what an edge leads to, in words.
func endOf(e decision.Edge) string {
	if status, ends := e.To().Status(); ends {
		return fmt.Sprintf("%d %s", status, http.StatusText(status))
	}
	return e.To().String()
}
