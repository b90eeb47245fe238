package diagram

import (
	"slices"

	"github.com/rhaptos/rhaptos/web/decision"
)

// Measures of the drawing, in SVG user units.
const (
	boxWidth   = 232
	boxHeight  = 58
	rowPitch   = 88
	endWidth   = 58
	endHeight  = 24
	endGap     = 34  // between a box and the statuses beside it
	firstLane  = 112 // from a box's right side to the first lane of its gutter
	lanePitch  = 9
	margin     = 24
	heading    = 34 // above the first row
	columnRows = 15
)

// place is the position of a decision.
type place struct {
	column, row int
	x, y        int // of the box's upper left corner
}

// layout has the positions of everything.
type layout struct {
	table   []decision.Decision
	places  []place
	lefts   []int    // of the columns
	rows    int      // of the longest column
	gutters []*lanes // right of each column
	bus     *lanes   // above the columns
	width   int
	height  int
}

// lanes hand out parallel lanes: one for each decision that lines lead to.
type lanes struct{ order []decision.Node }

func (l *lanes) of(to decision.Node) int {
	if i := slices.Index(l.order, to); i >= 0 {
		return i
	}
	l.order = append(l.order, to)
	return len(l.order) - 1
}

// arrange gives every decision its place, and every line its lanes.
func arrange(table []decision.Decision) *layout {
	l := &layout{table: table, bus: &lanes{}}
	columns := l.fill()
	for range columns {
		l.gutters = append(l.gutters, &lanes{})
	}
	l.eachLine(func(from, to decision.Node) {
		a, b := l.places[from], l.places[to]
		switch {
		case l.follows(from, to):
		case l.entrance(b) == a.column, a.column == b.column:
			l.gutters[a.column].of(to)
		default:
			l.gutters[a.column].of(to)
			l.bus.of(to)
			l.gutters[l.entrance(b)].of(to)
		}
	})
	x := margin
	for c := range columns {
		l.lefts = append(l.lefts, x)
		x += boxWidth + firstLane + lanePitch*len(l.gutters[c].order) + 2*lanePitch
	}
	top := margin + heading + lanePitch*len(l.bus.order)
	for i := range l.places {
		p := &l.places[i]
		p.x, p.y = l.lefts[p.column], top+p.row*rowPitch
	}
	l.width, l.height = x+margin, top+l.rows*rowPitch
	return l
}

// entrance returns the gutter from which lines of other columns reach a place:
// the one on its left, if there is one.
func (l *layout) entrance(p place) int { return max(p.column-1, 0) }

// fill puts the decisions into columns, one group after the other, and returns
// the number of columns. A group that does not fit below the last one begins a
// column.
func (l *layout) fill() (columns int) {
	l.places = make([]place, len(l.table))
	column, row := 0, 0
	for start := 0; start < len(l.table); {
		end := start
		for end < len(l.table) && group(l.table[end]) == group(l.table[start]) {
			end++
		}
		if row > 0 && row+end-start > columnRows {
			column, row = column+1, 0
		}
		for i := start; i < end; i++ {
			l.places[i] = place{column: column, row: row}
			row++
			l.rows = max(l.rows, row)
		}
		start = end
	}
	return column + 1
}

// group returns the letter of the id, which decisions of one kind share.
func group(d decision.Decision) byte { return d.ID[0] }

// eachLine calls f for each edge that leads to another decision.
func (l *layout) eachLine(f func(from, to decision.Node)) {
	for i, d := range l.table {
		for _, to := range []decision.Node{d.Yes, d.No} {
			if int(to) < len(l.table) {
				f(decision.Node(i), to)
			}
		}
	}
}

// follows reports whether to stands right below from.
func (l *layout) follows(from, to decision.Node) bool {
	a, b := l.places[from], l.places[to]
	return a.column == b.column && a.row+1 == b.row
}

// lane returns the x of a lane in the gutter right of a column.
func (l *layout) lane(column int, to decision.Node) int {
	return l.lefts[column] + boxWidth + firstLane + lanePitch*l.gutters[column].of(to)
}

// busLine returns the y of the line above the columns that leads to a decision.
func (l *layout) busLine(to decision.Node) int { return margin + lanePitch*l.bus.of(to) }

// point is a corner of a line.
type point struct{ x, y int }

// line returns the corners of the line between two decisions, which leaves its
// box at the height leave. The last corner has the arrowhead.
func (l *layout) line(from, to decision.Node, leave int) []point {
	a, b := l.places[from], l.places[to]
	if l.follows(from, to) {
		x := a.x + boxWidth/2
		return []point{{x, a.y + boxHeight}, {x, b.y}}
	}
	right, lane := a.x+boxWidth, l.lane(a.column, to)
	points := []point{{right, leave}, {lane, leave}}
	if in := l.entrance(b); a.column != b.column && in != a.column {
		last := l.lane(in, to)
		points = append(points, point{lane, l.busLine(to)}, point{last, l.busLine(to)})
		lane = last
	}
	if a.column != b.column && b.column > 0 {
		arrive := b.y + boxHeight/2
		return append(points, point{lane, arrive}, point{b.x, arrive})
	}
	// There is no way in from the left: from above, on the box's right.
	above, x := b.y-(rowPitch-boxHeight)/2, b.x+boxWidth-28
	return append(points, point{lane, above}, point{x, above}, point{x, b.y})
}
