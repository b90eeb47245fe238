package mathml

import "github.com/rhaptos/rhaptos/publish/cnxml"

// Classes of cells with a line beside or below them.
const (
	lineRight = "line-solid"
	lineBelow = "line-below-solid"
)

// division is a long division in one of the styles of MathML 3 (section 3.6.2,
// longdivstyle); that of the United States if it is none of them. The rest are the
// dividend and the steps.
func (s *stack) division(style string, divisor, result *cnxml.Node, rest []*cnxml.Node) {
	onTop := style != "stackedrightright" && style != "mediumstackedrightright" && style != "shortstackedrightright" &&
		style != "stackedleftleft" && style != `left/\right` && style != "left)(right" && style != ":right=right"
	if onTop {
		s.add([]*cnxml.Node{result}, 0, 0)
		s.rule(0, 0)
	}
	at := len(s.rows)
	s.add(rest, 0, 0)
	if at >= len(s.rows) {
		return
	}
	s.bound()
	switch style {
	case "stackedrightright":
		s.right(at, divisor, result, len(s.rows))
	case "mediumstackedrightright":
		s.right(at, divisor, result, 2)
	case "shortstackedrightright":
		s.right(at, divisor, result, 1)
	case "righttop":
		left := s.low
		s.mark(at, left, lineRight)
		s.put(s.rows[at].cells, left-1, divisor)
	case `left/\right`:
		s.beside(at, []*cnxml.Node{tokenOf("mo", "/"), divisor}, []*cnxml.Node{tokenOf("mo", `\`), result})
	case "left)(right":
		s.beside(at, []*cnxml.Node{tokenOf("mo", ")"), divisor}, []*cnxml.Node{tokenOf("mo", "("), result})
	case ":right=right":
		s.beside(at, nil, []*cnxml.Node{tokenOf("mo", ":"), divisor, tokenOf("mo", "="), result})
	case "stackedleftleft":
		edge := s.high + 1
		s.second(at)
		s.put(s.rows[at].cells, edge, divisor)
		s.put(s.rows[at+1].cells, edge, result)
		s.mark(at, edge, lineBelow)
		for i := at; i < len(s.rows); i++ {
			s.mark(i, edge, lineRight)
		}
	case "stackedleftlinetop":
		edge := s.high + 1
		s.put(s.rows[at].cells, edge, divisor)
		s.mark(at, edge, lineRight+" "+lineBelow)
	default: // lefttop
		s.beside(at, []*cnxml.Node{tokenOf("mo", ")"), divisor}, nil)
	}
}

// bound makes lines that are as long as the digits keep to the columns that there
// are now.
func (s *stack) bound() {
	for i := range s.rows {
		if row := &s.rows[i]; row.ruled && !row.bounded {
			row.bounded, row.first, row.last = true, s.high, s.low
		}
	}
}

// right writes the divisor to the right of a row, a line below it, and the result
// below that. A line stands before both, along so many rows.
func (s *stack) right(at int, divisor, result *cnxml.Node, rows int) {
	s.second(at)
	edge := s.low
	s.put(s.rows[at].cells, edge-1, divisor)
	s.put(s.rows[at+1].cells, edge-1, result)
	s.mark(at, edge-1, lineBelow)
	for i := at; i < len(s.rows) && i < at+rows; i++ {
		s.mark(i, edge, lineRight)
	}
}

// second makes sure that there is a row below one.
func (s *stack) second(at int) {
	if at+1 == len(s.rows) {
		s.rows = append(s.rows, stackRow{cells: map[int]*cnxml.Node{}})
	}
}

// beside writes cells to the left of a row, from there outwards, and to its right.
func (s *stack) beside(at int, left, right []*cnxml.Node) {
	for i, first := 0, s.high+1; i < len(left); i++ {
		s.put(s.rows[at].cells, first+i, left[i])
	}
	for i, first := 0, s.low-1; i < len(right); i++ {
		s.put(s.rows[at].cells, first-i, right[i])
	}
}

// mark gives a cell a class more.
func (s *stack) mark(row, column int, class string) {
	r := &s.rows[row]
	if r.classes == nil {
		r.classes = map[int]string{}
	}
	if r.classes[column] != "" {
		class = r.classes[column] + " " + class
	}
	r.classes[column] = class
}
