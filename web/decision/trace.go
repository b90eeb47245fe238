package decision

import (
	"fmt"
	"slices"
	"strings"
)

// Step is one decision on the path of a request.
type Step struct {
	Decision Node
	Answer   bool
}

// Trace records the path of one request through the table.
type Trace struct {
	Name   string // as [Handler.Name] gave it; empty if it gave none
	Steps  []Step
	Facts  []string // of each step, what was asked and what was known; nil unless [Handler.Facts] wants them
	Status int      // of the answer; 0 if the connection was broken off before it
	Fault  error    // an error of the server; nil if there was none
	Known  Facts    // of the resource; only in a trace with a name
}

// String returns the trace on one line: each id with + for yes and - for no,
// and the status at the end.
func (t *Trace) String() string {
	var b strings.Builder
	for _, s := range t.Steps {
		b.WriteString(s.Decision.String())
		if s.Answer {
			b.WriteString("+ ")
		} else {
			b.WriteString("- ")
		}
	}
	b.WriteString(Node(t.Status).String())
	return b.String()
}

// Clone returns a copy that may be kept.
func (t *Trace) Clone() *Trace {
	c := *t
	c.Steps, c.Facts = slices.Clone(t.Steps), slices.Clone(t.Facts)
	return &c
}

// walk asks from a decision on until a node is no decision, and returns that
// node, or the error of the resource.
func (e *exchange) walk(at Node) (Node, error) {
	for at < decisions {
		c := &crossings[at]
		e.at = at
		answer := c.ask(e)
		if e.err != nil {
			return 0, fmt.Errorf("decision %s: %w", at, e.err)
		}
		e.trace.Steps = append(e.trace.Steps, Step{at, answer})
		if e.handler.Facts {
			e.trace.Facts = append(e.trace.Facts, e.fact(&table[at]))
		}
		if at = c.no; answer {
			at = c.yes
		}
	}
	return at, nil
}

// crossing is the part of a row of the table that walking needs.
type crossing struct {
	ask     func(*exchange) bool
	yes, no Node
}

// crossings have the rows of the table close together in memory: a walk visits
// half of them.
var crossings = func() (all [decisions]crossing) {
	for at, d := range table {
		all[at] = crossing{d.ask, d.Yes, d.No}
	}
	return all
}()
