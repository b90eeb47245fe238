package markdown

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/tex"
)

// formula is one in TeX. Its place is that of its text.
type formula struct {
	ast.BaseInline
	tex      string
	from, to int // with its delimiters
	display  bool
}

var kindFormula = ast.NewNodeKind("Formula")

// Kind implements ast.Node.
func (*formula) Kind() ast.NodeKind { return kindFormula }

// Dump implements ast.Node.
func (n *formula) Dump(source []byte, level int) {
	ast.DumpHelper(n, source, level, map[string]string{"TeX": n.tex}, nil)
}

// delimiters of formulas are those of mdBook's mathjax-support: with the
// backslash twice, since Markdown takes one away.
var delimiters = []struct {
	open, close string
	display     bool
}{{`\\(`, `\\)`, false}, {`\\[`, `\\]`, true}, {"$$", "$$", true}}

// formulaParser takes formulas out of a text before anything in them is taken
// for Markdown.
type formulaParser struct {
	maths   bool // the delimiters of MathJax
	dollars bool // those of mdbook-katex: dollar signs, one or two
}

// Trigger implements parser.InlineParser.
func (formulaParser) Trigger() []byte { return []byte{'\\', '$'} }

// Parse implements parser.InlineParser.
func (p formulaParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	for _, d := range delimiters {
		if (p.maths || d.open == "$$") && bytes.HasPrefix(line, []byte(d.open)) {
			at, place := block.Position()
			n := &formula{from: segment.Start, display: d.display}
			block.Advance(len(d.open))
			if !n.read(block, d.close) {
				block.SetPosition(at, place)
				return nil
			}
			n.SetPos(n.from)
			return n
		}
	}
	if p.dollars && line[0] == '$' {
		return inDollars(block)
	}
	return nil
}

// inDollars reads a formula between single dollar signs on one line. As with
// Pandoc, no space is inside of the signs and no digit behind them, since prices
// have dollar signs, too.
func inDollars(block text.Reader) ast.Node {
	line, segment := block.PeekLine()
	if len(line) < 3 || strings.IndexByte(" \t\r\n$", line[1]) >= 0 {
		return nil
	}
	for i := 1; i < len(line) && i < tex.MaxBytes; i++ {
		switch {
		case line[i] == '\\':
			i++
		case line[i] == '$' && (strings.IndexByte(" \t", line[i-1]) >= 0 || i+1 < len(line) && line[i+1] >= '0' && line[i+1] <= '9'):
			return nil
		case line[i] == '$':
			n := &formula{tex: string(line[1:i]), from: segment.Start, to: segment.Start + i + 1}
			n.SetPos(n.from)
			block.Advance(i + 1)
			return n
		}
	}
	return nil
}

// read reads to the closing delimiter and reports whether there is one.
func (n *formula) read(block text.Reader, closing string) bool {
	var b strings.Builder
	for b.Len() <= tex.MaxBytes {
		line, segment := block.PeekLine()
		if line == nil {
			return false
		}
		if i := bytes.Index(line, []byte(closing)); i >= 0 {
			b.Write(line[:i])
			block.Advance(i + len(closing))
			n.tex, n.to = b.String(), segment.Start+i+len(closing)
			return strings.TrimSpace(n.tex) != ""
		}
		b.Write(line)
		block.AdvanceLine()
	}
	return false
}

// formula converts one to MathML. Of one that cannot be read the source is
// shown.
func (c *converter) formula(n *formula) *cnxml.Node {
	pos := c.pos(n)
	math, err := tex.Parse(n.tex, n.display)
	if err != nil {
		at, _ := c.source.span(n.from, n.to)
		c.report.Add(at.Problem(collection.Warning, "formula-unread",
			"the formula cannot be read: %s; its source is shown instead", cnxml.Escape(err.Error())))
		code := with(element("code", pos, textNode(strings.TrimSpace(n.tex), pos)), "lang", "tex")
		if n.display {
			with(code, "display", "block")
		} else {
			with(code, "display", "inline")
		}
		return code
	}
	math.Walk(func(below *cnxml.Node) bool {
		below.Pos = pos
		return true
	})
	return math
}
