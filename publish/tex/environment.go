package tex

import (
	"fmt"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// environment is a kind of table: its fences, and how its columns are aligned
// (the last one repeated).
type environment struct {
	open, close string
	align       string
	display     bool // its cells are set large
	columns     bool // says its columns in an argument
}

var environments = map[string]environment{
	"matrix": {}, "pmatrix": {open: "(", close: ")"}, "bmatrix": {open: "[", close: "]"}, "Bmatrix": {open: "{", close: "}"},
	"vmatrix": {open: "|", close: "|"}, "Vmatrix": {open: "‖", close: "‖"}, "smallmatrix": {},
	"array": {columns: true}, "cases": {open: "{", align: "left"}, "dcases": {open: "{", align: "left", display: true},
	"aligned": {align: "right left", display: true}, "align": {align: "right left", display: true}, "split": {align: "right left", display: true},
	"alignat": {align: "right left", display: true, columns: true}, "alignedat": {align: "right left", display: true, columns: true},
	"eqnarray": {align: "right center left", display: true},
	"gathered": {display: true}, "gather": {display: true}, "multline": {display: true}, "equation": {display: true},
}

func (p *parser) environment(string) (*cnxml.Node, error) {
	name, err := p.raw()
	if err != nil {
		return nil, err
	}
	e, ok := environments[strings.TrimSuffix(name, "*")]
	if !ok {
		return nil, fmt.Errorf(`\begin{%s} is not known`, name)
	}
	align, lines := e.align, ""
	if e.columns {
		spec, err := p.raw()
		if err != nil {
			return nil, err
		}
		if name == "array" {
			if align, lines, err = columns(spec); err != nil {
				return nil, err
			}
		}
	}
	table, err := p.rows()
	if err != nil {
		return nil, err
	}
	if end, err := p.raw(); err != nil || end != name {
		return nil, fmt.Errorf(`\begin{%s} has no \end{%s}`, name, name)
	}
	if align != "" {
		set(table, "columnalign", align)
	}
	if lines != "" {
		set(table, "columnlines", lines)
	}
	if e.display {
		set(table, "displaystyle", "true")
	}
	if strings.HasPrefix(e.align, "right") {
		set(table, "columnspacing", "0em")
	}
	if e.open+e.close == "" {
		return table, nil
	}
	return between(e.open, table, e.close), nil
}

// columns reads the preamble of an array: alignments, and the lines between.
func columns(spec string) (align, lines string, err error) {
	var aligns, between []string
	for _, c := range spec {
		switch c {
		case 'l', 'c', 'r':
			aligns = append(aligns, map[rune]string{'l': "left", 'c': "center", 'r': "right"}[c])
			between = append(between, "none")
		case '|':
			if len(between) > 0 {
				between[len(between)-1] = "solid"
			}
		case ' ':
		default:
			return "", "", fmt.Errorf("%c is no column of an array", c)
		}
	}
	lines = strings.Join(between, " ")
	if !strings.Contains(lines, "solid") {
		lines = ""
	}
	return strings.Join(aligns, " "), lines, nil
}

// rows reads the cells up to the \end, which is taken.
func (p *parser) rows() (*cnxml.Node, error) {
	table, row := element("mtable"), element("mtr")
	for {
		for p.accept(`\hline`) { // lines between rows are left out
		}
		list, err := p.list("")
		if err != nil {
			return nil, err
		}
		row.Children = append(row.Children, element("mtd", list...))
		switch t := p.next(); t {
		case "&":
		case `\\`, `\cr`:
			if strings.HasPrefix(p.rest, "[") { // extra space
				_, p.rest, _ = strings.Cut(p.rest, "]")
			}
			table.Children = append(table.Children, row)
			row = element("mtr")
		case `\end`:
			if len(row.Children) > 1 || len(list) > 0 {
				table.Children = append(table.Children, row)
			}
			return table, nil
		default:
			return nil, fmt.Errorf(`\end is missing`)
		}
	}
}
