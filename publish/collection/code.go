package collection

import "github.com/rhaptos/rhaptos/publish/analysis"

// CodePlace codes a place in a file.
func CodePlace(c *analysis.Coder, p *Place) {
	for _, n := range []*int{&p.Pos.Line, &p.Pos.Column, &p.End.Line, &p.End.Column} {
		c.Int(n)
	}
}

// CodeProblems codes problems without their paths: an analysis is about
// content, under whatever path it is found.
func CodeProblems(c *analysis.Coder, list *[]Problem) {
	analysis.List(c, list, func(p *Problem) {
		severity := int(p.Severity)
		for _, n := range []*int{&p.Line, &p.Column, &p.EndLine, &p.EndColumn, &severity} {
			c.Int(n)
		}
		for _, s := range []*string{&p.Rule, &p.Message, &p.Replacement} {
			c.Text(s)
		}
		if p.Severity = Severity(severity); p.Severity > Error {
			c.Fail()
		}
	})
}
