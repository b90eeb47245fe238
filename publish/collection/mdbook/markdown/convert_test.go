package markdown

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// convert converts a chapter that includes nothing, in the dialect that most
// books are written in.
func convert(text string) (*Result, *collection.Report) {
	report := collection.NewReport("one.md")
	source := WholeFile([]byte(text), cnxml.NewCursor([]byte(text)))
	return Convert(Input{Source: source, Dialect: Dialect{Smart: true}, Report: report}), report
}

// describe writes a tree with places and attributes, one node on a line.
func describe(b *strings.Builder, n *cnxml.Node, depth int) {
	if n == nil {
		return
	}
	b.WriteString(strings.Repeat("  ", depth))
	if n.Space == cnxml.Text {
		fmt.Fprintf(b, "%q\n", n.Data)
		return
	}
	fmt.Fprintf(b, "%v:%s %d:%d", n.Space, n.Name, n.Pos.Line, n.Pos.Column)
	for _, a := range n.Attrs {
		fmt.Fprintf(b, " %s=%q", a.Name, a.Value)
	}
	b.WriteByte('\n')
	for _, child := range n.Children {
		describe(b, child, depth+1)
	}
}

// TestResult converts links, images and ids, which the book looks up, with a
// table of contents and a rule for what links mean.
func TestResult(t *testing.T) {
	text := "# One\n\n[TOC]\n\n## Two\n\n[a](x) [a](x) ![b](c.png) <i id=d>e</i>\n\n## Two\n"
	report := collection.NewReport("one.md")
	out := Convert(Input{
		Source: WholeFile([]byte(text), cnxml.NewCursor([]byte(text))), Report: report, Contents: &Contents{Marker: "[TOC]", Levels: 2},
		ResolveLink: func(destination string) string { return "to-" + destination + ".md" },
	})
	if got, want := strings.Join(out.IDs, " "), "d one two two-1"; got != want {
		t.Errorf("ids %s, want %s", got, want)
	}
	var pointers []string
	for _, p := range out.Pointers {
		pointers = append(pointers, fmt.Sprintf("%s %t %d:%d-%d", p.Destination, p.Image, p.At.Pos.Line, p.At.Pos.Column, p.At.End.Column))
	}
	if got, want := strings.Join(pointers, ", "), "to-x.md false 7:5-6, to-x.md false 7:12-13, c.png true 7:20-25"; got != want {
		t.Errorf("pointers %s, want %s", got, want)
	}
	list := out.Text.Content.Child("list")
	if list == nil || len(list.Children) != 2 || list.Children[1].Child("link").Attr("target-id") != "two-1" {
		t.Error("the table of contents is not that of the page")
	}
	if problems := report.Problems(); len(problems) > 0 {
		t.Errorf("problems %v", problems)
	}
}
