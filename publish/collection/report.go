package collection

import (
	"fmt"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// reported limits the problems of one severity that a report lists for a file.
const reported = 500

// Report collects the problems of one file. It lists the first 500 of each
// severity and counts the rest, so that a hostile file cannot fill the memory.
type Report struct {
	path     string
	problems []Problem
	count    [Error + 1]int
}

// NewReport begins a report on the file, whose path is relative to the
// library's root.
func NewReport(path string) *Report { return &Report{path: path} }

// Error adds a problem that keeps the book from being published. A message is
// one sentence without a full stop; authors' words in it go through cnxml.Quote.
func (r *Report) Error(pos cnxml.Pos, rule, format string, args ...any) {
	r.add(pos, rule, Error, format, args)
}

// Warning adds a problem that does not stop a publication.
func (r *Report) Warning(pos cnxml.Pos, rule, format string, args ...any) {
	r.add(pos, rule, Warning, format, args)
}

// Note adds a fact that the author may want to know.
func (r *Report) Note(pos cnxml.Pos, rule, format string, args ...any) {
	r.add(pos, rule, Note, format, args)
}

func (r *Report) add(pos cnxml.Pos, rule string, severity Severity, format string, args []any) {
	r.Add(Place{Pos: pos}.Problem(severity, rule, format, args...))
}

// Add adds problems; they get the file's path.
func (r *Report) Add(problems ...Problem) {
	for _, p := range problems {
		if r.count[p.Severity]++; r.count[p.Severity] <= reported {
			p.Path = r.path
			r.problems = append(r.problems, p)
		}
	}
}

// Include adds what another report, about the content of the file, has listed.
func (r *Report) Include(problems []Problem) {
	for _, p := range problems {
		p.Path = r.path
		r.problems = append(r.problems, p)
	}
}

// Problems returns the problems in the order in which they were added.
func (r *Report) Problems() []Problem {
	all := r.problems
	for severity, n := range r.count {
		if n > reported {
			s := Severity(severity)
			all = append(all[:len(all):len(all)], Problem{Path: r.path, Rule: "more-problems", Severity: s,
				Message: fmt.Sprintf("%d more problems of severity %s in this file are not listed", n-reported, s)})
		}
	}
	return all
}
