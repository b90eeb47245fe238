package probe

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/decision/diagram"
)

// Formats are the forms of a report.
var Formats = map[string]func(*Report, io.Writer) error{
	"text":  (*Report).WriteText,
	"json":  (*Report).WriteJSON,
	"junit": (*Report).WriteJUnit,
	"svg":   (*Report).WriteSVG,
}

// WriteText writes the table of the edges, and then what was contradicted.
func (r *Report) WriteText(w io.Writer) error {
	table := decision.Table()
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, result := range r.Results() {
		fmt.Fprintln(t, strings.TrimSuffix(fmt.Sprintf("%s\t%s\t%s\t%s\t%s", result.Edge, result.Verdict, table[result.Edge.At].Name, endOf(result.Edge), result.Why), "\t"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	var b strings.Builder
	for _, f := range r.Contradictions() {
		fmt.Fprintf(&b, "\n%s (%s, %s): %s\n  %s%s: %s\n  %s\n", f.Recipe, f.Level, f.Section, f.Rule, f.URL, f.others(), f.Why, f.Curl)
	}
	fmt.Fprintf(&b, "\n%s\n", r.summary())
	_, err := io.WriteString(w, b.String())
	return err
}

// others is how many further targets it was found at, in words.
func (f *Finding) others() string {
	if f.Others == 0 {
		return ""
	}
	return fmt.Sprintf(" and %d others", f.Others)
}

type jsonReport struct {
	Targets []jsonTarget    `json:"targets"`
	Counts  map[Verdict]int `json:"counts"`
	Edges   []jsonEdge      `json:"edges"`
}

type jsonTarget struct {
	URL      string `json:"url"`
	Server   string `json:"server,omitempty"`
	Status   int    `json:"status"`
	Allow    string `json:"allow,omitempty"`
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"lastModified,omitempty"`
	Told     bool   `json:"tellsWays"`
	Requests int    `json:"requests"`
}

type jsonEdge struct {
	Edge     string        `json:"edge"`
	Decision string        `json:"decision"`
	Question string        `json:"question"`
	Answer   bool          `json:"answer"`
	To       string        `json:"to"`
	Verdict  Verdict       `json:"verdict"`
	Why      string        `json:"why,omitempty"`
	Findings []jsonFinding `json:"findings,omitempty"`
}

type jsonFinding struct {
	Recipe  string  `json:"recipe"`
	URL     string  `json:"url"`
	Verdict Verdict `json:"verdict"`
	Why     string  `json:"why,omitempty"`
	Rule    string  `json:"rule"`
	Level   Level   `json:"level"`
	Section string  `json:"section"`
	Way     string  `json:"way,omitempty"`
	Curl    string  `json:"curl,omitempty"`
	Others  int     `json:"others,omitempty"`
}

// WriteJSON writes everything.
func (r *Report) WriteJSON(w io.Writer) error {
	table := decision.Table()
	out := jsonReport{Counts: map[Verdict]int{}}
	for _, t := range r.Targets {
		out.Targets = append(out.Targets, jsonTarget(t))
	}
	for _, v := range []Verdict{Contradicted, Walked, Unseen, Unreached, NeedsWrites} {
		out.Counts[v] = r.Count(v)
	}
	for _, result := range r.Results() {
		d := table[result.Edge.At]
		e := jsonEdge{
			Edge: result.Edge.String(), Decision: d.Name, Question: d.Question, Answer: result.Edge.Yes,
			To: result.Edge.To().String(), Verdict: result.Verdict, Why: result.Why,
		}
		for _, f := range result.Findings {
			e.Findings = append(e.Findings, jsonFinding(f))
		}
		out.Edges = append(out.Edges, e)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out)
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class    string         `xml:"classname,attr"`
	Name     string         `xml:"name,attr"`
	Failures []junitFailure `xml:"failure"`
	Skipped  *junitSkipped  `xml:"skipped"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

// WriteJUnit writes a test case for each edge, as programs that gather the
// results of tests read it. What was neither walked nor contradicted is skipped.
func (r *Report) WriteJUnit(w io.Writer) error {
	table := decision.Table()
	suite := junitSuite{Name: "HTTP decisions"}
	for _, result := range r.Results() {
		d := table[result.Edge.At]
		c := junitCase{Class: "decision." + d.Stage(), Name: result.Edge.String() + " " + d.Name}
		for _, f := range result.Contradictions() {
			c.Failures = append(c.Failures, junitFailure{f.Why, fmt.Sprintf("%s (%s, %s)\n%s%s\n%s", f.Rule, f.Level, f.Section, f.URL, f.others(), f.Curl)})
		}
		switch result.Verdict {
		case Contradicted:
			suite.Failures++
		case Walked:
		default:
			suite.Skipped++
			c.Skipped = &junitSkipped{string(result.Verdict) + ": " + result.Why}
		}
		suite.Tests++
		suite.Cases = append(suite.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(suite); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// classes are the edges' classes in a drawing.
var classes = map[Verdict]string{
	Contradicted: "contradicted", Walked: "taken", Unseen: "unseen", Unreached: "unreached", NeedsWrites: "unwritten",
}

const style = `
.flow .taken{stroke:#2e9e4f;stroke-width:2.5}
.flow .contradicted{stroke:#d62839;stroke-width:4}
.flow .unseen{stroke-dasharray:6 3}
.flow .unreached,.flow .unwritten{opacity:.38}
.flow .unwritten{stroke-dasharray:2 3}
`

// WriteSVG draws the diagram: what was walked is green, what was contradicted
// is red, what cannot be seen is dashed, and the rest is faint.
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
