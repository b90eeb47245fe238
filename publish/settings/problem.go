package settings

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// unknown warns of a key that a table, or the file itself, does not have.
func (r *reader) unknown(value toml.Primitive, table, key string, known ...string) {
	of := ""
	if table != "" {
		of = " of [" + table + "]"
	}
	message := fmt.Sprintf("the setting %.60q%s is not known", key, of)
	if near, ok := cnxml.Nearest(key, known); ok {
		message += "; did you mean " + near + "?"
	} else {
		message += "; known are " + strings.Join(known, ", ")
	}
	r.add(value, "settings-key", collection.Warning, message)
}

// add records a problem at the place of a value. The decoder reveals the place
// only in an error, so the target refuses every value.
func (r *reader) add(value toml.Primitive, rule string, severity collection.Severity, message string) {
	var e toml.ParseError
	p := problem(0, 0, rule, severity, message)
	if errors.As(r.md.PrimitiveDecode(value, &refuser{}), &e) {
		p.Line, p.Column = place(r.text, e.Position)
	}
	r.problems = append(r.problems, p)
}

type refuser struct{}

func (*refuser) UnmarshalTOML(any) error { return errors.New("refused") }

// at records a problem of a line, 0 meaning the file as a whole.
func (r *reader) at(line int, rule string, severity collection.Severity, message string) {
	r.problems = append(r.problems, problem(line, min(line, 1), rule, severity, message))
}

// place returns a position with its column in characters, from 1. The decoder
// counts bytes.
func place(text string, p toml.Position) (line, column int) {
	n := 0
	for l := range strings.Lines(text) {
		if n++; n == p.Line {
			return p.Line, utf8.RuneCountInString(l[:min(max(p.Col-1, 0), len(l))]) + 1
		}
	}
	return p.Line, max(p.Col, min(p.Line, 1))
}

func tomlProblem(text string, err error) collection.Problem {
	var e toml.ParseError
	if errors.As(err, &e) {
		line, column := place(text, e.Position)
		return problem(line, column, "settings-syntax", collection.Error, "not valid TOML: "+e.Message)
	}
	if limit := (*collection.TOMLError)(nil); errors.As(err, &limit) {
		return problem(limit.Line, 1, "settings-unreadable", collection.Error, "the settings cannot be read: "+limit.Message)
	}
	return problem(0, 0, "settings-syntax", collection.Error, "not valid TOML: "+err.Error())
}

func problem(line, column int, rule string, severity collection.Severity, message string) collection.Problem {
	return collection.Problem{Path: File, Line: line, Column: column, Rule: rule, Severity: severity, Message: message}
}
