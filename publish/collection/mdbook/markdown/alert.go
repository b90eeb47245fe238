package markdown

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// alertMark matches what a quote begins with that is an alert: "[!kind]", and a
// title where titles may be given. A hyphen means that there is none.
var alertMark = regexp.MustCompile(`^\[!([A-Za-z][A-Za-z0-9_-]*)\](-?)[ \t]*([^\r\n]*)`)

// alertKinds are the kinds of alerts that GitHub and mdBook know. Their titles are
// in the language of the book.
var alertKinds = set(`note tip important warning caution`)

// alert makes a note of a quote whose first line says that it is an alert, and
// reports whether it is one.
func (c *converter) alert(q *cnxml.Node, first *ast.Paragraph, depth int) bool {
	line := first.Lines().At(0)
	m := alertMark.FindSubmatchIndex(line.Value(c.source.text))
	if m == nil {
		return false
	}
	text := line.Value(c.source.text)
	kind, words := strings.ToLower(string(text[m[2]:m[3]])), bytes.TrimSpace(text[m[6]:m[7]])
	switch {
	case c.dialect.Alerts:
	case !alertKinds[kind]:
		c.doubt(line.Start, line.Start+m[5], "[!%s] is no kind of alert, so this is a quote; write note, tip, important, warning or caution", cnxml.Escape(kind))
		return false
	case len(words) > 0 || m[4] < m[5]:
		c.doubt(line.Start, LineEnd(c.source.text, line.Start), "this is a quote and no alert, since there is text behind [!%s]; put the text on the next line", cnxml.Escape(kind))
		return false
	}
	q.Name = "note"
	with(q, "class", printable(kind))
	switch untitled := m[4] < m[5]; {
	case len(words) > 0:
		title := element("title", c.pos(first))
		c.curl(first)
		b := c.builder(title, depth+2)
		dropBefore(first, line.Start+m[6])
		for n := first.FirstChild(); n != nil && OffsetOf(n) < line.Stop; n = first.FirstChild() {
			if t, ok := n.(*ast.Text); ok {
				t.SetSoftLineBreak(false)
				t.SetHardLineBreak(false)
			}
			c.phrase(b, n)
			first.RemoveChild(first, n)
		}
		title.Children = joinText(title.Children)
		q.Children = append(q.Children, title)
	case !alertKinds[kind] && !untitled:
		q.Children = append(q.Children, element("title", c.pos(first), textNode(strings.ToUpper(kind[:1])+kind[1:], c.pos(first))))
	}
	dropBefore(first, line.Stop)
	return true
}

// isMarker reports whether a block is the place of a table of contents.
func (c *converter) isMarker(n ast.Node) bool {
	if c.toc == nil || n.Lines().Len() != 1 {
		return false
	}
	line := n.Lines().At(0)
	return strings.TrimSpace(string(line.Value(c.source.text))) == c.toc.Marker
}
