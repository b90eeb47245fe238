package mdbook

import (
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// deepest limits the nesting of a chapter's elements; elements nested deeper move
// up.
const deepest = 200

// builder fills one container. Between its start and its end, sections open at
// headings and HTML elements open and close at their tags, both across blocks
// of Markdown.
type builder struct {
	*converter
	depth int // of the container in the tree
	open  []frame
	tags  map[string]int // how many frames each tag has opened
}

// frame is an element that is being filled.
type frame struct {
	node  *cnxml.Node
	level int    // of the heading, for a section
	tag   string // of the HTML element that opened it
	end   func(*cnxml.Node)
}

// dropped marks a frame whose content is not wanted.
const dropped = "dropped content"

func (c *converter) builder(container *cnxml.Node, depth int) *builder {
	return &builder{converter: c, depth: depth, open: []frame{{node: container}}, tags: map[string]int{}}
}

func (b *builder) top() *frame { return &b.open[len(b.open)-1] }

// level is the depth of what is added next.
func (b *builder) level() int { return b.depth + len(b.open) }

func (b *builder) add(nodes ...*cnxml.Node) {
	f := b.top()
	if f.node.Name != dropped {
		f.node.Children = append(f.node.Children, nodes...)
	}
}

// push opens an element. One that is nested too deep leaves only its content.
func (b *builder) push(f frame) {
	switch {
	case f.node.Name == dropped:
	case b.level() >= deepest, b.top().node.Name == dropped:
		f.node, f.end = b.top().node, nil
	default:
		b.add(f.node)
	}
	b.open = append(b.open, f)
	b.tags[f.tag]++
}

func (b *builder) pop() {
	f := b.top()
	b.open = b.open[:len(b.open)-1]
	b.tags[f.tag]--
	if f.node.Name == dropped {
		return
	}
	if len(b.open) > 0 && f.node == b.top().node { // nested too deep
		return
	}
	tidy(f.node)
	if f.end != nil {
		f.end(f.node)
	}
}

// section opens a section under a heading of the level, after closing those
// that end there. Sections do not reach out of an HTML element.
func (b *builder) section(n *cnxml.Node, level int) {
	for b.top().level >= level {
		b.pop()
	}
	b.push(frame{node: n, level: level})
}

// closeTag ends the innermost HTML element of the name, with all that is open
// in it. A tag that closes nothing is ignored.
func (b *builder) closeTag(tag string) {
	for still := b.tags[tag] - 1; still >= 0 && b.tags[tag] > still; {
		b.pop()
	}
}

// close ends the container and everything open in it.
func (b *builder) close() *cnxml.Node {
	container := b.open[0].node
	for len(b.open) > 0 {
		b.pop()
	}
	return container
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
