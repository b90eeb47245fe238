package mathml

import (
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/markup"
)

// matrix writes a table. MathML Core has no attributes for how columns and rows
// are aligned, spaced and ruled: that is said by classes of the cells and of
// the table.
func (f *formula) matrix(n *cnxml.Node, variant string) {
	m := matrix{
		align: strings.Fields(n.Attr("columnalign")), rise: strings.Fields(n.Attr("rowalign")),
		columnLines: strings.Fields(n.Attr("columnlines")), rowLines: strings.Fields(n.Attr("rowlines")),
	}
	classes := append(spacing(n.Attr("columnspacing"), "tight", "wide"), spacing(n.Attr("rowspacing"), "dense", "loose")...)
	switch frame := n.Attr("frame"); frame {
	case "solid", "dashed":
		classes = append(classes, "frame-"+frame)
	}
	f.w.Element("mtable", f.mathAttrs(n, classes...), func() {
		rows := parts(n)
		for i, row := range rows {
			line := ""
			if i < len(rows)-1 {
				line = listed(m.rowLines, i)
			}
			f.matrixRow(row, &m, variantOf(row, variant), listed(m.rise, i), line)
		}
	})
}

// matrix has the attributes of a table about its cells, by column or by row.
type matrix struct {
	align, rise, columnLines, rowLines []string
}

// spacing is the class for the space between columns or rows: of the first one,
// as all others nearly always have it too.
func spacing(values, little, much string) []string {
	first, _, _ := strings.Cut(strings.TrimSpace(values), " ")
	number := strings.TrimRight(length(first), "abcdefghijklmnopqrstuvwxyz%")
	v, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return nil
	}
	unit := strings.TrimPrefix(length(first), number)
	switch unit {
	case "px", "pt":
		v /= 16
	}
	switch {
	case v < 0.3:
		return []string{little}
	case v > 1.2:
		return []string{much}
	}
	return nil
}

func (f *formula) matrixRow(row *cnxml.Node, m *matrix, variant, rise, line string) {
	cells, align := []*cnxml.Node{row}, m.align
	var attrs []markup.Attr
	var label *cnxml.Node
	if row.Space == cnxml.MathML && (row.Name == "mtr" || row.Name == "mlabeledtr") {
		cells, attrs = parts(row), f.mathAttrs(row)
		if own := strings.Fields(row.Attr("columnalign")); len(own) > 0 {
			align = own
		}
		if own := strings.TrimSpace(row.Attr("rowalign")); own != "" {
			rise = own
		}
		if row.Name == "mlabeledtr" && len(cells) > 0 { // its label comes first and stands at the side
			label, cells = cells[0], cells[1:]
		}
	}
	f.w.Element("mtr", attrs, func() {
		for i, c := range cells {
			columnLine := ""
			if i < len(cells)-1 {
				columnLine = listed(m.columnLines, i)
			}
			f.cell(c, variant, cellStyle{listed(align, i), rise, columnLine, line})
		}
		if label != nil {
			f.cell(label, variant, cellStyle{align: "right", rise: rise, rowLine: line})
		}
	})
}

// listed is the value for column or row i of a list that repeats its last one.
func listed(values []string, i int) string {
	if len(values) == 0 {
		return ""
	}
	return values[min(i, len(values)-1)]
}

// cellStyle is the style of a cell: its alignment, and the lines after it and
// below it.
type cellStyle struct {
	align, rise, columnLine, rowLine string
}

func (s cellStyle) classes() []string {
	var out []string
	switch s.align {
	case "left", "right":
		out = append(out, "align-"+s.align)
	}
	switch s.rise {
	case "top", "bottom":
		out = append(out, "rise-"+s.rise)
	}
	switch s.columnLine {
	case "solid", "dashed":
		out = append(out, "line-"+s.columnLine)
	}
	switch s.rowLine {
	case "solid", "dashed":
		out = append(out, "line-below-"+s.rowLine)
	}
	return out
}

func (f *formula) cell(n *cnxml.Node, variant string, s cellStyle) {
	if n.Space != cnxml.MathML || n.Name != "mtd" {
		var attrs []markup.Attr
		if class := strings.Join(s.classes(), " "); class != "" {
			attrs = []markup.Attr{{"class", class}}
		}
		f.w.Element("mtd", attrs, func() { f.one(n, variant) })
		return
	}
	if own := strings.TrimSpace(n.Attr("columnalign")); own != "" {
		s.align = own
	}
	if own := strings.TrimSpace(n.Attr("rowalign")); own != "" {
		s.rise = own
	}
	attrs := f.mathAttrs(n, s.classes()...)
	for _, name := range []string{"columnspan", "rowspan"} {
		if v, err := strconv.Atoi(n.Attr(name)); err == nil && v > 1 && v <= 100 {
			attrs = append(attrs, markup.Attr{name, strconv.Itoa(v)})
		}
	}
	f.w.Element("mtd", attrs, func() { f.inferred(n, variantOf(n, variant)) })
}
