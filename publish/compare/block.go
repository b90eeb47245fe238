package compare

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/rhaptos/rhaptos/publish/sequence"
)

// block is a node of an article as it is compared: an element that holds
// blocks, or a line.
type block struct {
	n        *html.Node   // the element; nil for a line
	kind     atom.Atom    // of the element, and of those that it may become
	nodes    []*html.Node // of a line: what stands side by side
	children []*block
	tokens   []token // of a line
	hash     uint64  // of what is seen of it
	loose    uint64  // the same, whatever the numbers in it are
	sketch   []uint32
	counts   int  // words, and things that are no words
	spans    bool // a cell in it reaches over several rows
}

func (b *block) isLine() bool { return b.n == nil }

// tag is the element's; zero for a line.
func (b *block) tag() atom.Atom {
	if b.n == nil {
		return 0
	}
	return b.n.DataAtom
}

// article makes the tree of blocks of an article.
func (l *lexer) article(n *html.Node) *block {
	l.holders = map[*html.Node]bool{}
	l.findHolders(n)
	return l.grow(n)
}

// grow makes the tree of blocks below an element.
func (l *lexer) grow(n *html.Node) *block {
	shown := shownHash(n)
	b := &block{n: n, kind: kindOf(n.DataAtom), hash: shown, loose: shown, spans: is(n, atom.Td, atom.Th) && !slices.Contains([]string{"", "1"}, attribute(n, "rowspan"))}
	exact := is(n, atom.Pre)
	var run []*html.Node
	end := func() {
		if line := l.lineBlock(run, exact); line != nil {
			b.children = append(b.children, line)
		}
		run = nil
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		switch {
		case in(child, blocks) || l.holders[child]:
			end()
			b.children = append(b.children, l.grow(child))
		case child.Type == html.TextNode || child.Type == html.ElementNode:
			run = append(run, child)
		}
	}
	end()
	for _, c := range b.children {
		b.hash, b.loose = mix(b.hash, c.hash), mix(b.loose, c.loose)
		b.counts += c.counts
		b.spans = b.spans || c.spans
		b.sketch = join(b.sketch, c.sketch)
	}
	return b
}

// findHolders finds the elements that are no blocks and hold one: they are compared
// as blocks too. It reports whether there is a block in n.
func (l *lexer) findHolders(n *html.Node) bool {
	found := false
	for child := range n.ChildNodes() {
		switch {
		case in(child, blocks):
			l.findHolders(child)
			found = true
		case child.Type == html.ElementNode && !isWhole(child) && l.findHolders(child):
			l.holders[child] = true
			found = true
		}
	}
	return found
}

// lineBlock is a line; nil if there is nothing in it but space.
func (l *lexer) lineBlock(run []*html.Node, exact bool) *block {
	if !slices.ContainsFunc(run, func(n *html.Node) bool { return n.Type != html.TextNode || strings.TrimSpace(n.Data) != "" }) {
		return nil
	}
	b := &block{nodes: run, tokens: l.line(run, exact), hash: lineHash, loose: lineHash}
	for i := range b.tokens {
		t := &b.tokens[i]
		if t.silent {
			continue
		}
		b.hash, b.loose = mix(b.hash, t.key), mix(b.loose, t.loose)
		if t.word || t.image {
			b.counts++
		}
		if t.node != nil {
			b.sketch = append(b.sketch, uint32(t.node.DataAtom)+1)
		} else if t.small != 0 {
			b.sketch = append(b.sketch, t.small)
		}
	}
	b.sketch = sequence.Sketch(b.sketch, sketchSize)
	return b
}

var lineHash = hashOf("line")

// shownHash is a hash of an element's start tag, as far as it is seen.
func shownHash(n *html.Node) uint64 {
	h := hashOf(n.Data)
	for _, a := range n.Attr {
		switch a.Key {
		case "start", "type", "value", "reversed", "colspan", "rowspan":
			h = mix(mix(h, hashOf(a.Key)), hashOf(a.Val))
		}
	}
	return h
}

// sketchSize is the number of hashes that represent the words of a block.
const sketchSize = 48

// join is the sketch of what two blocks hold together.
func join(a, b []uint32) []uint32 {
	if len(a) == 0 {
		return b
	}
	out := make([]uint32, 0, min(len(a)+len(b), sketchSize))
	for (len(a) > 0 || len(b) > 0) && len(out) < sketchSize {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0] < b[0]:
			out, a = append(out, a[0]), a[1:]
		case len(a) == 0 || b[0] < a[0]:
			out, b = append(out, b[0]), b[1:]
		default:
			out, a, b = append(out, a[0]), a[1:], b[1:]
		}
	}
	return out
}

// alike is the part of their words that two blocks share, from 0 to 1.
func alike(a, b *block) float64 {
	if a.loose == b.loose {
		return 1
	}
	return sequence.Resemblance(a.sketch, b.sketch, sketchSize)
}
