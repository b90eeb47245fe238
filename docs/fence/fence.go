// Package fence reads the fenced code blocks of the documents, for the tests that
// parse and run the commands in them.
package fence

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// Block is a fenced code block. The first word of its info string is its
// language. For shell commands ("sh") more can follow:
//
//	as=NAME         the user of the example who enters the commands
//	norun: REASON   why no test can run them
//
// A block of the language "output" is part of what the previous commands print.
type Block struct {
	Document string // path from the root of the repository
	Line     int    // of the first line of the text, from 1
	Language string
	As       string // empty for the main user
	NoRun    string // empty if a test runs the commands
	Before   string // text of the preceding paragraph, with its code spans in backquotes
	Text     string
}

// String returns the position of the block, as DOCUMENT:LINE.
func (b Block) String() string { return fmt.Sprintf("%s:%d", b.Document, b.Line) }

// Document has the blocks and code spans of a document, in their order.
type Document struct {
	Path   string // from the root of the repository
	Blocks []Block
	Spans  []string // text of code spans
}

// Documents reads README.md and the Markdown files below docs.
func Documents(root fs.FS) ([]Document, error) {
	paths := []string{"README.md"}
	err := fs.WalkDir(root, "docs", func(p string, d fs.DirEntry, err error) error {
		if err == nil && path.Ext(p) == ".md" {
			paths = append(paths, p)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var all []Document
	for _, p := range paths {
		source, err := fs.ReadFile(root, p)
		if err != nil {
			return nil, err
		}
		d, err := parse(p, source)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

func parse(name string, source []byte) (Document, error) {
	d := Document{Path: name}
	root := goldmark.DefaultParser().Parse(text.NewReader(source))
	err := ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.CodeSpan:
			d.Spans = append(d.Spans, spanText(n, source))
		case *ast.FencedCodeBlock:
			b, err := block(name, n, source)
			if err != nil {
				return ast.WalkStop, err
			}
			d.Blocks = append(d.Blocks, b)
		}
		return ast.WalkContinue, nil
	})
	return d, err
}

// spanText returns the text of a code span, with spaces for the ends of its lines.
func spanText(n *ast.CodeSpan, source []byte) string {
	var s strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			s.Write(t.Segment.Value(source))
		}
	}
	return strings.Join(strings.Fields(s.String()), " ")
}

// info matches what may follow "sh" in an info string.
var info = regexp.MustCompile(`^(?: as=([a-z]+))?(?: norun: (.+))?$`)

func block(name string, n *ast.FencedCodeBlock, source []byte) (Block, error) {
	b := Block{Document: name, Language: string(n.Language(source)), Text: string(n.Lines().Value(source))}
	at := 0
	if n.Info != nil {
		at = n.Info.Segment.Stop
	}
	if n.Lines().Len() > 0 {
		at = n.Lines().At(0).Start
	}
	b.Line = 1 + strings.Count(string(source[:at]), "\n")
	if p, ok := n.PreviousSibling().(*ast.Paragraph); ok {
		b.Before = string(p.Lines().Value(source))
	}
	if b.Language != "sh" {
		return b, nil
	}
	m := info.FindStringSubmatch(strings.TrimPrefix(string(n.Info.Segment.Value(source)), "sh"))
	if m == nil {
		return b, fmt.Errorf("%s: the info string %q is not \"sh [as=NAME] [norun: REASON]\"", b, n.Info.Segment.Value(source))
	}
	b.As, b.NoRun = m[1], m[2]
	return b, nil
}
