package report

import (
	"encoding/xml"
	"fmt"
	"io"

	"github.com/rhaptos/rhaptos/web/decision"
)

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
