package report

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"

	"github.com/rhaptos/rhaptos/web/decision"
)

// Target is an address, and what was learned of it.
type Target struct {
	URL       string
	Server    string // the field Server; may be empty
	Status    int    // of a plain GET
	Allow     string // the methods; empty if unknown
	ETag      string // if it is the same each time
	Modified  string // Last-Modified, if it is the same each time
	Discloses bool   // whether responses have a Decision-Path
	Requests  int    // how many were sent
}

// Report has a result for each edge of the decision table.
type Report struct {
	Targets []Target
	results map[decision.Edge]*Result
	facts   decision.Facts // of the first target
}

// New makes a report in which no edge was reached.
func New() *Report {
	r := &Report{results: map[decision.Edge]*Result{}}
	for _, e := range decision.Edges() {
		r.results[e] = &Result{Edge: e, Verdict: Unreached}
	}
	return r
}

// Results returns those of all edges, in the order of the table.
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

// Contradictions returns the findings of all edges that break a rule.
func (r *Report) Contradictions() []Finding {
	var list []Finding
	for _, result := range r.Results() {
		list = append(list, result.Contradictions()...)
	}
	return list
}

// Count returns how many edges have the verdict.
func (r *Report) Count(v Verdict) int {
	n := 0
	for _, result := range r.results {
		if result.Verdict == v {
			n++
		}
	}
	return n
}

// Requests returns how many were sent.
func (r *Report) Requests() int {
	n := 0
	for _, t := range r.Targets {
		n += t.Requests
	}
	return n
}

// AddTarget adds a target that was probed. Advice about edges that were not
// reached is given with the facts of the first.
func (r *Report) AddTarget(t Target, facts decision.Facts) {
	if len(r.Targets) == 0 {
		r.facts = facts
	}
	r.Targets = append(r.Targets, t)
}

// Record keeps a finding: every contradiction, but once for all targets, and of
// the others the first with the weight of the result. If the finding is kept,
// curl makes its command; nil for a finding without a request.
func (r *Report) Record(e decision.Edge, f Finding, curl func() string) {
	f.Level = cmp.Or(f.Level, Must)
	result := r.results[e]
	for i := range result.Findings {
		if old := &result.Findings[i]; f.Verdict == Contradicted && old.Verdict == Contradicted && old.Recipe == f.Recipe && old.Why == f.Why {
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
		if curl != nil {
			f.Curl = curl()
		}
		result.Findings = append(result.Findings, f)
	}
}

// Credit records as walked the edges of a path that a server has disclosed, with
// the finding that led to it.
func (r *Report) Credit(path map[decision.Edge]bool, f Finding) {
	f.Verdict, f.Why, f.Level, f.Path = Walked, "", Must, ""
	for e := range path {
		if result := r.results[e]; result.Verdict.weight() < Walked.weight() {
			r.Record(e, f, nil)
		}
	}
}

// Summary returns the counts in one line.
func (r *Report) Summary() string {
	return fmt.Sprintf("%d edges: %d walked, %d contradicted, %d no answer in time, %d not observable, %d not reached, %d not without writes; %d requests to %d addresses",
		len(r.results), r.Count(Walked), r.Count(Contradicted), r.Count(NoAnswer), r.Count(Unseen), r.Count(Unreached), r.Count(NeedsWrites), r.Requests(), len(r.Targets))
}

// endOf names what an edge leads to.
func endOf(e decision.Edge) string {
	if status, ends := e.To().Status(); ends {
		return fmt.Sprintf("%d %s", status, http.StatusText(status))
	}
	return e.To().String()
}
