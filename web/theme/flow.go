package theme

import (
	"html/template"
	"io"
)

// FlowView shows the diagram of HTTP decisions, and a request's way or a
// server's traffic on it.
type FlowView struct {
	Frame
	Title   string
	Intro   string        // a sentence below the title; may be empty
	Links   []Link        // to other views of the diagram
	Drawing template.HTML // the SVG, without styles of its own
	Steps   []FlowStep    // of one request
	Records []FlowRecord  // of the last requests
	Rows    []FlowRow     // of the table
}

// FlowStep is one decision that a request met.
type FlowStep struct {
	ID, Question, Answer, Fact string
	Status                     string // that the answer ended in; empty if it went on
	Section, SectionURL        string
	Other                      string // what leads the other way; may be empty
	OtherStatus                string // that the other answer ends in; may be empty
}

// FlowRecord is a request whose way can be looked at.
type FlowRecord struct {
	URL, Time, Request string
	Status, Decisions  int
}

// FlowRow is a row of the table.
type FlowRow struct {
	ID, Old, Question, Yes, No, Section, SectionURL string
}

// Flow writes the diagram's page.
func (t *Theme) Flow(w io.Writer, v *FlowView) error {
	v.Style = FlowStyle
	return t.show(w, "flow", v.Title, v.Frame, v)
}

// FlowStyle is where the diagram's stylesheet is.
const FlowStyle = "/-/flow.css"
