package collection

import "github.com/rhaptos/rhaptos/publish/cnxml"

// Faults adds what is wrong with the file by itself. How grave a fault is, the
// table of rules says.
func (r *Report) Faults(faults []cnxml.Fault) {
	for _, f := range faults {
		rule, ok := RuleOf(f.Rule)
		if !ok { // a rule that nobody described is no reason to let a book pass
			rule.Severity = Error
		}
		r.Add(Problem{Rule: f.Rule, Severity: rule.Severity, Message: f.Message, Line: f.Pos.Line, Column: f.Pos.Column,
			EndLine: f.End.Line, EndColumn: f.End.Column, Replacement: f.Replacement})
	}
}
