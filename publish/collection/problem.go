package collection

import (
	"cmp"
	"fmt"
	"slices"
)

// Severity says whether a problem stops a publication.
type Severity uint8

// An Error keeps a book from being published; a Warning and a Note do not.
const (
	Note Severity = iota
	Warning
	Error
)

func (s Severity) String() string { return [...]string{"note", "warning", "error"}[s] }

// Problem is something wrong in a file of a library.
type Problem struct {
	Path     string // relative to the library's root
	Line     int    // from 1; 0 when the problem is about the file as a whole
	Column   int    // from 1, in characters
	Rule     string // stable id, for example "resource-missing"
	Severity Severity
	Message  string // one sentence: what is wrong and how to fix it

	// EndLine and EndColumn are just behind the last character that the problem
	// is about, as a range's end is in SARIF; 0 when only its beginning is known.
	EndLine   int
	EndColumn int
	// Replacement is the source text to put in the place of Line:Column up to
	// EndLine:EndColumn, escaped as the file needs it; empty if nothing is
	// suggested. It is set only together with an end.
	Replacement string
}

// String is the problem in the form that compilers use: path:line:column: message.
func (p Problem) String() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.Path, p.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.Path, p.Line, p.Column, p.Message)
}

// Problem is a problem at the place, in a file that is still to be named.
func (at Place) Problem(severity Severity, rule, format string, args ...any) Problem {
	return Problem{Line: at.Pos.Line, Column: at.Pos.Column, EndLine: at.End.Line, EndColumn: at.End.Column,
		Rule: rule, Severity: severity, Message: fmt.Sprintf(format, args...)}
}

// SortProblems orders problems by path, line, column and rule.
func SortProblems(ps []Problem) {
	slices.SortFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
}

// HasErrors reports whether one of the problems keeps a book from being published.
func HasErrors(ps []Problem) bool {
	return slices.ContainsFunc(ps, func(p Problem) bool { return p.Severity == Error })
}
