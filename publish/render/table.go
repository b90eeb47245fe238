package render

import (
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// maxColumns bounds the columns of a table; the widest real one has 15.
const maxColumns = 60

// table writes a CALS table (OASIS technical resolution 9503): one table of
// HTML a tgroup, within a box that scrolls when it is wide.
func (r *renderer) table(n *cnxml.Node) {
	r.w.element("div", r.attrs(n, "table"), func() {
		first := true
		for _, group := range n.Children {
			if group.Is("tgroup") {
				r.tgroup(group, n, first)
				first = false
			}
		}
		if first {
			r.blocks(n, "title", "label", "caption")
		}
	})
}

// looseTable is a tgroup or entrytbl that stands without its table.
func (r *renderer) looseTable(n *cnxml.Node) {
	r.w.element("div", []attr{{"class", "table"}}, func() { r.tgroup(n, n, false) })
}

func (r *renderer) tgroup(group, table *cnxml.Node, captioned bool) {
	g := newGrid(group)
	attrs := []attr(nil)
	if text := strings.TrimSpace(table.Attr("aria-label")); captioned && text != "" {
		attrs = append(attrs, attr{"aria-label", text})
	}
	r.w.element("table", attrs, func() {
		if captioned {
			r.tableCaption(table)
		}
		for _, part := range []string{"thead", "tbody", "tfoot"} {
			for _, c := range group.Children {
				if c.Is(part) {
					r.tablePart(c, g, hasRowHeaders(table, group))
				}
			}
		}
	})
}

// hasRowHeaders reports whether the first entry of each row is its header, as
// the exchange model of CALS says it.
func hasRowHeaders(table, group *cnxml.Node) bool {
	return table.Attr("rowheader") == "firstcol" || group.Attr("rowheader") == "firstcol"
}

func (r *renderer) tableCaption(n *cnxml.Node) {
	caption := n.Child("caption")
	labelled := r.ownLabel(n) != "" || !isEmpty(n.Child("title"))
	if !labelled && isEmpty(caption) {
		return
	}
	r.w.element("caption", nil, func() {
		r.line(func() { r.labelAndTitle(n) })
		if !isEmpty(caption) {
			if labelled {
				r.w.text(" ")
			}
			r.w.element("span", r.attrs(caption, "caption"), r.lineInside(caption))
		}
	})
}

// grid knows the columns of a tgroup.
type grid struct {
	columns map[string]int    // by name, from 0
	spans   map[string][2]int // by the name of a spanspec: first and last column
	aligns  map[int]string    // by column
	align   string            // of the whole group
}

func newGrid(group *cnxml.Node) *grid {
	g := &grid{columns: map[string]int{}, spans: map[string][2]int{}, aligns: map[int]string{}, align: group.Attr("align")}
	next := 0
	for _, c := range group.Children {
		switch {
		case c.Is("colspec"):
			if n, err := strconv.Atoi(c.Attr("colnum")); err == nil && n > 0 && n <= maxColumns {
				next = n - 1
			}
			if name := c.Attr("colname"); name != "" {
				g.columns[name] = next
			}
			g.aligns[next] = c.Attr("align")
			next++
		case c.Is("spanspec"):
			first, okFirst := g.columns[c.Attr("namest")]
			last, okLast := g.columns[c.Attr("nameend")]
			if okFirst && okLast {
				g.spans[c.Attr("spanname")] = [2]int{first, last}
			}
		}
	}
	return g
}

// place is where an entry says that it stands: its first column, -1 if it does
// not say, and how many columns it spans.
func (g *grid) place(entry *cnxml.Node) (column, span int) {
	if s, ok := g.spans[entry.Attr("spanname")]; ok && s[1] >= s[0] {
		return s[0], s[1] - s[0] + 1
	}
	first, okFirst := g.columns[entry.Attr("namest")]
	last, okLast := g.columns[entry.Attr("nameend")]
	switch {
	case okFirst && okLast && last >= first:
		return first, last - first + 1
	case okFirst:
		return first, 1
	}
	if c, ok := g.columns[entry.Attr("colname")]; ok {
		return c, 1
	}
	return -1, 1
}

// alignment is the class for the entry in a column, empty for the usual one.
func (g *grid) alignment(entry *cnxml.Node, column int) string {
	for _, align := range []string{entry.Attr("align"), g.aligns[column], g.align} {
		switch align {
		case "left", "right", "center", "justify":
			return "align-" + align
		case "char":
			return "align-right"
		}
	}
	return ""
}

func (r *renderer) tablePart(part *cnxml.Node, g *grid, rowHeaders bool) {
	var rows []*cnxml.Node
	for _, c := range part.Children {
		if c.Is("row") {
			rows = append(rows, c)
		}
	}
	taken := map[int]int{} // by column: how many more rows an entry above reaches into
	r.w.element(part.Name, r.attrs(part), func() {
		for i, row := range rows {
			t := &tableRow{r: r, g: g, taken: taken, rows: len(rows) - i, part: part, row: row, rowHeaders: rowHeaders}
			r.w.element("tr", r.attrs(row), t.write)
		}
	})
}

// tableRow is one row while it is written.
type tableRow struct {
	r          *renderer
	g          *grid
	taken      map[int]int
	rows       int // from this one to the end of the part
	part, row  *cnxml.Node
	rowHeaders bool
	column     int
}

func (t *tableRow) write() {
	first := true
	for _, c := range t.row.Children {
		if !c.Is("entry", "entrytbl") || t.column >= maxColumns {
			continue
		}
		t.skipTaken()
		column, span := t.g.place(c)
		for column > t.column { // columns that the author leaves out
			if t.taken[t.column] == 0 {
				t.r.w.element("td", nil, nil)
			} else {
				t.taken[t.column]--
			}
			t.column++
		}
		t.entry(c, min(span, maxColumns-t.column), t.rowHeaders && first && t.part.Name != "thead")
		first = false
	}
	t.skipTaken()
	for column, n := range t.taken { // entries that reach beyond the last one here
		if column > t.column && n > 0 {
			t.taken[column]--
		}
	}
}

// skipTaken passes the columns that an entry of a row above covers.
func (t *tableRow) skipTaken() {
	for t.taken[t.column] > 0 {
		t.taken[t.column]--
		t.column++
	}
}

func (t *tableRow) entry(n *cnxml.Node, span int, header bool) {
	name, scope := "td", ""
	switch {
	case t.part.Name == "thead" && span > 1:
		name, scope = "th", "colgroup"
	case t.part.Name == "thead":
		name, scope = "th", "col"
	case header:
		name, scope = "th", "row"
	}
	attrs := t.r.attrs(n, t.g.alignment(n, t.column), t.vertical(n))
	if scope != "" {
		attrs = append(attrs, attr{"scope", scope})
	}
	if span > 1 {
		attrs = append(attrs, attr{"colspan", strconv.Itoa(span)})
	}
	more, err := strconv.Atoi(n.Attr("morerows"))
	if more = min(more, t.rows-1); err == nil && more > 0 {
		attrs = append(attrs, attr{"rowspan", strconv.Itoa(more + 1)})
		for c := t.column; c < t.column+span; c++ {
			t.taken[c] = more
		}
	}
	t.column += span
	t.r.w.element(name, attrs, func() {
		if n.Is("entrytbl") {
			t.r.looseTable(n)
			return
		}
		t.r.children(n)
	})
}

// vertical is the class for the vertical alignment of an entry; rows and parts
// hand theirs down.
func (t *tableRow) vertical(entry *cnxml.Node) string {
	for _, n := range []*cnxml.Node{entry, t.row, t.part} {
		switch v := n.Attr("valign"); v {
		case "top", "middle", "bottom":
			return "valign-" + v
		}
	}
	return ""
}
