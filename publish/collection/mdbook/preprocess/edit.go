// Package preprocess does to the text of chapters what widespread preprocessors
// of mdBook do: the translations of mdbook-i18n-helpers, the blocks of
// mdbook-admonish, the rules and links of the Rust reference's mdbook-spec. Each
// is a function from a text to edits, so that the places of what stays are known.
// Nothing here runs a program.
package preprocess

import (
	"slices"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// Edit replaces a part of a text. Edits are in the order of the text and do not
// overlap.
type Edit struct {
	From, To int // offsets in bytes
	Text     string
}

// Apply carries out edits.
func Apply(data []byte, edits []Edit) []byte {
	var out []byte
	at := 0
	for _, e := range edits {
		out = append(append(out, data[at:e.From]...), e.Text...)
		at = e.To
	}
	return append(out, data[at:]...)
}

// walkBlocks calls visit for each block below n, in the order of the tree.
func walkBlocks(n ast.Node, visit func(ast.Node)) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if c.Type() == ast.TypeBlock {
			visit(c)
			walkBlocks(c, visit)
		}
	}
}

// ordered sorts edits and leaves out what overlaps: footnotes come last in the tree,
// and a cell of a table may be cut out of two lines.
func ordered(edits []Edit) []Edit {
	slices.SortStableFunc(edits, func(a, b Edit) int { return a.From - b.From })
	out := edits[:0]
	for _, e := range edits {
		if len(out) == 0 || e.From >= out[len(out)-1].To {
			out = append(out, e)
		}
	}
	return out
}

// prefix is what a line that continues a block begins with, for one whose text
// begins at the offset: marks of quotes, and blanks for those of lists.
func prefix(data []byte, at int) string {
	start := at
	for start > 0 && data[start-1] != '\n' {
		start--
	}
	return strings.Map(func(r rune) rune {
		if r == '>' || r == '\t' {
			return r
		}
		return ' '
	}, string(data[start:at]))
}

// continued is a text whose further lines begin like those of a block that begins
// at the offset.
func continued(s string, data []byte, at int) string {
	if !strings.Contains(s, "\n") {
		return s
	}
	before := prefix(data, at)
	if len(before) > longestPrefix {
		return strings.ReplaceAll(s, "\n", " ")
	}
	return strings.ReplaceAll(s, "\n", "\n"+before)
}

// longestPrefix is the length of what lines in containers begin with.
const longestPrefix = 1000

// contentOf is the text of a block of lines.
func contentOf(lines *text.Segments, data []byte) string {
	var b strings.Builder
	for i := range lines.Len() {
		segment := lines.At(i)
		b.Write(segment.Value(data))
	}
	return b.String()
}

func hasLetter(s string) bool { return strings.ContainsFunc(s, unicode.IsLetter) }
