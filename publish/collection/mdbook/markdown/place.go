package markdown

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
	"golang.org/x/net/html"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// Spot is where the author has written something.
type Spot struct {
	collection.Place
	// Exact says that the place holds just that and nothing else, so that other
	// text can be put there. What comes out of an include has the place of the
	// directive.
	Exact bool
}

// Document is a text of Markdown and its tree.
type Document struct {
	source *Source
	doc    ast.Node
	labels map[string]int // see definitions

	written   []string                       // the labels as they are written
	redefined []*ast.LinkReferenceDefinition // those with a label that had another destination before
}

// NewDocument is a text and the tree that Parse has made of it.
func NewDocument(source *Source, doc ast.Node) *Document {
	return &Document{source: source, doc: doc}
}

// spot is the place that a part of the text comes from.
func (c *Document) spot(from, to int) Spot {
	at, exact := c.source.span(from, to)
	return Spot{at, exact}
}

// whole is the place of a node that has not been looked at more closely: its
// beginning, and the end of its text.
func (c *Document) whole(n ast.Node) collection.Place {
	from := OffsetOf(n)
	at, _ := c.source.span(from, max(from, c.textEnd(n)))
	return at
}

// Destination is where the destination of a link or an image stands: between
// its parentheses, or in the definition that it refers to.
func (c *Document) Destination(n ast.Node, reference *ast.ReferenceLink, written []byte) Spot {
	at, open := max(OffsetOf(n), c.textEnd(n)), "]("
	if reference != nil {
		definition, ok := c.definitions()[util.ToLinkReference(reference.Value)]
		if !ok {
			return Spot{Place: c.whole(n)}
		}
		at, open = definition, "]:"
	}
	begin := c.behind(at, open)
	switch {
	case begin < 0, !bytes.HasPrefix(c.source.text[begin:], written):
		return Spot{Place: c.whole(n)}
	case len(written) == 0: // "[text]()": the whole link
		end := begin + bytes.IndexByte(c.source.text[begin:], ')') + 1
		return c.spot(OffsetOf(n), end)
	}
	return c.spot(begin, begin+len(written))
}

// behind is the offset at which a destination begins behind the next mark that
// opens one; -1 if there is no mark.
func (c *Document) behind(at int, open string) int {
	text := c.source.text
	mark := bytes.Index(text[at:], []byte(open))
	if mark < 0 {
		return -1
	}
	rest := bytes.TrimLeft(text[at+mark+len(open):], " \t\r\n")
	return len(text) - len(bytes.TrimPrefix(rest, []byte("<")))
}

// definitions are the offsets of the link definitions by their labels; the
// first of a label counts.
func (c *Document) definitions() map[string]int {
	if c.labels != nil {
		return c.labels
	}
	c.labels = map[string]int{}
	destinations := map[string]string{}
	var walk func(ast.Node)
	walk = func(n ast.Node) {
		for ; n != nil; n = n.NextSibling() {
			if d, ok := n.(*ast.LinkReferenceDefinition); ok && d.Lines().Len() > 0 {
				label := util.ToLinkReference(d.Label)
				if _, taken := c.labels[label]; !taken {
					c.labels[label] = d.Lines().At(0).Start
					c.written = append(c.written, string(d.Label))
					destinations[label] = string(d.Destination)
				} else if destinations[label] != string(d.Destination) {
					c.redefined = append(c.redefined, d)
				}
			}
			if n.Type() == ast.TypeBlock {
				walk(n.FirstChild())
			}
		}
	}
	walk(c.doc.FirstChild())
	return c.labels
}

// textEnd is the offset behind the last text in n, 0 if it has none. What may
// follow are the marks that close n and what is in it.
func (c *Document) textEnd(n ast.Node) int {
	for last := n; last != nil; last = last.LastChild() {
		switch t := last.(type) {
		case *ast.Text:
			return t.Segment.Stop
		case *ast.RawHTML:
			if k := t.Segments.Len(); k > 0 {
				return t.Segments.At(k - 1).Stop
			}
		case *ast.Image: // its own destination follows its text
			if t == n || t.Reference != nil {
				continue
			}
			if begin := c.behind(max(OffsetOf(t), c.textEnd(t)), "]("); begin >= 0 {
				return begin + len(t.Destination)
			}
		}
	}
	return 0
}

// tagAttributes matches the attributes of an HTML tag, one after the other.
var tagAttributes = regexp.MustCompile(`([^\s"'>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?`)

// tag is a tag of HTML while it is converted.
type tag struct {
	raw    string // as written
	offset int    // of raw in the text
	Spot          // of the whole
}

// attribute is where the value of an attribute stands, without its quotes; the
// whole tag if that is not certain.
func (c *Document) attribute(t tag, name, value string) Spot {
	for i, m := range tagAttributes.FindAllStringSubmatchIndex(t.raw, -1) {
		if i == 0 || m[4] < 0 || !strings.EqualFold(t.raw[m[2]:m[3]], name) { // the first is the tag's name
			continue
		}
		from, to := m[4], m[5]
		if q := t.raw[from]; q == '"' || q == '\'' {
			from, to = from+1, to-1
		}
		if html.UnescapeString(t.raw[from:to]) != value {
			break
		}
		return c.spot(t.offset+from, t.offset+to)
	}
	return Spot{Place: t.Place}
}

// LineEnd is the offset at which the line of an offset ends.
func LineEnd(text []byte, offset int) int {
	line, _, _ := bytes.Cut(text[offset:], []byte("\n"))
	return offset + len(bytes.TrimRight(line, "\r"))
}
