package mdbook

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

var r = strings.Repeat

// pathological makes Markdown of about n bytes that is costly to read.
var pathological = map[string]func(n int) string{
	"nested emphasis":   func(n int) string { return r("*a **a ", n/14) + "b" + r(" a** a*", n/14) },
	"open emphasis":     func(n int) string { return r("*a ", n/3) },
	"open strong":       func(n int) string { return r("a**b", n/7) + r("c* ", n/7) },
	"brackets":          func(n int) string { return r("[", n/2) + "a" + r("]", n/2) },
	"open brackets":     func(n int) string { return r("[a", n/2) },
	"links":             func(n int) string { return r("[a](b", n/5) },
	"links in angles":   func(n int) string { return r("[a](<b", n/6) },
	"titles":            func(n int) string { return r("[a](b \"\n", n/8) },
	"images":            func(n int) string { return r("![", n/6) + "a" + r("](b)", n/6) },
	"quotes":            func(n int) string { return r(">", n) + "a" },
	"lists":             func(n int) string { return r("* ", n/2) + "a" },
	"ordered lists":     func(n int) string { return r("1. ", n/3) + "a" },
	"definitions":       func(n int) string { return r("[a]: b\n", n/7) },
	"references":        func(n int) string { return r("[a]: b\n\n", n/12) + r("[a] ", n/12) },
	"open definitions":  func(n int) string { return r("[a]: b '\n", n/9) },
	"footnotes":         func(n int) string { return r("[^1] ", n/5) + "\n\n[^1]: x\n" },
	"wide table":        func(n int) string { return r("|a", 300) + "\n" + r("|-", 300) + "\n" + r("|\n", n/2) },
	"headings":          func(n int) string { return r("# a\n", n/4) },
	"heading of links":  func(n int) string { return "# " + r("[a](b", n/5) },
	"paragraphs":        func(n int) string { return r("a\n\n", n/3) },
	"items":             func(n int) string { return r("- a\n", n/4) },
	"open tags":         func(n int) string { return r("<a ", n/3) },
	"open comments":     func(n int) string { return "a" + r("<!--", n/4) },
	"open attributes":   func(n int) string { return "a" + r("<a b='", n/6) },
	"nested tags":       func(n int) string { return r("<b>", n/3) },
	"nested divisions":  func(n int) string { return r("<div>\n\n", n/7) },
	"closing tags":      func(n int) string { return r("<b>", n/7) + r("</i>", n/7) },
	"mixed tags":        func(n int) string { return r("<b></i><i></b>", n/14) },
	"attributes":        func(n int) string { return "<b " + r("a=1 ", n/4) + ">" },
	"listings":          func(n int) string { return r("<Listing number='1' caption='*a*'>\n\n", n/36) },
	"includes":          func(n int) string { return r("{{#include a.md}}\n", n/18) },
	"braces":            func(n int) string { return r("{{#", n/3) },
	"front matter":      func(n int) string { return "---\n" + r("a\n", n/2) },
	"indented sections": func(n int) string { return r("###### a\n# b\n", n/13) },
	"ids":               func(n int) string { return r("<a id='x'></a>", n/14) },
	"nested lists": func(n int) string {
		var b strings.Builder
		for i := 0; b.Len() < n; i++ {
			b.WriteString(r("  ", i) + "* a\n")
		}
		return b.String()
	},
	"backticks": func(n int) string {
		var b strings.Builder
		for i := 1; b.Len() < n; i++ {
			b.WriteString("e" + r("`", i))
		}
		return b.String()
	},
}

// readChapter reads a book of one chapter.
func readChapter(t testing.TB, markdown string) *outcome {
	t.Helper()
	return readTree(t, fstest.MapFS{
		"book.toml":      {Data: []byte("[book]\ntitle = 'T'\n")},
		"src/SUMMARY.md": {Data: []byte("- [One](one.md)\n")},
		"src/one.md":     {Data: []byte(markdown)},
		"src/a.md":       {Data: []byte("{{#include a.md}}\n{{#include a.md}}")},
	})
}

func depth(n *cnxml.Node) int {
	deepest := 0
	for _, c := range n.Children {
		deepest = max(deepest, depth(c))
	}
	return deepest + 1
}

// TestPathological runs into the test's own time limit if reading is not
// about linear.
func TestPathological(t *testing.T) {
	for name, make := range pathological {
		t.Run(name, func(t *testing.T) {
			out := readChapter(t, make(*pathologicalBytes))
			if d := depth(out.lib.Modules["one"].Content); d > deepest+60 {
				t.Errorf("the tree is %d deep", d)
			}
		})
	}
}
