package report

import "github.com/rhaptos/rhaptos/web/decision"

// Verdict says what came of an attempt to walk an edge.
type Verdict string

// The verdicts, from the one that weighs most.
const (
	Contradicted Verdict = "contradicted"       // a response breaks a rule
	Walked       Verdict = "walked"             // a response shows that the edge was taken
	NoAnswer     Verdict = "no answer in time"  // the server, or the machine, was too slow to tell
	Unseen       Verdict = "not observable"     // the responses are right and do not show it
	Unreached    Verdict = "not reached"        // no target is in a state in which a request could take it
	NeedsWrites  Verdict = "not without writes" // it takes a method that was not permitted
)

// weight orders the verdicts of an edge's findings.
func (v Verdict) weight() int {
	switch v {
	case Contradicted:
		return 5
	case Walked:
		return 4
	case NoAnswer:
		return 3
	case Unseen:
		return 2
	case NeedsWrites:
		return 1
	}
	return 0
}

// Level is the requirement level of a rule (RFC 2119).
type Level string

// The levels.
const (
	Must   Level = "must"
	Should Level = "should"
)

// Finding records what came of one recipe at one target.
type Finding struct {
	Recipe  string  // the edge, and what is particular about the request
	URL     string  // the target
	Verdict Verdict // of this attempt
	Why     string  // what was wrong, or why nothing was seen; empty if Walked
	Rule    string  // that the response must follow
	Level   Level   // of the rule; Must if empty
	Section string  // of the RFC that has the rule
	Path    string  // of Decision-Path; empty if there is none
	Curl    string  // a command that sends the request again; empty if none was sent
	Others  int     // at how many further targets the same contradiction was found
}

// Result sums up the findings of an edge.
type Result struct {
	Edge     decision.Edge
	Verdict  Verdict
	Why      string // of a verdict other than Walked
	Findings []Finding
}

// Contradictions returns the findings that break a rule.
func (r *Result) Contradictions() []Finding {
	var list []Finding
	for _, f := range r.Findings {
		if f.Verdict == Contradicted {
			list = append(list, f)
		}
	}
	return list
}
