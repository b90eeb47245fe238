package cnxml

import (
	"fmt"
	"strconv"
)

// maxColumns limits the columns of a table; the widest real one has 15.
const maxColumns = 60

// columns are the columns that a tgroup or entrytbl declares.
type columns struct {
	says  int               // cols; 0 if it does not say
	count int               // by its colspecs
	named map[string]int    // from 0
	spans map[string][2]int // by the name of a spanspec: first and last
}

// checkTable checks the geometry of a table (CALS, OASIS technical resolution
// 9503): that its entries have columns and do not lie on each other.
func (c *checker) checkTable(group *Node) {
	cols := c.columns(group)
	widest, count := group, cols.count
	for _, part := range group.Children {
		if part.Is("thead", "tbody", "tfoot") {
			if row, width := c.part(part, cols); width > count {
				widest, count = row, width
			}
		}
	}
	if count > maxColumns {
		c.fault(widest.Pos, widest.nameEnd(), "table-too-wide", "the table has %d columns, and %d can be shown; split it", count, maxColumns)
		return
	}
	for _, a := range group.Attrs {
		if a.Space == "" && a.Name == "cols" && cols.says > 0 && cols.says < count {
			c.replace(a.Pos, a.End, written("cols", strconv.Itoa(count)), "table-cols-mismatch",
				"the table says cols=%s, but at line %d it has %d columns; write that", Quote(a.Value), widest.Pos.Line, count)
		}
	}
}

func (c *checker) columns(group *Node) *columns {
	cols := &columns{named: map[string]int{}, spans: map[string][2]int{}}
	if n, err := strconv.Atoi(group.Attr("cols")); err == nil && n > 0 {
		cols.says = n
	}
	taken := map[int]bool{}
	next := 0
	for _, spec := range group.Children {
		switch {
		case spec.Is("colspec"):
			if n, err := strconv.Atoi(spec.Attr("colnum")); err == nil && n > 0 {
				next = n - 1
			}
			name := spec.Attr("colname")
			if _, twice := cols.named[name]; taken[next] || twice {
				c.fault(spec.Pos, spec.nameEnd(), "table-column-twice", "another column has the name or number of %s already; give each its own", columnWord(name, next))
			}
			taken[next] = true
			if name != "" {
				cols.named[name] = next
			}
			next++
			cols.count = max(cols.count, next)
		case spec.Is("spanspec"):
			first, last, ok := c.between(spec, cols)
			if ok {
				cols.spans[spec.Attr("spanname")] = [2]int{first, last}
			}
		}
	}
	return cols
}

func columnWord(name string, number int) string {
	if name != "" {
		return Quote(name)
	}
	return fmt.Sprintf("column %d", number+1)
}

// part checks the rows of a head, body or foot; no entry reaches out of it. It
// returns the widest row.
func (c *checker) part(part *Node, cols *columns) (widest *Node, width int) {
	var rows []*Node
	for _, n := range part.Children {
		if n.Is("row") {
			rows = append(rows, n)
		}
	}
	var free [maxColumns]int // the row from which on a column is free
	for r, row := range rows {
		next := 0
		for _, entry := range row.Children {
			if !entry.Is("entry", "entrytbl") {
				continue
			}
			first, last, placed := c.place(entry, cols)
			if !placed {
				for next < maxColumns && free[next] > r {
					next++
				}
				first, last = next, next
			}
			until := r + 1 + c.moreRows(entry, len(rows)-1-r)
			overlaps := false
			for i := first; i <= last && i < maxColumns; i++ {
				overlaps = overlaps || free[i] > r
				free[i] = max(free[i], until)
			}
			if overlaps {
				c.fault(entry.Pos, entry.nameEnd(), "table-overlap", "the entry overlaps another one in the same column; correct its namest, or the morerows above it")
			}
			if next = last + 1; next > width {
				widest, width = row, next
			}
		}
	}
	return widest, width
}

// place is the columns in which an entry says that it stands.
func (c *checker) place(entry *Node, cols *columns) (first, last int, placed bool) {
	if name, ok := entry.Lookup("spanname"); ok {
		span, known := cols.spans[name]
		if !known {
			c.unknownColumn(entry, "spanname", name, cols)
		}
		return span[0], span[1], known
	}
	if name := entry.Attr("colname"); name != "" && entry.Attr("namest") == "" {
		column, known := cols.named[name]
		if !known {
			c.unknownColumn(entry, "colname", name, cols)
		}
		return column, column, known
	}
	return c.between(entry, cols)
}

// between is the columns that namest and nameend of an element name.
func (c *checker) between(n *Node, cols *columns) (first, last int, ok bool) {
	start, end := n.Attr("namest"), n.Attr("nameend")
	if start == "" {
		if end != "" {
			c.fault(n.Pos, n.nameEnd(), "table-span", "<%s> has a nameend without a namest; add it", n.Tag())
		}
		return 0, 0, false
	}
	first, ok = cols.named[start]
	if !ok {
		c.unknownColumn(n, "namest", start, cols)
		return 0, 0, false
	}
	if end == "" {
		return first, first, true
	}
	if last, ok = cols.named[end]; !ok {
		c.unknownColumn(n, "nameend", end, cols)
		return first, first, true
	}
	if last < first {
		c.fault(n.Pos, n.nameEnd(), "table-span", "<%s> ends in the column %s, before the one in which it begins; exchange namest and nameend", n.Tag(), Quote(end))
		return first, first, true
	}
	return first, last, true
}

func (c *checker) unknownColumn(n *Node, attribute, name string, cols *columns) {
	names := make([]string, 0, len(cols.named))
	for known := range cols.named {
		names = append(names, known)
	}
	question, nearest := c.meant(name, names)
	for _, a := range n.Attrs {
		if a.Space == "" && a.Name == attribute {
			c.replace(a.Pos, a.End, written(attribute, nearest), "table-column-unknown", "%s=%s names no column of the table; add a <colspec> or correct it%s", attribute, Quote(name), question)
		}
	}
}

// moreRows returns the number of rows below its own that an entry takes; left are
// there.
func (c *checker) moreRows(entry *Node, left int) int {
	n, err := strconv.Atoi(entry.Attr("morerows"))
	if err != nil || n < 0 {
		return 0
	}
	if n > left {
		c.fault(entry.Pos, entry.nameEnd(), "table-span", "the entry reaches %d rows further down, and the last row is %d further down; correct its morerows", n, left)
		return left
	}
	return n
}
