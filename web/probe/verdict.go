package probe

import "github.com/rhaptos/rhaptos/web/decision"

// Verdict is what came of an attempt to walk an edge.
type Verdict string

// The verdicts, from the one that weighs most.
const (
	Contradicted Verdict = "contradicted"       // an answer breaks a rule
	Walked       Verdict = "walked"             // an answer shows that the edge was taken
	Unseen       Verdict = "not observable"     // the answers are right and do not show it
	Unreached    Verdict = "not reached"        // no target is such that a request could take it
	NeedsWrites  Verdict = "not without writes" // it takes a method that was not permitted
)

// weight orders the verdicts of an edge's findings.
func (v Verdict) weight() int {
	switch v {
	case Contradicted:
		return 4
	case Walked:
		return 3
	case Unseen:
		return 2
	case NeedsWrites:
		return 1
	}
	return 0
}

// Finding is what came of one recipe at one target.
type Finding struct {
	Recipe  string  // the edge, and what is particular about the request
	URL     string  // the target
	Verdict Verdict // of this attempt
	Why     string  // what was wrong, or why nothing was seen; empty if Walked
	Rule    string  // what a right answer follows
	Level   Level   // of the rule
	Section string  // where it stands
	Way     string  // that the server told; empty if it told none
	Curl    string  // a command that sends the request again; empty if none was sent
	Others  int     // how many further targets the same contradiction was found at
}

// Result is what came of an edge.
type Result struct {
	Edge     decision.Edge
	Verdict  Verdict
	Why      string // of a verdict other than Walked
	Findings []Finding
}

// Contradictions are the findings that break a rule.
func (r *Result) Contradictions() []Finding {
	var list []Finding
	for _, f := range r.Findings {
		if f.Verdict == Contradicted {
			list = append(list, f)
		}
	}
	return list
}
