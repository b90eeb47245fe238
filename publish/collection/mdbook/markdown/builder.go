package markdown

import (
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// deepest limits the nesting of a chapter's elements; elements nested deeper move
// up.
const deepest = 200

// builder collects what is in one container. Sections are opened later, by
// [converter.arrange], once the tags of raw HTML are resolved.
type builder struct {
	node  *cnxml.Node
	depth int // of the container in the tree
}

func (c *converter) builder(container *cnxml.Node, depth int) *builder {
	return &builder{container, depth}
}

// level is the depth of what is added next.
func (b *builder) level() int { return b.depth + 1 }

func (b *builder) add(nodes ...*cnxml.Node) {
	b.node.Children = append(b.node.Children, nodes...)
}

// headingMark is the name of a heading of Markdown until arrange makes a
// section of it and of what follows. Its class is that of the section.
const headingMark = "heading mark"

// arrange makes sections of the headings in n and of what follows them, and
// puts phrases that stand among blocks into paragraphs. A section does not
// reach out of the element that its heading is in.
func (c *converter) arrange(n *cnxml.Node, depth int) {
	if depth > deepest {
		n.Children = flatText(n.Children)
		return
	}
	open := []*cnxml.Node{n}
	levels := []int{0}
	children := n.Children
	n.Children = nil
	for _, child := range children {
		if child.Name != headingMark {
			c.arrange(child, depth+len(open))
			top := open[len(open)-1]
			top.Children = append(top.Children, child)
			continue
		}
		section, level := c.section(child)
		for levels[len(levels)-1] >= level {
			open, levels = open[:len(open)-1], levels[:len(levels)-1]
		}
		top := open[len(open)-1]
		top.Children = append(top.Children, section)
		open, levels = append(open, section), append(levels, level)
	}
	for i := len(open) - 1; i >= 0; i-- {
		tidy(open[i])
	}
}

// section is the section that a heading begins, with its title only.
func (c *converter) section(mark *cnxml.Node) (section *cnxml.Node, level int) {
	title := element("title", mark.Pos, joinText(mark.Children)...)
	section = element("section", mark.Pos, title)
	for _, a := range mark.Attrs {
		if a.Name == "level" {
			level = int(a.Value[0] - '0')
		} else {
			section.Attrs = append(section.Attrs, a)
		}
	}
	return section, level
}

// flatText is the nodes with all elements replaced by the text in them.
func flatText(nodes []*cnxml.Node) []*cnxml.Node {
	var out []*cnxml.Node
	for _, n := range nodes {
		n.Walk(func(below *cnxml.Node) bool {
			if below.Space == cnxml.Text {
				out = append(out, below)
			}
			return true
		})
	}
	return joinText(out)
}

// tidy joins neighbouring texts, and puts phrases that stand directly among
// the blocks of n into paragraphs.
func tidy(n *cnxml.Node) {
	n.Children = joinText(n.Children)
	if !n.Is("content", "section", "quote", "note") {
		return
	}
	var blocks []*cnxml.Node
	var para *cnxml.Node
	for _, c := range n.Children {
		switch {
		case !isPhrase(c):
			para = nil
			blocks = append(blocks, c)
		case para != nil:
			para.Children = append(para.Children, c)
		case c.Space != cnxml.Text || strings.TrimSpace(c.Data) != "":
			para = element("para", c.Pos, c)
			blocks = append(blocks, para)
		}
	}
	n.Children = blocks
}

func joinText(nodes []*cnxml.Node) []*cnxml.Node {
	var out []*cnxml.Node
	for i := 0; i < len(nodes); {
		n := nodes[i]
		i++
		if n.Space == cnxml.Text {
			first := i
			for i < len(nodes) && nodes[i].Space == cnxml.Text {
				i++
			}
			if i > first {
				var b strings.Builder
				b.WriteString(n.Data)
				for _, more := range nodes[first:i] {
					b.WriteString(more.Data)
				}
				n = textNode(b.String(), n.Pos)
			}
			if n.Data == "" {
				continue
			}
		}
		out = append(out, n)
	}
	return out
}

// isPhrase reports whether n belongs into the line of a text.
func isPhrase(n *cnxml.Node) bool {
	switch n.Space {
	case cnxml.Text, cnxml.MathML:
		return true
	case cnxml.HTML:
		return phrasing[n.Name]
	}
	return n.Is("emphasis", "link", "media", "footnote", "newline", "span", "sub", "sup", "term") ||
		n.Is("code") && n.Attr("display") != "block"
}
