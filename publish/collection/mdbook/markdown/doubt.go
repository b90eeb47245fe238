package markdown

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// doubt reports what is probably not what the author meant.
func (c *converter) doubt(from, to int, format string, args ...any) {
	at, _ := c.source.span(from, to)
	c.report.Add(at.Problem(collection.Warning, "markdown-doubtful", format, args...))
}

// unresolved matches what is left in a text of references and links that
// Markdown has not understood.
var unresolved = regexp.MustCompile(`(\[\^[^\[\]\s]+\])|(\[[^\[\]\n]+\]\[[^\[\]\n]*\])|(\[[^\[\]\n]+\] \(https?://[^()\s]+\))`)

// checkLine looks for references that lead nowhere in the text of a block.
func (c *converter) checkLine(parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		first, ok := n.(*ast.Text)
		if !ok {
			continue
		}
		from, to := first.Segment.Start, first.Segment.Stop
		for next, ok := n.NextSibling().(*ast.Text); ok && next.Segment.Start == to; next, ok = n.NextSibling().(*ast.Text) {
			n, to = next, next.Segment.Stop
		}
		text := c.source.text[from:to]
		for _, m := range unresolved.FindAllSubmatchIndex(text, 20) {
			if m[0] > 0 && text[m[0]-1] == '\\' {
				continue
			}
			written := cnxml.Quote(string(text[m[0]:m[1]]))
			switch {
			case m[2] >= 0:
				c.doubt(from+m[0], from+m[1], "there is no footnote for %s; add it, as [^name]: text", written)
			case m[4] >= 0:
				c.doubt(from+m[0], from+m[1], "%s is no link, since its reference is not defined; add it, as [name]: address", written)
			default:
				c.doubt(from+m[0], from+m[1], "%s is no link; remove the space between the brackets", written)
			}
		}
		c.checkShortcuts(text, from)
		if !c.dialect.Maths && !c.reported["maths"] {
			if m := texText.FindIndex(text); m != nil {
				c.reported["maths"] = true
				c.doubt(from+m[0], from+m[1], "the formula is shown as text; add mathjax-support = true to [output.html] in book.toml")
			}
		}
	}
}

// shortcut matches words in brackets alone: a link if they are defined.
var shortcut = regexp.MustCompile(`\[([^\[\]\n!^][^\[\]\n]{3,80})\](?:[^\[(:]|$)`)

// shortcutsMost limits the words in brackets of a chapter that are compared with
// its definitions, which costs a search.
const shortcutsMost = 100

// checkShortcuts reports words in brackets that are nearly those of a definition.
// By themselves brackets are text.
func (c *converter) checkShortcuts(text []byte, from int) {
	if len(c.Document.definitions()) == 0 {
		return
	}
	for _, m := range shortcut.FindAllSubmatchIndex(text, 20) {
		if m[0] > 0 && (text[m[0]-1] == '\\' || text[m[0]-1] == ']') || c.shortcuts >= shortcutsMost {
			continue
		}
		c.shortcuts++
		words := string(text[m[2]:m[3]])
		if meant, ok := collection.ClosestMatch(words, c.written); ok {
			c.doubt(from+m[0], from+m[3]+1, "[%s] is no link, since that reference is not defined; did you mean [%s]?", cnxml.Escape(words), cnxml.Escape(meant))
		}
	}
}

// checkDefinitions reports links that are defined again, otherwise: the first
// definition counts.
func (c *converter) checkDefinitions() {
	c.Document.definitions()
	for _, d := range c.redefined {
		line := d.Lines().At(0)
		c.doubt(line.Start, LineEnd(c.source.text, line.Start), "the reference %s is defined already, and the first definition counts; remove or rename one", cnxml.Quote(string(d.Label)))
	}
}

var texText = regexp.MustCompile(`\\\\\([^\n]+?\\\\\)|\\\\\[|\$\$[^$\n]*[\\^_=][^$\n]*\$\$`)

// checkFence reports a fence that is never closed: all that follows is code.
func (c *converter) checkFence(n *ast.FencedCodeBlock) {
	at := OffsetOf(n)
	end := at
	if n.Info != nil {
		end = n.Info.Segment.Stop
	}
	if k := n.Lines().Len(); k > 0 {
		at, end = n.Lines().At(0).Start, n.Lines().At(k-1).Stop
	}
	if n.Info != nil {
		at = n.Info.Segment.Start
	}
	text := c.source.text
	if end > 0 && text[end-1] != '\n' {
		end = min(len(text), LineEnd(text, end)+1)
	}
	line, _, _ := bytes.Cut(text[min(end, len(text)):], []byte("\n"))
	if rest := bytes.TrimLeft(line, " \t>"); bytes.HasPrefix(rest, []byte("```")) || bytes.HasPrefix(rest, []byte("~~~")) {
		return
	}
	c.doubt(at, LineEnd(text, at), "the fence of this code is never closed, so what follows is code; add a line with the closing fence")
}

// checkRow reports cells that the header of a table has no column for.
func (c *converter) checkRow(row ast.Node, columns int) {
	at := OffsetOf(row)
	for at > 0 && c.source.text[at-1] != '\n' {
		at--
	}
	end := LineEnd(c.source.text, at)
	line := strings.Trim(strings.TrimLeft(string(c.source.text[at:end]), " \t>"), " \t")
	line = strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|")
	cells := strings.Split(strings.ReplaceAll(line, `\|`, "  "), "|")
	if len(cells) > columns && strings.TrimSpace(strings.Join(cells[columns:], "")) != "" {
		c.doubt(at, end, "the row has %d cells, but the header has %d: what is beyond is not shown; add columns, or write \\| for a sign", len(cells), columns)
	}
}

var noteLine = regexp.MustCompile(`(?m)^[ \t>]*\[\^([^\]\s]+)\]:`)

// checkNotes reports footnotes that nothing refers to and those that are
// defined again: neither is on the page.
func (c *converter) checkNotes(doc ast.Node) {
	code := c.codeRanges(doc)
	seen := map[string]bool{}
	used := map[string]bool{}
	for _, n := range c.notes {
		used[string(n.block.Ref)] = true
	}
	for _, m := range noteLine.FindAllSubmatchIndex(c.source.text, -1) {
		name := string(c.source.text[m[2]:m[3]])
		if code(m[2]) {
			continue
		}
		switch {
		case seen[name]:
			c.doubt(m[2]-2, m[3]+1, "the footnote %s is defined twice, and only the first is shown; remove one", cnxml.Quote(name))
		case !used[name]:
			c.doubt(m[2]-2, m[3]+1, "nothing refers to the footnote %s, so it is not shown; refer to it, as [^%s], or remove it", cnxml.Quote(name), cnxml.Escape(name))
		}
		seen[name] = true
	}
}

// codeRanges tells whether an offset is in code or HTML.
func (c *converter) codeRanges(doc ast.Node) func(int) bool {
	var spans [][2]int
	var walk func(ast.Node)
	walk = func(n ast.Node) {
		for ; n != nil; n = n.NextSibling() {
			switch n.(type) {
			case *ast.FencedCodeBlock, *ast.CodeBlock, *ast.HTMLBlock:
				if k := n.Lines().Len(); k > 0 {
					spans = append(spans, [2]int{n.Lines().At(0).Start, n.Lines().At(k - 1).Stop})
				}
			case *extast.FootnoteList, *extast.Footnote:
				walk(n.FirstChild())
			default:
				if n.Type() == ast.TypeBlock {
					walk(n.FirstChild())
				}
			}
		}
	}
	walk(doc.FirstChild())
	return func(at int) bool {
		for _, s := range spans {
			if at >= s[0] && at < s[1] {
				return true
			}
		}
		return false
	}
}

var headingWithoutSpace = regexp.MustCompile(`^#{2,6}[^#\s!]`)

// checkHeading reports a line that would be a heading if it had a space.
func (c *converter) checkHeading(p ast.Node) {
	if p.Lines().Len() == 0 {
		return
	}
	line := p.Lines().At(0)
	if headingWithoutSpace.Match(line.Value(c.source.text)) {
		c.doubt(line.Start, LineEnd(c.source.text, line.Start), "this is no heading; put a space behind the #")
	}
}
