package report

import (
	"encoding/json"
	"io"

	"github.com/rhaptos/rhaptos/web/decision"
)

type jsonReport struct {
	Targets []jsonTarget    `json:"targets"`
	Counts  map[Verdict]int `json:"counts"`
	Edges   []jsonEdge      `json:"edges"`
}

type jsonTarget struct {
	URL       string `json:"url"`
	Server    string `json:"server,omitempty"`
	Status    int    `json:"status"`
	Allow     string `json:"allow,omitempty"`
	ETag      string `json:"etag,omitempty"`
	Modified  string `json:"lastModified,omitempty"`
	Discloses bool   `json:"tellsWays"`
	Requests  int    `json:"requests"`
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
	Path    string  `json:"way,omitempty"`
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
	for _, v := range []Verdict{Contradicted, Walked, NoAnswer, Unseen, Unreached, NeedsWrites} {
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
