package mathml

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/markup"
)

// Elementary arithmetic (MathML 3, section 3.6) has no rendering in MathML Core:
// it is written as a table with a digit in each cell.

// stack is a calculation in columns. Column 0 has the ones, 1 the tens, -1 the
// tenths.
type stack struct {
	point     string // the decimal point
	rows      []stackRow
	low, high int
}

// stackRow has the cells of a row by column.
type stackRow struct {
	cells   map[int]*cnxml.Node
	carries bool // written small
	ruled   bool // with a line below, from the column first down to last; from all of the digits if bounded is not set
	bounded bool
	first   int
	last    int
	classes map[int]string // of single cells
}

// maxStack bounds the cells of a row.
const maxStack = 200

// elementary writes mstack and mlongdiv.
func (f *formula) elementary(n *cnxml.Node, variant string) {
	s, c := &stack{point: cmp.Or(f.point, ".")}, parts(n)
	if n.Name == "mlongdiv" && len(c) >= 3 {
		s.division(n.Attr("longdivstyle"), c[0], c[1], c[2:])
	} else {
		s.add(c, 0, 0)
	}
	f.w.Element("mtable", f.mathAttrs(n, "tight"), func() {
		for _, row := range s.rows {
			f.w.Element("mtr", nil, func() { f.stackRow(s, row, variant) })
		}
	})
}

func (f *formula) stackRow(s *stack, row stackRow, variant string) {
	for column := s.high; column >= s.low; column-- {
		class := row.classes[column]
		if row.ruled && (!row.bounded || row.last <= column && column <= row.first) {
			class = strings.TrimSpace(class + " line-below-solid")
		}
		var attrs []markup.Attr
		if class != "" {
			attrs = []markup.Attr{{"class", class}}
		}
		f.w.Element("mtd", attrs, func() {
			switch cell := row.cells[column]; {
			case cell == nil:
			case row.carries:
				f.w.Element("mstyle", []markup.Attr{{"scriptlevel", "1"}}, func() { f.one(cell, variant) })
			default:
				f.one(cell, variant)
			}
		})
	}
}

// add adds rows, each shifted further to the left than the one before by shift,
// from position on.
func (s *stack) add(rows []*cnxml.Node, position, shift int) {
	for i, n := range rows {
		at := position + i*shift + number(n, "position")
		switch {
		case n.Space == cnxml.MathML && n.Name == "msline":
			s.rule(at, number(n, "length"))
		case n.Space == cnxml.MathML && n.Name == "msgroup":
			s.add(parts(n), at, number(n, "shift"))
		case n.Space == cnxml.MathML && n.Name == "mscarries":
			s.addRow(parts(n), 0, at, true)
		default:
			cells, after := s.digits(n)
			s.addRow(cells, after, at, false)
		}
	}
}

// addRow adds a row whose last cells, after so many, are behind the decimal
// point.
func (s *stack) addRow(cells []*cnxml.Node, after, position int, carries bool) {
	row := stackRow{cells: map[int]*cnxml.Node{}, carries: carries}
	for i, c := range cells {
		s.put(row.cells, len(cells)-1-i-after+position, c)
	}
	s.rows = append(s.rows, row)
}

func (s *stack) put(cells map[int]*cnxml.Node, column int, n *cnxml.Node) {
	if column < -maxStack || column > maxStack {
		return
	}
	s.low, s.high = min(s.low, column), max(s.high, column)
	cells[column] = n
}

// rule draws a line below the last row: over so many columns from that at position
// on, or over all of the digits if length is 0.
func (s *stack) rule(position, length int) {
	if len(s.rows) == 0 {
		s.rows = append(s.rows, stackRow{})
	}
	row := &s.rows[len(s.rows)-1]
	row.ruled = true
	if length > 0 {
		row.bounded, row.first, row.last = true, position+length-1, position
	}
}

// digits are the cells of a row, and how many of them are behind the decimal
// point, which stands in the cell before it.
func (s *stack) digits(n *cnxml.Node) (cells []*cnxml.Node, after int) {
	if n.Space == cnxml.MathML && (n.Name == "msrow" || n.Name == "mrow") {
		point := false
		for _, c := range parts(n) {
			more, behind := s.digits(c)
			switch {
			case behind > 0 || strings.HasSuffix(strings.TrimSpace(c.PlainText()), s.point):
				after, point = behind, true
			case point:
				after += len(more)
			}
			cells = append(cells, more...)
		}
		return cells, after
	}
	if n.Space != cnxml.MathML || n.Name != "mn" {
		return []*cnxml.Node{n}, 0
	}
	point := false
	for _, sign := range oneLine(n.PlainText()) {
		if (sign == '.' || sign == ',' || string(sign) == s.point) && len(cells) > 0 {
			last := cells[len(cells)-1].PlainText()
			cells[len(cells)-1] = tokenOf("mn", last+string(sign))
			point = point || string(sign) == s.point
			continue
		}
		if point {
			after++
		}
		cells = append(cells, tokenOf("mn", string(sign)))
	}
	return cells, after
}

// number is an attribute that counts columns; 0 if it is no number.
func number(n *cnxml.Node, attribute string) int {
	v, err := strconv.Atoi(n.Attr(attribute))
	if err != nil || v < -maxStack || v > maxStack {
		return 0
	}
	return v
}

func tokenOf(name, text string) *cnxml.Node {
	return &cnxml.Node{Space: cnxml.MathML, Name: name, Children: []*cnxml.Node{{Space: cnxml.Text, Data: text}}}
}
