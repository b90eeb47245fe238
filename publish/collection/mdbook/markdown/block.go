package markdown

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

func (c *converter) pos(n ast.Node) cnxml.Pos { return c.source.pos(OffsetOf(n)) }

// blocks converts the blocks in a container, but for one.
func (c *converter) blocks(b *builder, parent, except ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if n != except {
			c.block(b, n)
		}
	}
}

func (c *converter) block(b *builder, n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		c.heading(b, n)
	case *ast.Paragraph:
		if c.isMarker(n) {
			b.add(c.contents(c.pos(n)))
			return
		}
		c.checkHeading(n)
		if para := element("para", c.pos(n), c.inlines(n, b.level())...); len(para.Children) > 0 {
			b.add(para)
		}
	case *ast.TextBlock:
		b.add(c.inlines(n, b.level())...)
	case *ast.ThematicBreak:
		b.add(&cnxml.Node{Space: cnxml.HTML, Name: "hr", Pos: c.pos(n)})
	case *ast.CodeBlock:
		b.add(c.code(n, "", "", ""))
	case *ast.FencedCodeBlock:
		info := ""
		if n.Info != nil {
			info = Unescape(n.Info.Segment.Value(c.source.text))
		}
		c.checkFence(n)
		language, properties, hidden := infoString(info)
		b.add(c.code(n, language, properties, hidden))
	case *ast.HTMLBlock:
		if c.isMarker(n) {
			b.add(c.contents(c.pos(n)))
			return
		}
		c.htmlBlock(b, n)
	case *extast.FootnoteList: // each stands where it is referred to
	case *ast.Blockquote, *ast.List, *extast.Table, *extast.DefinitionList:
		if b.level() >= deepest-5 {
			c.report.Add(c.whole(n).Problem(collection.Error, "markdown-too-complex", "quotes and lists are nested too deep; use fewer levels"))
			return
		}
		switch n := n.(type) {
		case *ast.Blockquote:
			b.add(c.quote(n, b.level()))
		case *ast.List:
			b.add(c.list(n, b.level()))
		case *extast.Table:
			b.add(c.table(n, b.level()))
		case *extast.DefinitionList:
			b.add(c.definitions(n, b.level()))
		}
	}
}

// heading marks where a section begins.
func (c *converter) heading(b *builder, n *ast.Heading) {
	pos := c.pos(n)
	mark := with(element(headingMark, pos, c.inlines(n, b.level()+2)...), "level", strconv.Itoa(n.Level))
	with(mark, "id", c.headingID(n))
	if class, ok := n.AttributeString("class"); ok {
		if value, ok := class.([]byte); ok {
			with(mark, "class", printable(string(value)))
		}
	}
	b.add(mark)
}

// quote converts a block quote. One that begins with a heading, with "Note:",
// or as an alert, is a note.
func (c *converter) quote(n *ast.Blockquote, depth int) *cnxml.Node {
	q := element("quote", c.pos(n))
	var title ast.Node
	switch first := n.FirstChild().(type) {
	case *ast.Heading:
		title = first
		q.Name = "note"
		with(q, "id", c.headingID(first))
		q.Children = append(q.Children, element("title", c.pos(first), c.inlines(first, depth+2)...))
	case *ast.Paragraph:
		if first.Lines().Len() > 0 && !c.alert(q, first, depth) && bytes.HasPrefix(c.firstLine(first), []byte("Note:")) {
			q.Name = "note"
		}
	}
	b := c.builder(q, depth+1)
	c.blocks(b, n, title)
	return b.node
}

func (c *converter) firstLine(p *ast.Paragraph) []byte {
	line := p.Lines().At(0)
	return line.Value(c.source.text)
}

// dropBefore removes what a paragraph has before the offset.
func dropBefore(p ast.Node, offset int) {
	for n := p.FirstChild(); n != nil && OffsetOf(n) < offset; n = p.FirstChild() {
		if t, ok := n.(*ast.Text); ok && t.Segment.Stop > offset {
			t.Segment.Start = offset
			return
		}
		p.RemoveChild(p, n)
	}
}

func (c *converter) list(n *ast.List, depth int) *cnxml.Node {
	list := element("list", c.pos(n))
	if n.IsOrdered() {
		with(list, "list-type", "enumerated", "number-style", "arabic")
		if n.Start != 1 {
			with(list, "start-value", strconv.Itoa(n.Start))
		}
	} else {
		with(list, "list-type", "bulleted")
	}
	for i := n.FirstChild(); i != nil; i = i.NextSibling() {
		b := c.builder(element("item", c.pos(i)), depth+2)
		c.blocks(b, i, nil)
		list.Children = append(list.Children, b.node)
	}
	return list
}

// definitions converts a list of terms and what they mean. Terms have ids, as
// headings have.
func (c *converter) definitions(n *extast.DefinitionList, depth int) *cnxml.Node {
	list := &cnxml.Node{Space: cnxml.HTML, Name: "dl", Pos: c.pos(n)}
	for i := n.FirstChild(); i != nil; i = i.NextSibling() {
		part := &cnxml.Node{Space: cnxml.HTML, Name: "dd", Pos: c.pos(i)}
		if i.Kind() == extast.KindDefinitionTerm {
			part.Name = "dt"
			with(part, "id", c.headingID(i))
			part.Children = c.inlines(i, depth+2)
		} else {
			b := c.builder(part, depth+2)
			c.blocks(b, i, nil)
			part = b.node
		}
		list.Children = append(list.Children, part)
	}
	return list
}

// code converts a block of code. Lines that begin with hidden, or with what
// book.toml says of the language, are left out.
func (c *converter) code(n ast.Node, language, properties, hidden string) *cnxml.Node {
	var b bytes.Buffer
	lines := n.Lines()
	for i := range lines.Len() {
		segment := lines.At(i)
		b.Write(segment.Value(c.source.text))
	}
	data := strings.ReplaceAll(b.String(), "\r\n", "\n")
	if language == "rust" {
		data = shownRust(data)
	}
	if hidden == "" {
		hidden = c.hidelines[language]
	}
	if hidden != "" {
		data = shownLines(data, hidden)
	}
	code := with(element("code", c.pos(n)), "display", "block", "lang", language, "class", properties)
	if data = strings.TrimSuffix(data, "\n"); data != "" {
		code.Children = []*cnxml.Node{textNode(data, code.Pos)}
	}
	return code
}

// infoString divides the words behind a fence: the language, and properties
// that may be class names; hidden is what hidden lines begin with.
func infoString(info string) (language, properties, hidden string) {
	words := strings.FieldsFunc(info, func(r rune) bool { return strings.ContainsRune(", \t{}", r) })
	var classes []string
	for i, w := range words {
		w = strings.TrimPrefix(w, ".")
		switch {
		case strings.HasPrefix(w, "hidelines="):
			hidden = strings.Trim(strings.TrimPrefix(w, "hidelines="), `"'`)
		case strings.ContainsFunc(w, func(r rune) bool { return r <= ' ' || strings.ContainsRune("\"'<>&=`", r) }):
		case i == 0:
			language = printable(w)
		default:
			classes = append(classes, printable(w))
		}
	}
	return language, strings.Join(classes, " "), hidden
}

// shownLines is code without the lines whose text begins with the mark.
func shownLines(data, mark string) string {
	var b strings.Builder
	for line := range strings.Lines(data) {
		if !strings.HasPrefix(strings.TrimLeft(line, " \t"), mark) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// shownRust is a Rust program without the lines that rustdoc hides: those that
// begin with "# ". Two signs stand for one.
func shownRust(data string) string {
	if !strings.Contains(data, "#") {
		return data
	}
	var b strings.Builder
	for line := range strings.Lines(data) {
		body := strings.TrimLeft(line, " \t")
		rest, marked := strings.CutPrefix(body, "#")
		switch {
		case !marked:
			b.WriteString(line)
		case strings.HasPrefix(rest, "#"):
			b.WriteString(line[:len(line)-len(body)] + rest)
		case strings.TrimRight(rest, "\r\n") == "", rest[0] == ' ':
		default:
			b.WriteString(line)
		}
	}
	return b.String()
}

func (c *converter) table(n *extast.Table, depth int) *cnxml.Node {
	pos := c.pos(n)
	group := with(element("tgroup", pos), "cols", strconv.Itoa(len(n.Alignments)))
	for i, a := range n.Alignments {
		column := with(element("colspec", pos), "colnum", strconv.Itoa(i+1), "colname", "c"+strconv.Itoa(i+1), "align", align(a))
		group.Children = append(group.Children, column)
	}
	var rows []*cnxml.Node
	for r := n.FirstChild(); r != nil; r = r.NextSibling() {
		row := element("row", c.pos(r))
		for cell := r.FirstChild(); cell != nil; cell = cell.NextSibling() {
			entry := element("entry", c.pos(cell), c.inlines(cell, depth+5)...)
			if t, ok := cell.(*extast.TableCell); ok {
				with(entry, "align", align(t.Alignment))
			}
			row.Children = append(row.Children, entry)
		}
		if r.Kind() == extast.KindTableHeader {
			group.Children = append(group.Children, element("thead", row.Pos, row))
			continue
		}
		c.checkRow(r, len(n.Alignments))
		rows = append(rows, row)
	}
	group.Children = append(group.Children, element("tbody", pos, rows...))
	return with(element("table", pos, group), "class", "unnumbered") // Markdown has no captions
}

func align(a extast.Alignment) string {
	if a == extast.AlignNone {
		return ""
	}
	return a.String()
}
