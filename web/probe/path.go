package probe

import (
	"fmt"
	"strings"

	"github.com/rhaptos/rhaptos/web/decision"
)

// parsePath reads the value of Decision-Path and returns its edges. The error is
// that it is not a path through the table that ends with the status. An empty
// value has no edges.
func parsePath(value string, status int) (map[decision.Edge]bool, error) {
	if value == "" {
		return nil, nil
	}
	table := decision.Table()
	ids := map[string]decision.Node{}
	for i, d := range table {
		ids[d.ID] = decision.Node(i)
	}
	steps := strings.Fields(value)
	path := map[decision.Edge]bool{}
	at := decision.Node(0)
	for i, step := range steps[:len(steps)-1] {
		id, answer := step[:len(step)-1], step[len(step)-1]
		found, known := ids[id]
		fault := known && found == decision.E2 // a resource can fail at any step
		switch {
		case !known || answer != '+' && answer != '-':
			return nil, fmt.Errorf("step %d, %s, is none of the table", i+1, step)
		case found != at && !fault:
			return nil, fmt.Errorf("step %d is %s, and %s was due", i+1, step, at)
		}
		edge := decision.Edge{At: found, Yes: answer == '+'}
		path[edge] = true
		at = edge.To()
	}
	if end := steps[len(steps)-1]; at.String() != end || end != fmt.Sprint(status) {
		return nil, fmt.Errorf("it ends with %s, the last step leads to %s, and the status is %d", end, at, status)
	}
	return path, nil
}
