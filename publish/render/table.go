package render

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// maxColumns bounds the columns of a table; the widest real one has 15.
const maxColumns = 60

// table writes a CALS table (OASIS technical resolution 9503): one table of
// HTML a tgroup, within a box that scrolls when it is wide.
func (r *renderer) table(n *cnxml.Node) {
	attrs := append(r.attrs(n, tableClasses(n)...), scrolls(widest(n) >= wideTable)...)
	r.w.Element("div", attrs, func() {
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

// wideTable is the number of columns from which a table may be wider than a
// screen.
const wideTable = 5

func widest(table *cnxml.Node) int {
	most := 0
	for _, group := range table.Children {
		if group.Is("tgroup") {
			most = max(most, newGrid(group).width())
		}
	}
	return most
}

func tableClasses(n *cnxml.Node) []string {
	out := []string{"table"}
	switch frame := n.Attr("frame"); frame {
	case "none", "all", "topbot", "sides":
		out = append(out, "frame-"+frame)
	}
	if n.Attr("pgwide") == "1" {
		out = append(out, "page-wide")
	}
	return out
}

// looseTable is a tgroup or entrytbl that stands without its table.
func (r *renderer) looseTable(n *cnxml.Node) {
	r.w.Element("div", []attr{{"class", "table"}}, func() { r.tgroup(n, n, false) })
}

func (r *renderer) tgroup(group, table *cnxml.Node, captioned bool) {
	g := newGrid(group)
	attrs := []attr(nil)
	if text := described(table); captioned && text != "" && !r.hasCaption(table) {
		attrs = append(attrs, attr{"aria-label", text})
	}
	r.w.Element("table", attrs, func() {
		if captioned {
			r.tableCaption(table)
		}
		r.columnWidths(g)
		for _, part := range []string{"thead", "tbody", "tfoot"} {
			for _, c := range group.Children {
				if c.Is(part) {
					r.tablePart(c, g, hasRowHeaders(table, group))
				}
			}
		}
	})
}

// columnWidths writes how wide the columns are in parts of the table, if that
// is said of all of them.
func (r *renderer) columnWidths(g *grid) {
	widths := g.parts()
	if len(widths) == 0 {
		return
	}
	r.w.Element("colgroup", nil, func() {
		for _, w := range widths {
			r.w.Void("col", attr{"class", "width-" + strconv.Itoa(w)})
		}
	})
}

// described returns the author's description of a table for screen readers; empty
// if a program or a habit has put it there.
func described(table *cnxml.Node) string {
	for _, name := range []string{"aria-label", "summary"} {
		text := outline.OneLine(table.Attr(name))
		letters := strings.ToLower(strings.Trim(text, " .-_*"))
		switch letters {
		case "", "table", "no alt text", "placeholder", "table summary", "summary", "n/a", "none", "todo":
			continue
		}
		return outline.Clip(text, 1000)
	}
	return ""
}

// hasRowHeaders reports whether the first entry of each row is its header, as
// the exchange model of CALS says it.
func hasRowHeaders(table, group *cnxml.Node) bool {
	return table.Attr("rowheader") == "firstcol" || group.Attr("rowheader") == "firstcol"
}

func (r *renderer) hasCaption(n *cnxml.Node) bool {
	return r.ownLabel(n) != "" || !n.Child("title").IsBlank() || !n.Child("caption").IsBlank()
}

// tableCaption writes label, title and caption, and for those who do not see
// the table its description.
func (r *renderer) tableCaption(n *cnxml.Node) {
	if !r.hasCaption(n) {
		return
	}
	caption := n.Child("caption")
	labelled := r.ownLabel(n) != "" || !n.Child("title").IsBlank()
	r.w.Element("caption", nil, func() {
		r.line(func() { r.labelAndTitle(n) })
		if !caption.IsBlank() {
			if labelled {
				r.w.Text(" ")
			}
			r.w.Element("span", r.attrs(caption, "caption"), r.lineInside(caption))
		}
		text := described(n)
		if title := n.Child("title"); text != "" && (title == nil || text != outline.OneLine(title.ReadableText())) {
			r.w.Text(" ")
			r.w.Element("span", []attr{{"class", "sr"}}, func() { r.w.Text(text) })
		}
	})
}

// grid knows the columns of a tgroup.
type grid struct {
	columns map[string]int    // by name, from 0
	spans   map[string][2]int // by the name of a spanspec: first and last column
	aligns  map[int]string    // by column
	widths  map[int]string    // by column, as written
	align   string            // of the whole group
	cells   int               // in the row that has most
}

// width is the number of columns, as declared or counted.
func (g *grid) width() int {
	most := g.cells
	for c := range g.aligns {
		most = max(most, c+1)
	}
	return most
}

// widthPattern matches a width in parts ("2*") or in a unit; points if there is
// none.
var widthPattern = regexp.MustCompile(`^([0-9]{1,5}(?:\.[0-9]{1,4})?|\.[0-9]{1,4})(\*|pt|pi|cm|mm|in|px|%)?$`)

// parts are the widths of all columns in steps of five hundredths of their sum;
// nil if some are missing, or in different units.
func (g *grid) parts() []int {
	n := g.width()
	if n < 2 || len(g.widths) < n {
		return nil
	}
	values, sum, unit := make([]float64, n), 0.0, ""
	for c := range n {
		m := widthPattern.FindStringSubmatch(strings.TrimSpace(g.widths[c]))
		if m == nil || c > 0 && m[2] != unit {
			return nil
		}
		unit = m[2]
		values[c], _ = strconv.ParseFloat(m[1], 64)
		sum += values[c]
	}
	if sum <= 0 {
		return nil
	}
	out := make([]int, n)
	for c, v := range values {
		out[c] = max(5, int(v/sum*20+0.5)*5)
	}
	return out
}

func newGrid(group *cnxml.Node) *grid {
	g := &grid{columns: map[string]int{}, spans: map[string][2]int{}, aligns: map[int]string{}, widths: map[int]string{}, align: group.Attr("align")}
	next := 0
	for _, c := range group.Children {
		switch {
		case c.Is("colspec") && next >= maxColumns: // it and what refers to it are left out
		case c.Is("colspec"):
			if n, err := strconv.Atoi(c.Attr("colnum")); err == nil && n > 0 && n <= maxColumns {
				next = n - 1
			}
			if name := c.Attr("colname"); name != "" {
				g.columns[name] = next
			}
			g.aligns[next] = c.Attr("align")
			if w := c.Attr("colwidth"); w != "" {
				g.widths[next] = w
			}
			next++
		case c.Is("thead", "tbody", "tfoot"):
			g.count(c)
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

// count notes how many entries the longest row of a part has.
func (g *grid) count(part *cnxml.Node) {
	for _, row := range part.Children {
		n := 0
		for _, c := range row.Children {
			if c.Is("entry", "entrytbl") {
				n++
			}
		}
		g.cells = max(g.cells, min(n, maxColumns))
	}
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
	r.w.Element(part.Name, r.attrs(part), func() {
		for i, row := range rows {
			t := &tableRow{r: r, g: g, taken: taken, rows: len(rows) - i, part: part, row: row, rowHeaders: rowHeaders}
			r.w.Element("tr", r.attrs(row), t.write)
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
				t.r.w.Element("td", nil, nil)
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
	case t.part.Name == "thead" && n.IsBlank(): // a header of nothing: the corner
	case t.part.Name == "thead":
		name, scope = "th", "col"
	case header:
		name, scope = "th", "row"
	}
	attrs := t.r.attrs(n, t.g.alignment(n, t.column), t.vertical(n), separator(n))
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
	t.r.w.Element(name, attrs, func() {
		if n.Is("entrytbl") {
			t.r.looseTable(n)
			return
		}
		t.r.children(n)
	})
}

// separator is the class for an entry that asks for no line below it.
func separator(entry *cnxml.Node) string {
	if entry.Attr("rowsep") == "0" {
		return "no-line"
	}
	return ""
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
