package mathml

import (
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/markup"
)

// inside writes the children of an element that holds a row. Where the author
// breaks the row (linebreak="newline", MathML 3, section 3.1.7.1), which MathML
// Core cannot say, the lines are the rows of a table.
func (f *formula) inside(n *cnxml.Node, variant string, attrs ...markup.Attr) {
	lines := f.linesOf(parts(n))
	if len(lines) < 2 {
		f.all(n, variant)
		return
	}
	f.w.Element("mtable", attrs, func() {
		for _, line := range lines {
			f.w.Element("mtr", nil, func() {
				f.w.Element("mtd", []markup.Attr{{"class", "align-left"}}, func() { f.line(line, variant) })
			})
		}
	})
}

// line writes one line; an empty one has the height of text.
func (f *formula) line(line []*cnxml.Node, variant string) {
	if len(line) == 0 {
		f.w.Element("mspace", []markup.Attr{{"height", "1em"}}, nil)
		return
	}
	f.inferred(&cnxml.Node{Space: cnxml.MathML, Name: "mtd", Children: line}, variant)
}

// linesOf divides a row where it is broken, through the groups in it. Breaks at
// both ends divide nothing.
func (f *formula) linesOf(row []*cnxml.Node) [][]*cnxml.Node {
	if !f.broken {
		return nil
	}
	lines := divided(row)
	for len(lines) > 1 && len(lines[0]) == 0 {
		lines = lines[1:]
	}
	for len(lines) > 1 && len(lines[len(lines)-1]) == 0 {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func divided(row []*cnxml.Node) [][]*cnxml.Node {
	lines := [][]*cnxml.Node{nil}
	add := func(n *cnxml.Node) { lines[len(lines)-1] = append(lines[len(lines)-1], n) }
	end := func() { lines = append(lines, nil) }
	for _, n := range row {
		switch {
		case !isGroup(n) && !isBreak(n):
			add(n)
		case isGroup(n):
			pieces := divided(parts(n))
			if len(pieces) == 1 {
				add(n)
				continue
			}
			for i, piece := range pieces {
				if i > 0 {
					end()
				}
				if len(piece) > 0 {
					add(pieceOf(n, piece, i > 0))
				}
			}
		case n.Name == "mspace":
			end()
		default:
			style, operator := n.Attr("linebreakstyle"), without(n, "linebreak")
			if style == "after" || style == "duplicate" {
				add(operator)
			}
			end()
			switch style {
			case "after":
			case "duplicate":
				add(without(operator, "id"))
			default:
				add(operator)
			}
		}
	}
	return lines
}

// isBreak reports whether a line ends at n: a space without a size (MathML 3,
// section 3.2.7.2), or an operator, which begins the next line unless its
// linebreakstyle says otherwise.
func isBreak(n *cnxml.Node) bool {
	if n.Space != cnxml.MathML || n.Name != "mspace" && n.Name != "mo" {
		return false
	}
	if n.Name == "mspace" && n.Attr("width")+n.Attr("height")+n.Attr("depth") != "" {
		return false
	}
	kind := strings.TrimSpace(n.Attr("linebreak"))
	return kind == "newline" || kind == "indentingnewline"
}

// isGroup reports whether n only holds a part of the row around it.
func isGroup(n *cnxml.Node) bool {
	if n.Space != cnxml.MathML {
		return false
	}
	switch n.Name {
	case "mrow", "mstyle", "mphantom", "merror":
		return true
	case "semantics":
		c := parts(n)
		return len(c) > 0 && !(c[0].Space == cnxml.MathML && isContentMath(c[0].Name))
	}
	return false
}

// holdsBreak reports whether there is a break anywhere in n.
func holdsBreak(n *cnxml.Node) bool {
	return isBreak(n) || slices.ContainsFunc(n.Children, holdsBreak)
}

// pieceOf is a group with only some of its children. Its id stays with the first
// piece.
func pieceOf(group *cnxml.Node, children []*cnxml.Node, later bool) *cnxml.Node {
	piece := *group
	piece.Children = children
	if piece.Name == "semantics" {
		piece.Name = "mrow"
	}
	if later {
		return without(&piece, "id")
	}
	return &piece
}

// without is a copy of n that lacks an attribute.
func without(n *cnxml.Node, attribute string) *cnxml.Node {
	c := *n
	c.Attrs = slices.DeleteFunc(slices.Clone(n.Attrs), func(a cnxml.Attr) bool { return a.Space == "" && a.Name == attribute })
	return &c
}
