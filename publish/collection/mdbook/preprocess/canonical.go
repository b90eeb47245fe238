package preprocess

import (
	"html"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// canonical writes the line of a block in one form, whichever way its author has
// written it: escapes resolved, emphasis marked, links with their addresses, white
// space as one blank. mdbook-i18n-helpers normalises messages by writing Markdown
// anew; to compare what is meant needs no rules of writing.
type canonical struct {
	data  []byte
	notes map[int]string // names of footnotes by their numbers
	plain bool           // only the words
	from  int            // texts before this offset are left out
	b     strings.Builder
}

func (c *canonical) String() string { return strings.Join(strings.Fields(c.b.String()), " ") }

func (c *canonical) children(n ast.Node) {
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		c.node(child)
	}
}

func (c *canonical) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		if n.Segment.Start < c.from {
			return
		}
		c.b.WriteString(unescape(n.Value(c.data), n.IsRaw()))
		if n.SoftLineBreak() || n.HardLineBreak() {
			c.mark(map[bool]string{true: "\\", false: ""}[n.HardLineBreak()])
			c.b.WriteByte(' ')
		}
	case *ast.String:
		c.b.Write(n.Value)
	case *ast.CodeSpan:
		c.mark("`")
		for t := n.FirstChild(); t != nil; t = t.NextSibling() {
			if t, ok := t.(*ast.Text); ok {
				c.b.Write(t.Value(c.data))
			}
		}
		c.mark("`")
	case *ast.Emphasis:
		c.around(n, strings.Repeat("*", n.Level))
	case *extast.Strikethrough:
		c.around(n, "~")
	case *ast.Link:
		c.mark("[")
		c.children(n)
		c.mark("](" + unescape(n.Destination, false) + " " + unescape(n.Title, false) + ")")
	case *ast.Image:
		c.mark("![")
		c.children(n)
		c.mark("](" + unescape(n.Destination, false) + " " + unescape(n.Title, false) + ")")
	case *ast.AutoLink:
		c.b.Write(n.Label(c.data))
	case *ast.RawHTML:
		for i := range n.Segments.Len() {
			segment := n.Segments.At(i)
			c.mark(string(segment.Value(c.data)))
		}
	case *extast.FootnoteLink:
		c.mark("[^" + c.notes[n.Index] + "]")
	case *extast.FootnoteBacklink, *extast.TaskCheckBox:
	default:
		c.children(n)
	}
}

// mark writes what is no word.
func (c *canonical) mark(s string) {
	if !c.plain {
		c.b.WriteString(s)
	}
}

func (c *canonical) around(n ast.Node, mark string) {
	c.mark(mark)
	c.children(n)
	c.mark(mark)
}

// unescape resolves the escapes and references of a text.
func unescape(raw []byte, literal bool) string {
	if literal || !strings.ContainsAny(string(raw), `\&`) {
		return string(raw)
	}
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		if raw[i] == '\\' && i+1 < len(raw) && util.IsPunct(raw[i+1]) {
			i++
			if raw[i] == '&' {
				b.WriteString("&amp;")
				continue
			}
		}
		b.WriteByte(raw[i])
	}
	return html.UnescapeString(b.String())
}

// noteNames are the names of a document's footnotes by their numbers.
func noteNames(doc ast.Node) map[int]string {
	names := map[int]string{}
	walkBlocks(doc, func(n ast.Node) {
		if f, ok := n.(*extast.Footnote); ok {
			names[f.Index] = string(f.Ref)
		}
	})
	return names
}

// codeKey is the key of a whole block of code.
func codeKey(info, content string) string {
	return "code " + strings.TrimSpace(info) + "\n" + strings.TrimRight(content, "\n")
}

// messageKeys are the keys under which a message's text is found: as what it is
// when it is read as Markdown, and by its words.
func messageKeys(doc ast.Node, data []byte) (key, words string) {
	c := &canonical{data: data}
	w := &canonical{data: data, plain: true}
	only := doc.FirstChild()
	if only == nil || only.NextSibling() != nil {
		return "", ""
	}
	switch n := only.(type) {
	case *ast.Paragraph:
		c.children(n)
		w.children(n)
		return c.String(), w.String()
	case *ast.FencedCodeBlock:
		info := ""
		if n.Info != nil {
			info = string(n.Info.Segment.Value(data))
		}
		return codeKey(info, contentOf(n.Lines(), data)), ""
	case *ast.HTMLBlock:
		return htmlKey(n, data), ""
	case *ast.Heading:
		w.children(n)
		return strings.Repeat("#", n.Level) + strconv.Itoa(n.Level) + w.String(), w.String()
	}
	return "", ""
}

func htmlKey(n *ast.HTMLBlock, data []byte) string {
	raw := contentOf(n.Lines(), data)
	if n.HasClosure() {
		raw += string(n.ClosureLine.Value(data))
	}
	return "html " + strings.TrimSpace(raw)
}
