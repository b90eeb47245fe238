package markdown

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// inlines converts what is in the line of a block at the depth.
func (c *converter) inlines(parent ast.Node, depth int) []*cnxml.Node {
	b := c.builder(&cnxml.Node{}, depth)
	c.curl(parent)
	c.phrases(b, parent)
	return joinText(b.node.Children)
}

func (c *converter) phrases(b *builder, parent ast.Node) {
	c.checkLine(parent)
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		c.phrase(b, n)
	}
}

func (c *converter) phrase(b *builder, n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		value := n.Value(c.source.text)
		switch {
		case n.IsRaw():
			b.add(textNode(string(value), c.pos(n)))
		case c.dialect.Smart:
			b.add(textNode(Unescape([]byte(smart(value, n.Segment.Stop-len(value), c.quotes))), c.pos(n)))
		default:
			b.add(textNode(Unescape(value), c.pos(n)))
		}
		if n.HardLineBreak() {
			b.add(element("newline", c.pos(n)))
		} else if n.SoftLineBreak() {
			b.add(textNode("\n", c.pos(n)))
		}
	case *ast.String:
		b.add(textNode(string(n.Value), c.pos(n)))
	case *ast.CodeSpan:
		b.add(element("code", c.pos(n), textNode(c.codeSpan(n), c.pos(n))))
	case *ast.Emphasis:
		effect := "italics"
		if n.Level == 2 {
			effect = "bold"
		}
		c.within(b, n, with(element("emphasis", c.pos(n)), "effect", effect))
	case *extast.Strikethrough:
		if !c.strikes(n) {
			b.add(textNode("~", c.pos(n)))
			c.phrases(b, n)
			b.add(textNode("~", c.pos(n)))
			return
		}
		c.within(b, n, with(element("emphasis", c.pos(n)), "effect", "line-through"))
	case *ast.Link:
		if link := c.link(Unescape(n.Destination), c.pos(n), c.Destination(n, n.Reference, n.Destination)); link != nil {
			c.within(b, n, link)
		} else {
			c.phrases(b, n)
		}
	case *ast.AutoLink:
		c.autoLink(b, n)
	case *ast.Image:
		b.add(c.image(Unescape(n.Destination), Plain(n, c.source.text), c.pos(n), c.Destination(n, n.Reference, n.Destination))...)
	case *ast.RawHTML:
		c.rawHTML(b, n)
	case *formula:
		b.add(c.formula(n))
	case *extast.TaskCheckBox:
		box := "\u2610 " // ballot box, without and with a check
		if n.IsChecked {
			box = "\u2611 "
		}
		b.add(textNode(box, c.pos(n)))
	case *extast.FootnoteLink:
		if previous := n.PreviousSibling(); previous != nil && previous.Kind() == extast.KindFootnoteLink {
			b.add(textNode(" ", c.pos(n))) // two marks are no number
		}
		b.add(c.footnote(n, b.level()))
	case *extast.FootnoteBacklink: // the renderer makes its own
	default:
		c.phrases(b, n)
	}
}

// within converts what is below n into the element.
func (c *converter) within(b *builder, n ast.Node, e *cnxml.Node) {
	if b.level() >= deepest {
		c.phrases(b, n)
		return
	}
	inner := c.builder(e, b.level())
	c.phrases(inner, n)
	e.Children = joinText(e.Children)
	b.add(e)
}

func (c *converter) codeSpan(n *ast.CodeSpan) string {
	var b strings.Builder
	for t := n.FirstChild(); t != nil; t = t.NextSibling() {
		if t, ok := t.(*ast.Text); ok {
			b.Write(t.Value(c.source.text))
		}
	}
	return strings.NewReplacer("\r\n", " ", "\n", " ").Replace(b.String())
}

func (c *converter) autoLink(b *builder, n *ast.AutoLink) {
	label, address := string(n.Label(c.source.text)), string(n.URL(c.source.text))
	if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(address), "mailto:") {
		address = "mailto:" + address
	}
	at := OffsetOf(n)
	if link := c.link(address, c.pos(n), c.spot(at, at+len(label))); link != nil {
		link.Children = []*cnxml.Node{textNode(label, link.Pos)}
		b.add(link)
		return
	}
	b.add(textNode(label, c.pos(n)))
}

// note is a footnote of the chapter.
type note struct {
	block *extast.Footnote
	id    string // once it has been converted
	used  int    // how often it has been referred to
}

func (c *converter) collectNotes(doc ast.Node) {
	c.notes = map[int]*note{}
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		if list, ok := n.(*extast.FootnoteList); ok {
			for f := list.FirstChild(); f != nil; f = f.NextSibling() {
				if f, ok := f.(*extast.Footnote); ok {
					c.notes[f.Index] = &note{block: f}
				}
			}
		}
	}
}

// footnote stands where a footnote is first referred to; further references
// are links to it. The ids are those that mdBook makes since 0.5.
func (c *converter) footnote(n *extast.FootnoteLink, depth int) *cnxml.Node {
	pos := c.pos(n)
	note := c.notes[n.Index]
	if note == nil {
		return textNode("", pos)
	}
	name := noteName(note.block, n.Index)
	if note.id != "" || depth >= deepest-5 {
		mark := element("sup", pos, textNode(strconv.Itoa(n.Index), pos))
		if note.id == "" {
			return mark
		}
		note.used++
		return with(element("link", pos, mark), "target-id", note.id, "id", c.unique("fr-"+name+"-"+strconv.Itoa(note.used)), "class", "footnote-reference")
	}
	note.id = c.unique("footnote-" + name)
	note.used = 1
	f := with(element("footnote", pos), "id", note.id, "reference-id", c.unique("fr-"+name+"-1"))
	if first := note.block.FirstChild(); first != nil && first.NextSibling() == nil && ast.IsParagraph(first) {
		f.Children = c.inlines(first, depth+1)
		c.resolve(f, depth)
		return f
	}
	b := c.builder(f, depth+1)
	c.blocks(b, note.block, nil)
	c.resolve(f, depth)
	return f
}

// noteName is the name of a footnote in its id, as mdBook has it.
func noteName(n *extast.Footnote, index int) string {
	name := string(n.Ref)
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }) {
		return strconv.Itoa(index)
	}
	return name
}
