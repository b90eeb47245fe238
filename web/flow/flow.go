package flow

import (
	"bytes"
	"context"
	"html/template"
	"io"
	"net/http"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/decision/diagram"
	"github.com/rhaptos/rhaptos/web/decision/watch"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
	"github.com/rhaptos/rhaptos/web/theme"
)

// Address is where the diagram is; the rest is below it.
const Address = "/-/flow"

// TypeSVG is the media type of drawings.
const TypeSVG = "image/svg+xml"

// cached lets caches keep the diagram for five minutes: a new version of the server
// may change it.
const cached = "public, max-age=300"

// Config holds what the resources show.
type Config struct {
	Site  *resource.Site
	Watch *watch.Watch // nil: nothing is kept

	// Operator checks that an operator of the server sent the request. It
	// returns an error that matches resource.ErrUnauthorized or
	// resource.ErrForbidden if not. Nil: nobody is an operator.
	Operator func(context.Context, *http.Request) error
}

// The diagram is for everyone; the traffic on it, and the traces of single
// requests, are for operators.

// Diagram opens "/-/flow".
func (c Config) Diagram(m route.Match) decision.Resource {
	return &flowDiagram{Config: c, svg: m.Format == "svg"}
}

// Style opens the style sheet of the drawing.
func (c Config) Style(route.Match) decision.Resource {
	style := decision.Bytes("text/css; charset=utf-8", []byte(diagram.Style))
	style.CacheControl = cached
	return resource.Static{All: []decision.Representation{style}}
}

// Traffic opens "/-/flow/traffic".
func (c Config) Traffic(m route.Match) decision.Resource {
	return &flowTraffic{forOperators{Config: c}, m.Format == "svg"}
}

// Trace opens "/-/flow/TRACE".
func (c Config) Trace(m route.Match) decision.Resource {
	return &flowTrace{forOperators: forOperators{Config: c}, name: m.Name, svg: m.Format == "svg", json: m.Format == "json"}
}

// forOperators is a resource for operators, to be embedded.
type forOperators struct {
	decision.Defaults
	Config
}

// Access checks that an operator sent the request.
func (x forOperators) Access(r *http.Request) (decision.Access, error) {
	if x.Operator == nil || x.Watch == nil {
		return decision.Access{Hidden: true}, nil
	}
	return resource.AccessOf(x.Operator(r.Context(), r))
}

// drawing returns a drawing as a document of its own.
func drawing(d diagram.Drawing, cacheControl string) decision.Representation {
	r := resource.Generated(TypeSVG, cacheControl, func(_ context.Context, w io.Writer) error {
		_, err := d.WriteTo(w)
		return err
	})
	r.Header = http.Header{"Content-Security-Policy": {resource.DrawingPolicy}}
	return r
}

// inlined returns a drawing as a part of a page. It is safe: its texts are those of
// the table, and escaped.
func inlined(d diagram.Drawing) template.HTML {
	d.Inline = true
	var b bytes.Buffer
	d.WriteTo(&b) // cannot fail
	return template.HTML(b.String())
}

// flowDiagram is "/-/flow".
type flowDiagram struct {
	decision.Defaults
	Config
	svg bool
}

// Representations returns the page and the drawing alone.
func (x *flowDiagram) Representations(*http.Request) ([]decision.Representation, error) {
	d := diagram.Drawing{Table: decision.Table()}
	alone := drawing(d, cached)
	alone.Location = Address + ".svg"
	if x.svg {
		return []decision.Representation{alone}, nil
	}
	page := resource.Generated(resource.TypeHTML, cached, func(_ context.Context, w io.Writer) error {
		view := &theme.FlowView{
			Frame:   theme.Frame{Site: x.Site.Name},
			Title:   "How requests are answered",
			Intro:   "Every request to this server follows a path through this diagram. Each box links to the section of the RFC that it implements.",
			Links:   []theme.Link{{Text: "Drawing only (SVG)", URL: Address + ".svg"}, {Text: "Traffic (operators)", URL: Address + "/traffic"}},
			Drawing: inlined(d),
		}
		for _, row := range d.Table {
			view.Rows = append(view.Rows, theme.FlowRow{
				ID: row.ID, Old: row.Old, Question: row.Question, Yes: row.Yes.String(), No: row.No.String(),
				Section: diagram.Section(row.Section), SectionURL: diagram.SectionURL(row.Section),
			})
		}
		return x.Site.Theme.Flow(w, view)
	})
	return []decision.Representation{page, alone}, nil
}

// flowTraffic is "/-/flow/traffic".
type flowTraffic struct {
	forOperators
	svg bool
}

const notKept = "private, no-store"

// Representations returns the page and the drawing alone.
func (x *flowTraffic) Representations(*http.Request) ([]decision.Representation, error) {
	d := diagram.Drawing{Table: decision.Table(), Counts: x.Watch.Counts()}
	alone := drawing(d, notKept)
	if x.svg {
		return []decision.Representation{alone}, nil
	}
	page := resource.Generated(resource.TypeHTML, notKept, func(_ context.Context, w io.Writer) error {
		view := &theme.FlowView{
			Frame: theme.Frame{Site: x.Site.Name, NoIndex: true, Crumbs: []theme.Link{{Text: "flow", URL: Address}}},
			Title: "Request traffic",
			Intro: "Counts since the server started. The more often an edge was taken, the thicker it is drawn; point at it to read the count. " +
				"Edges that were never taken are faint.",
			Links:   []theme.Link{{Text: "Drawing only (SVG)", URL: Address + "/traffic.svg"}},
			Drawing: inlined(d),
		}
		for _, r := range x.Watch.Last() {
			view.Records = append(view.Records, theme.FlowRecord{
				URL: Address + "/" + r.Name, Time: r.At.UTC().Format("15:04:05.000"),
				Request: r.Method + " " + r.Target, Status: r.Trace.Status, Decisions: len(r.Trace.Steps),
			})
		}
		if !x.Watch.Keeps() {
			view.Intro += " To keep traces of single requests, start the server with --traces."
		}
		return x.Site.Theme.Flow(w, view)
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
	if x.record = x.Watch.Find(x.name); x.record == nil {
		return decision.State{Existence: decision.Missing, Reason: "There is no trace of this name, or it is no longer kept."}, nil
	}
	return decision.State{}, nil
}

// Representations returns the page, the drawing alone, and the trace as JSON.
func (x *flowTrace) Representations(*http.Request) ([]decision.Representation, error) {
	trace := x.record.Trace
	d := diagram.Drawing{Table: decision.Table(), Walked: trace.Edges()}
	address := Address + "/" + x.name
	alone := drawing(d, notKept)
	data := resource.Generated(resource.TypeJSON, notKept, func(_ context.Context, w io.Writer) error { return resource.WriteJSON(w, traceData(x.record)) })
	switch {
	case x.svg:
		return []decision.Representation{alone}, nil
	case x.json:
		return []decision.Representation{data}, nil
	}
	page := resource.Generated(resource.TypeHTML, notKept, func(_ context.Context, w io.Writer) error {
		return x.Site.Theme.Flow(w, &theme.FlowView{
			Frame: theme.Frame{Site: x.Site.Name, NoIndex: true, Crumbs: []theme.Link{{Text: "flow", URL: Address}, {Text: "traffic", URL: Address + "/traffic"}},
				Alternates: resource.JSONAlternate(address + ".json")},
			Title:   x.record.Method + " " + x.record.Target + ": " + decision.Node(trace.Status).String(),
			Links:   []theme.Link{{Text: "Drawing only (SVG)", URL: address + ".svg"}},
			Drawing: inlined(d),
			Steps:   flowSteps(trace),
		})
	})
	return []decision.Representation{page, alone, data}, nil
}

// TraceJSON is a trace as JSON.
type TraceJSON struct {
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

func traceData(r *watch.Record) TraceJSON {
	table := decision.Table()
	data := TraceJSON{Method: r.Method, Target: r.Target, Status: r.Trace.Status, Path: r.Trace.String()}
	for i, s := range r.Trace.Steps {
		step := stepJSON{Decision: s.Decision.String(), Answer: s.Answer, Section: diagram.Section(table[s.Decision].Section)}
		if i < len(r.Trace.Facts) {
			step.Fact = r.Trace.Facts[i]
		}
		data.Steps = append(data.Steps, step)
	}
	return data
}

// flowSteps explains each step, and what the other answer would have led to.
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
