package decision

// Edge is one of the two ways out of a decision.
type Edge struct {
	At  Node // the decision
	Yes bool
}

// To returns the node that the edge leads to.
func (e Edge) To() Node {
	if e.Yes {
		return table[e.At].Yes
	}
	return table[e.At].No
}

// String returns the id of the decision with + for yes and - for no.
func (e Edge) String() string {
	if e.Yes {
		return e.At.String() + "+"
	}
	return e.At.String() + "-"
}

// Edges returns all edges in the order of the table, except those that are
// never walked.
func Edges() []Edge {
	var edges []Edge
	for at := range decisions {
		for _, yes := range []bool{true, false} {
			if e := (Edge{at, yes}); e.To() != Never {
				edges = append(edges, e)
			}
		}
	}
	return edges
}

// Edges returns the edges that the steps of the trace took.
func (t *Trace) Edges() []Edge {
	var edges []Edge
	for _, s := range t.Steps {
		edges = append(edges, Edge{s.Decision, s.Answer})
	}
	return edges
}
