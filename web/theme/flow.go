package theme

import (
	"html/template"
	"io"
)

// FlowView shows the diagram of HTTP decisions, with the path of a request or the
// traffic of the server on it.
type FlowView struct {
	Frame
	Title   string
	Intro   string        // a sentence below the title; may be empty
	Links   []Link        // to other views of the diagram
	Drawing template.HTML // the SVG, without styles of its own
	Steps   []FlowStep    // of one request
	Records []FlowRecord  // of the latest requests
	Rows    []FlowRow     // of the table
}

// FlowStep is a decision on the path of a request.
type FlowStep struct {
	ID, Question, Answer, Fact string
	Status                     string // that the answer led to; empty if the path goes on
	Section, SectionURL        string
	Other                      string // how to get the other answer; may be empty
	OtherStatus                string // that the other answer leads to; may be empty
}

// FlowRecord is a request whose trace is kept.
type FlowRecord struct {
	URL, Time, Request string
	Status, Decisions  int
}

// FlowRow is a row of the table.
type FlowRow struct {
	ID, Old, Question, Yes, No, Section, SectionURL string
}

// Flow writes the page of the diagram.
func (t *Theme) Flow(w io.Writer, v *FlowView) error {
	v.Style = FlowStyle
	return t.show(w, "flow", v.Title, v.Frame, v)
}

// FlowStyle is the address of the diagram's style sheet.
const FlowStyle = "/-/flow.css"
