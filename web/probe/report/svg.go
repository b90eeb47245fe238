package report

import (
	"fmt"
	"io"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/decision/diagram"
)

// classes are the edges' classes in a drawing.
var classes = map[Verdict]string{
	Contradicted: "contradicted", Walked: "taken", NoAnswer: "unanswered", Unseen: "unseen", Unreached: "unreached", NeedsWrites: "unwritten",
}

const style = `
.flow .taken{stroke:#2e9e4f;stroke-width:2.5}
.flow .contradicted{stroke:#d62839;stroke-width:4}
.flow .unseen{stroke-dasharray:6 3}
.flow .unanswered{stroke-dasharray:1 4;stroke-width:2.5}
.flow .unreached,.flow .unwritten{opacity:.38}
.flow .unwritten{stroke-dasharray:2 3}
`

// WriteSVG draws the diagram: what was walked is green, what was contradicted
// is red, what cannot be seen is dashed, what was not answered in
// time is dotted, and the rest is faint.
func (r *Report) WriteSVG(w io.Writer) error {
	results := map[decision.Edge]Result{}
	for _, result := range r.Results() {
		results[result.Edge] = result
	}
	table := decision.Table()
	d := diagram.Drawing{
		Table: table, Style: style,
		Class: func(e decision.Edge) string { return classes[results[e].Verdict] },
		Note: func(e decision.Edge) string {
			result := results[e]
			note := fmt.Sprintf("%s %s %s", e, table[e.At].Question, result.Verdict)
			if result.Why != "" {
				note += ": " + result.Why
			}
			return note
		},
	}
	_, err := d.WriteTo(w)
	return err
}
