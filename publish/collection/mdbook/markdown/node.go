package markdown

import (
	"html"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// element makes an element of CNXML.
func element(name string, pos cnxml.Pos, children ...*cnxml.Node) *cnxml.Node {
	return &cnxml.Node{Space: cnxml.CNXML, Name: name, Pos: pos, Children: children}
}

func attr(name, value string, pos cnxml.Pos) cnxml.Attr {
	return cnxml.Attr{Name: name, Value: value, Pos: pos}
}

// with adds attributes, given as names and values; empty values are left out.
func with(n *cnxml.Node, pairs ...string) *cnxml.Node {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			n.Attrs = append(n.Attrs, attr(pairs[i], pairs[i+1], n.Pos))
		}
	}
	return n
}

func textNode(data string, pos cnxml.Pos) *cnxml.Node {
	return &cnxml.Node{Data: printable(data), Pos: pos}
}

// printable is s with U+FFFD for every character that XML may not hold.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return 0xFFFD
		}
		return r
	}, s)
}

// Unescape resolves backslash escapes and character references, in one pass:
// an escaped ampersand begins no reference.
func Unescape(raw []byte) string {
	if !strings.ContainsAny(string(raw), `\&`) {
		return string(raw)
	}
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		switch {
		case raw[i] == '\\' && i+1 < len(raw) && util.IsPunct(raw[i+1]):
			i++
			b.WriteByte(raw[i])
		case raw[i] == '&':
			length := reference(raw[i:])
			b.WriteString(html.UnescapeString(string(raw[i : i+length])))
			i += length - 1
		default:
			b.WriteByte(raw[i])
		}
	}
	return b.String()
}

// reference is the length of the character reference at the start of raw, with
// its semicolon; 1 if there is none.
func reference(raw []byte) int {
	for i := 1; i < len(raw) && i < 40; i++ {
		switch c := raw[i]; {
		case c == ';':
			return i + 1
		case c == '#', c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		default:
			return 1
		}
	}
	return 1
}

// Plain is the text below n, without markup and HTML, on one line.
func Plain(n ast.Node, source []byte) string {
	return strings.Join(strings.Fields(textOf(n, source, false, false)), " ")
}

// headingText is the text that mdBook makes the id of a heading from: with its
// spaces, without the words for images.
func headingText(n ast.Node, source []byte, curled bool) string {
	return strings.TrimSpace(textOf(n, source, true, curled))
}

func textOf(n ast.Node, source []byte, heading, curled bool) string {
	var b strings.Builder
	var walk func(ast.Node)
	walk = func(n ast.Node) {
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			switch c := c.(type) {
			case *ast.Text:
				value := c.Value(source)
				if curled && !c.IsRaw() && c.Parent().Kind() != ast.KindCodeSpan {
					value = []byte(smart(value, 0, nil))
				}
				if c.IsRaw() || c.Parent().Kind() == ast.KindCodeSpan {
					b.Write(value)
				} else {
					b.WriteString(Unescape(value))
				}
				if c.SoftLineBreak() || c.HardLineBreak() {
					b.WriteByte(' ')
				}
			case *ast.String:
				b.Write(c.Value)
			case *ast.AutoLink:
				b.Write(c.Label(source))
			case *extast.FootnoteLink:
				if heading {
					b.WriteString(strconv.Itoa(c.Index))
				}
			case *ast.Image:
				if !heading {
					walk(c)
				}
			default:
				walk(c)
			}
		}
	}
	walk(n)
	return printable(b.String())
}

// OffsetOf is where n begins in the source. Nodes whose place the parser does
// not keep have that of what is in them, or else around them.
func OffsetOf(n ast.Node) int {
	for below := n; below != nil; below = below.FirstChild() {
		if at := below.Pos(); at >= 0 {
			return at
		}
	}
	for ; n != nil; n = n.Parent() {
		if at := n.Pos(); at >= 0 {
			return at
		}
	}
	return 0
}
