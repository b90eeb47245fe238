package web

import (
	"bytes"
	"context"
	"errors"
	"html/template"
	"io"
	"net/http"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/decision/diagram"
	"github.com/rhaptos/rhaptos/web/decision/watch"
	"github.com/rhaptos/rhaptos/web/route"
	"github.com/rhaptos/rhaptos/web/theme"
)

const (
	typeSVG     = "image/svg+xml"
	flowAddress = "/-/flow"
)

// The diagram is for everyone; the traffic on it, and the traces of single
// requests, are for operators.

func openFlow(s *site, m route.Match) decision.Resource {
	return &flowDiagram{site: s, svg: m.Format == "svg"}
}

func openFlowStyle(*site, route.Match) decision.Resource {
	style := decision.Bytes("text/css; charset=utf-8", []byte(diagram.Style))
	style.CacheControl = keptAssets
	return static{representations: []decision.Representation{style}}
}

func openFlowTraffic(s *site, m route.Match) decision.Resource {
	return &flowTraffic{forOperators{site: s}, m.Format == "svg"}
}

func openFlowTrace(s *site, m route.Match) decision.Resource {
	return &flowTrace{forOperators: forOperators{site: s}, name: m.Name, svg: m.Format == "svg", json: m.Format == "json"}
}

// forOperators is what only operators may see.
type forOperators struct {
	decision.Defaults
	site *site
}

// Access asks who it is.
func (x forOperators) Access(r *http.Request) (decision.Access, error) {
	if x.site.Operator == nil || x.site.Watch == nil {
		return decision.Access{Hidden: true}, nil
	}
	err := x.site.Operator(r.Context(), r)
	switch {
	case errors.Is(err, ErrUnauthorized):
		return decision.Access{Challenge: challenge}, nil
	case errors.Is(err, ErrForbidden), errors.Is(err, ErrNotFound):
		return decision.Access{Forbidden: true}, nil
	}
	return decision.Access{}, err
}

// drawing is a drawing as a document of its own.
func drawing(d diagram.Drawing, cacheControl string) decision.Representation {
	r := generated(typeSVG, cacheControl, func(_ context.Context, w io.Writer) error {
		_, err := d.WriteTo(w)
		return err
	})
	r.Header = http.Header{"Content-Security-Policy": {drawingSecurityPolicy}}
	return r
}

// inlined is a drawing as a part of a page. All of it is made by us: the texts
// are those of the table, and escaped.
func inlined(d diagram.Drawing) template.HTML {
	d.Inline = true
	var b bytes.Buffer
	d.WriteTo(&b) // into memory, which does not fail
	return template.HTML(b.String())
}

// flowDiagram is "/-/flow".
type flowDiagram struct {
	decision.Defaults
	site *site
	svg  bool
}

// Representations are the page, and the drawing alone.
func (x *flowDiagram) Representations(*http.Request) ([]decision.Representation, error) {
	d := diagram.Drawing{Table: decision.Table()}
	alone := drawing(d, keptAssets)
	alone.Location = flowAddress + ".svg"
	if x.svg {
		return []decision.Representation{alone}, nil
	}
	page := generated(typeHTML, keptAssets, func(_ context.Context, w io.Writer) error {
		view := &theme.FlowView{
			Frame:   theme.Frame{Site: x.site.Site},
			Title:   "How a request is answered",
			Intro:   "Every request to this server walks this diagram. A box leads to the text that it comes from.",
			Links:   []theme.Link{{Text: "the drawing alone (SVG)", URL: flowAddress + ".svg"}, {Text: "the traffic (operators)", URL: flowAddress + "/traffic"}},
			Drawing: inlined(d),
		}
		for _, row := range d.Table {
			view.Rows = append(view.Rows, theme.FlowRow{
				ID: row.ID, Old: row.Old, Question: row.Question, Yes: row.Yes.String(), No: row.No.String(),
				Section: diagram.Section(row.Section), SectionURL: diagram.SectionURL(row.Section),
			})
		}
		return x.site.Theme.Flow(w, view)
	})
	return []decision.Representation{page, alone}, nil
}

// flowTraffic is "/-/flow/traffic".
type flowTraffic struct {
	forOperators
	svg bool
}

const notKept = "private, no-store"

// Representations are the page, and the drawing alone.
func (x *flowTraffic) Representations(*http.Request) ([]decision.Representation, error) {
	d := diagram.Drawing{Table: decision.Table(), Counts: x.site.Watch.Counts()}
	alone := drawing(d, notKept)
	if x.svg {
		return []decision.Representation{alone}, nil
	}
	page := generated(typeHTML, notKept, func(_ context.Context, w io.Writer) error {
		view := &theme.FlowView{
			Frame: theme.Frame{Site: x.site.Site, NoIndex: true, Crumbs: []theme.Link{{Text: "flow", URL: flowAddress}}},
			Title: "What requests have walked",
			Intro: "Since the server was started. A line is thicker with every digit of its count; point at it to read the count. " +
				"What is faint was never walked.",
			Links:   []theme.Link{{Text: "the drawing alone (SVG)", URL: flowAddress + "/traffic.svg"}},
			Drawing: inlined(d),
		}
		for _, r := range x.site.Watch.Last() {
			view.Records = append(view.Records, theme.FlowRecord{
				URL: flowAddress + "/" + r.Name, Time: r.At.UTC().Format("15:04:05.000"),
				Request: r.Method + " " + r.Target, Status: r.Trace.Status, Decisions: len(r.Trace.Steps),
			})
		}
		if !x.site.Watch.Keeps() {
			view.Intro += " The ways of single requests are kept when the server is started with --traces."
		}
		return x.site.Theme.Flow(w, view)
	})
	return []decision.Representation{page, alone}, nil
}

// flowTrace is "/-/flow/TRACE".
type flowTrace struct {
	forOperators
	name      string
	svg, json bool
	record    *watch.Record
}

// State finds the trace.
func (x *flowTrace) State(*http.Request) (decision.State, error) {
	if x.record = x.site.Watch.Find(x.name); x.record == nil {
		return decision.State{Existence: decision.Missing, Reason: "No trace of that name is kept, or not any more."}, nil
	}
	return decision.State{}, nil
}

// Representations are the page, the drawing alone, and the trace as data.
func (x *flowTrace) Representations(*http.Request) ([]decision.Representation, error) {
	trace := x.record.Trace
	d := diagram.Drawing{Table: decision.Table(), Walked: trace.Edges()}
	address := flowAddress + "/" + x.name
	alone := drawing(d, notKept)
	data := generated(typeJSON, notKept, func(_ context.Context, w io.Writer) error { return writeJSON(w, traceData(x.record)) })
	switch {
	case x.svg:
		return []decision.Representation{alone}, nil
	case x.json:
		return []decision.Representation{data}, nil
	}
	page := generated(typeHTML, notKept, func(_ context.Context, w io.Writer) error {
		return x.site.Theme.Flow(w, &theme.FlowView{
			Frame: theme.Frame{Site: x.site.Site, NoIndex: true, Crumbs: []theme.Link{{Text: "flow", URL: flowAddress}, {Text: "traffic", URL: flowAddress + "/traffic"}},
				Alternates: jsonAlternate(address + ".json")},
			Title:   x.record.Method + " " + x.record.Target + ": " + decision.Node(trace.Status).String(),
			Links:   []theme.Link{{Text: "the drawing alone (SVG)", URL: address + ".svg"}},
			Drawing: inlined(d),
			Steps:   flowSteps(trace),
		})
	})
	return []decision.Representation{page, alone, data}, nil
}

// traceJSON is a trace as data.
type traceJSON struct {
	Method string     `json:"method"`
	Target string     `json:"target"`
	Status int        `json:"status"`
	Path   string     `json:"path"`
	Steps  []stepJSON `json:"steps"`
}

type stepJSON struct {
	Decision string `json:"decision"`
	Answer   bool   `json:"answer"`
	Fact     string `json:"fact,omitempty"`
	Section  string `json:"section"`
}

func traceData(r *watch.Record) traceJSON {
	table := decision.Table()
	data := traceJSON{Method: r.Method, Target: r.Target, Status: r.Trace.Status, Path: r.Trace.String()}
	for i, s := range r.Trace.Steps {
		step := stepJSON{Decision: s.Decision.String(), Answer: s.Answer, Section: diagram.Section(table[s.Decision].Section)}
		if i < len(r.Trace.Facts) {
			step.Fact = r.Trace.Facts[i]
		}
		data.Steps = append(data.Steps, step)
	}
	return data
}

// flowSteps tells of each step what lay the other way.
func flowSteps(t *decision.Trace) []theme.FlowStep {
	table := decision.Table()
	var steps []theme.FlowStep
	for _, e := range t.Edges() {
		row, other := table[e.At], decision.Edge{At: e.At, Yes: !e.Yes}
		step := theme.FlowStep{
			ID: row.ID, Question: row.Question, Answer: "no",
			Section: diagram.Section(row.Section), SectionURL: diagram.SectionURL(row.Section),
			Other:  decision.Advice(other.At, other.Yes, t.Known),
			Status: statusOf(e.To()), OtherStatus: statusOf(other.To()),
		}
		if e.Yes {
			step.Answer = "yes"
		}
		if other.To() == decision.Never {
			step.Other = ""
		}
		steps = append(steps, step)
	}
	for i, fact := range t.Facts {
		steps[i].Fact = fact
	}
	return steps
}

func statusOf(to decision.Node) string {
	if _, ends := to.Status(); ends {
		return to.String()
	}
	return ""
}
