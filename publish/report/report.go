// Package report keeps what a judgement has found and writes it in the forms
// that people and programs read: text, JSON, SARIF, GitHub's annotations.
//
// A Report is kept with every push, so it is bounded, and says the same long
// after: what stands in it was escaped and cut when it was made, and the source
// lines that it quotes are in it.
package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/plaintext"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// Report lists the problems of the trees of a push, or of one tree.
type Report struct {
	Refs []Ref `json:"refs"`
}

// Ref is one tree that was checked.
type Ref struct {
	Name      string    `json:"name,omitempty"`   // of the ref, in full; empty if the tree has no name
	Commit    string    `json:"commit,omitempty"` // hexadecimal object id
	Published bool      `json:"published"`        // readers get what is pushed there
	Refused   string    `json:"refused,omitempty"`
	Books     []Book    `json:"books"`
	Counts    Counts    `json:"counts"`
	Problems  []Problem `json:"problems"`          // grouped by file, the worst first
	Omitted   int       `json:"omitted,omitempty"` // how many more there are
}

// Book is a book that was found.
type Book struct {
	Slug  string `json:"slug"`
	Title string `json:"title"`
	URL   string `json:"url,omitempty"` // where it will be read

	Since   string `json:"since,omitempty"`   // of a draft: the number of the book's latest release
	Changes string `json:"changes,omitempty"` // where to see what has changed since that
}

// Counts are numbers of problems.
type Counts struct {
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
	Notes    int `json:"notes"`
	Before   int `json:"before"` // errors, of those above, that were there before
}

// String is the numbers in words: "2 errors, 1 warning".
func (c Counts) String() string {
	var parts []string
	for _, n := range []struct {
		count int
		what  string
	}{{c.Errors, "error"}, {c.Warnings, "warning"}, {c.Notes, "note"}} {
		switch n.count {
		case 0:
		case 1:
			parts = append(parts, "1 "+n.what)
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", n.count, n.what))
		}
	}
	return strings.Join(parts, ", ")
}

// Problem is a [collection.Problem] as a report keeps it.
type Problem struct {
	Path        string `json:"path"`
	Line        int    `json:"line,omitempty"`
	Column      int    `json:"column,omitempty"`
	EndLine     int    `json:"end_line,omitempty"`
	EndColumn   int    `json:"end_column,omitempty"`
	Rule        string `json:"rule"`
	Severity    string `json:"severity"` // "error", "warning", "note"
	Message     string `json:"message"`
	Replacement string `json:"replacement,omitempty"`
	Before      bool   `json:"before,omitempty"` // it was there before, and blocks nothing
	Source      string `json:"source,omitempty"` // the line, or what is around the place on a long one
}

// String is the problem as compilers write it. Only what is no error says so.
func (p Problem) String() string {
	message := p.Message
	switch {
	case p.Before:
		message = p.Severity + " from before: " + message
	case p.Severity != collection.Error.String():
		message = p.Severity + ": " + message
	}
	message += " [" + p.Rule + "]"
	if p.Line == 0 {
		return p.Path + ": " + message
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.Path, p.Line, p.Column, message)
}

// MaxProblems limits the problems that a report keeps in all.
const MaxProblems = 1000

// Limits of what a report keeps of one problem.
const (
	maxMessage     = 1000 // bytes
	maxReplacement = 1000 // bytes
	maxPath        = 4000 // bytes
)

// Of makes a report's part out of the problems of one tree: those that are
// fresh and those that were there before. All are counted, at most limit kept.
func Of(fresh, before []collection.Problem, limit int) Ref {
	r := Ref{Books: []Book{}, Problems: []Problem{}}
	r.add(fresh, false)
	r.add(before, true)
	sortByFile(r.Problems)
	if over := len(r.Problems) - max(limit, 0); over > 0 {
		r.Problems, r.Omitted = slices.Clip(r.Problems[:max(limit, 0)]), over
	}
	return r
}

func (r *Ref) add(problems []collection.Problem, before bool) {
	for _, p := range problems {
		switch p.Severity {
		case collection.Error:
			r.Counts.Errors++
			if before {
				r.Counts.Before++
			}
		case collection.Warning:
			r.Counts.Warnings++
		default:
			r.Counts.Notes++
		}
		kept := Problem{
			Path: plaintext.Line(p.Path, maxPath), Line: p.Line, Column: p.Column, EndLine: p.EndLine, EndColumn: p.EndColumn,
			Rule: p.Rule, Severity: p.Severity.String(), Message: plaintext.Line(p.Message, maxMessage), Before: before,
		}
		if len(p.Replacement) <= maxReplacement {
			kept.Replacement = p.Replacement
		}
		r.Problems = append(r.Problems, kept)
	}
}

// sortByFile groups problems by file: the files with the gravest problems
// first, and in a file the gravest first; what was there before comes last.
func sortByFile(problems []Problem) {
	worst := map[string]int{}
	for _, p := range problems {
		worst[p.Path] = max(worst[p.Path], p.gravity())
	}
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(worst[b.Path], worst[a.Path]), cmp.Compare(a.Path, b.Path),
			cmp.Compare(b.gravity(), a.gravity()), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
}

// gravity orders problems; 0 is the least.
func (p Problem) gravity() int {
	g := map[string]int{"error": 4, "warning": 2}[p.Severity]
	if !p.Before {
		g++
	}
	return g
}

// Encode is the report in the form in which it is kept.
func (r *Report) Encode() ([]byte, error) { return json.Marshal(r) }

// Decode reads what Encode wrote.
func Decode(data []byte) (*Report, error) {
	var r Report
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("read the report: %w", err)
	}
	return &r, nil
}
