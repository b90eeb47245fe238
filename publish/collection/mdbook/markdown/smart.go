package markdown

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// quotation is what a quotation mark becomes.
type quotation byte

const (
	straight quotation = iota
	apostrophe
	singleOpen
	doubleOpen
	doubleClose
)

var quotations = [...]string{apostrophe: "’", singleOpen: "‘", doubleOpen: "“", doubleClose: "”"}

// smart is a text of Markdown, with its escapes, in which quotation marks are
// curled and hyphens and dots joined, as mdBook's smart-punctuation does. at is
// where the text stands in the source, quotes the marks there. What is escaped
// stays as it is.
func smart(raw []byte, at int, quotes []quotation) string {
	var b strings.Builder
	for i := 0; i < len(raw); {
		size := 1
		switch r := raw[i]; {
		case r == '\\' && i+1 < len(raw) && util.IsPunct(raw[i+1]):
			size = 2
			b.Write(raw[i : i+2])
		case at+i < len(quotes) && quotes[at+i] != straight:
			b.WriteString(quotations[quotes[at+i]])
		case r == '-':
			for i+size < len(raw) && raw[i+size] == '-' {
				size++
			}
			b.WriteString(dashes(size))
		case r == '.' && strings.HasPrefix(string(raw[i:min(len(raw), i+3)]), "..."):
			size = 3
			b.WriteRune('…')
		default:
			b.WriteByte(r)
		}
		i += size
	}
	return b.String()
}

// curl finds the quotation marks in the line of a block. A single one is an
// apostrophe unless it opens and one that closes follows; a double one opens unless
// one is open that it can close. The text of a link is a line of its own. That
// is how the parser of mdBook does it.
func (c *converter) curl(parent ast.Node) {
	if !c.dialect.Smart {
		return
	}
	if c.quotes == nil {
		c.quotes = make([]quotation, len(c.source.text))
	}
	(&curler{converter: c, single: -1}).walk(parent)
}

type curler struct {
	*converter
	single int  // where a single mark may have opened; -1 if none has
	double bool // a double mark is open
}

func (q *curler) walk(parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			if !n.IsRaw() {
				q.text(n.Segment.Start, n.Segment.Stop)
			}
		case *ast.CodeSpan, *ast.RawHTML, *ast.AutoLink, *formula, *extast.FootnoteLink:
		case *ast.Link, *ast.Image:
			q.curl(n)
		default:
			q.walk(n)
		}
	}
}

func (q *curler) text(from, to int) {
	data := q.source.text
	for i := from; i < to; i++ {
		switch {
		case data[i] == '\\' && i+1 < to && util.IsPunct(data[i+1]):
			i++
		case data[i] == '\'':
			open, closing := flanks(data, i, i+1)
			if q.single >= 0 && closing {
				q.quotes[q.single] = singleOpen
				q.single = -1
			} else if open {
				q.single = i
			}
			q.quotes[i] = apostrophe
		case data[i] == '"':
			open, closing := flanks(data, i, i+1)
			if closing && q.double {
				q.double = false
				q.quotes[i] = doubleClose
			} else {
				q.double = q.double || open
				q.quotes[i] = doubleOpen
			}
		}
	}
}

// flanks reports whether the mark between two offsets can open and can close.
func flanks(data []byte, from, to int) (open, closing bool) {
	prev, _ := utf8.DecodeLastRune(data[:from])
	next, _ := utf8.DecodeRune(data[to:])
	blankBefore, blankBehind := from == 0 || unicode.IsSpace(prev), to >= len(data) || unicode.IsSpace(next)
	open = !blankBehind && (blankBefore || isMark(prev) && (data[from] != '\'' || prev != ']' && prev != ')'))
	closing = !blankBefore && (blankBehind || isMark(next))
	return open, closing
}

func isMark(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }

// strikes reports whether signs around a text strike it through. A single tilde
// does so around whole words only: H~2~O stays as it is.
func (c *converter) strikes(n *extast.Strikethrough) bool {
	data := c.source.text
	begin := OffsetOf(n)
	for begin > 0 && data[begin-1] == '~' {
		begin--
	}
	end := max(begin, c.textEnd(n))
	for end < len(data) && data[end] != '~' {
		end++
	}
	if begin+1 < len(data) && data[begin] == '~' && data[begin+1] == '~' || end >= len(data) || data[begin] != '~' {
		return true
	}
	open, _ := flanks(data, begin, begin+1)
	_, closing := flanks(data, end, end+1)
	return open && closing
}

// dashes are the dashes that a run of hyphens stands for.
func dashes(n int) string {
	if n == 1 {
		return "-"
	}
	em, en := 0, 0
	switch n % 6 {
	case 0, 3:
		em = n / 3
	case 2, 4:
		en = n / 2
	case 1:
		em, en = n/3-1, 2
	default:
		em, en = n/3, 1
	}
	return strings.Repeat("—", em) + strings.Repeat("–", en)
}
