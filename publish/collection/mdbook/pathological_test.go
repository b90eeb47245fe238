package mdbook

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
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
	"terms":             func(n int) string { return r("a\n: b\n", n/6) },
	"many terms":        func(n int) string { return r("a\n", n/2) + ": b\n" },
	"colons":            func(n int) string { return "a\n" + r(": ", n/2) + "b" },
	"meanings":          func(n int) string { return "a\n" + r(": b\n\n", n/5) },
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
	"strikethrough":     func(n int) string { return r("~~a ", n/4) },
	"mixed emphasis":    func(n int) string { return r("*_a __b** ", n/10) },
	"brackets in links": func(n int) string { return r("[a](", n/4) },
	"open autolinks":    func(n int) string { return r("<http:a", n/7) },
	"entities":          func(n int) string { return r("&amp;", n/5) },
	"open entities":     func(n int) string { return r("&#", n/2) },
	"escapes":           func(n int) string { return r("\\*", n/2) },
	"open fence":        func(n int) string { return "```\n" + r("a\n", n/2) },
	"fences":            func(n int) string { return r("```\n~~~\n", n/8) },
	"open comment":      func(n int) string { return "<!--\n" + r("a\n", n/2) },
	"comments":          func(n int) string { return r("<!-- a -->\n", n/11) },
	"instructions":      func(n int) string { return "a " + r("<?", n/2) },
	"declarations":      func(n int) string { return "a " + r("<!A ", n/4) },
	"character data":    func(n int) string { return "a " + r("<![CDATA[", n/9) },
	"html blocks":       func(n int) string { return r("<p>a\n\n</p>\n\n", n/12) },
	"script blocks":     func(n int) string { return r("<script>\n", n/9) },
	"lazy quotes":       func(n int) string { return r("> a\nb\n", n/6) },
	"quote lines":       func(n int) string { return r("> > > a\n", n/8) },
	"long table":        func(n int) string { return "|a|b|\n|-|-|\n" + r("|a|b|\n", n/6) },
	"short rows":        func(n int) string { return r("a|", n/40) + "\n" + r("-|", n/40) + "\n" + r("a\n", n/4) },
	"setext":            func(n int) string { return r("a\n", n/2) + "===\n" },
	"breaks":            func(n int) string { return r("a  \n", n/4) },
	"one line":          func(n int) string { return r("a ", n/2) },
	"nuls":              func(n int) string { return r("\x00", n) },
	"tabs":              func(n int) string { return r("\t", n/2) + "a" + r("\t", n/2) },
	"misspelt links":    func(n int) string { return r("[a](two.md)\n\n", n/13) },
	"broken references": func(n int) string { return r("[a][b] ", n/14) + "\n\n" + r("[b]: two.md\n\n", n/28) },
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

// treeDepth is the deepest tree of a chapter: the limit of the package markdown, and
// what tables and lists may add below it.
const treeDepth = 260

func depth(n *cnxml.Node) int {
	deepest := 0
	for _, c := range n.Children {
		deepest = max(deepest, depth(c))
	}
	return deepest + 1
}

// cost is the processor time that reading a chapter takes.
func cost(t *testing.T, markdown string) (time.Duration, *outcome) {
	runtime.GC()
	before := testenv.ProcessorTime(t)
	out := readChapter(t, markdown)
	return testenv.ProcessorTime(t) - before, out
}

// TestPathological reads costly texts of growing size. Ten times the text may
// cost thirty times as much: garbage collection and caches make up for three;
// what grows with the square is a hundred. Beside that it may cost what two
// megabytes of prose do, which is where a text of few steps ends to be noise.
// A measurement that is too high is repeated, since others use the machine.
func TestPathological(t *testing.T) {
	noise, _ := cost(t, r("Some words of *prose*, and a [link](one.md).\n\n", 1_000))
	noise *= 40
	sizes := []int{10_000, 100_000, 1_000_000}
	if testing.Short() {
		sizes = sizes[:2]
	}
	for name, make := range pathological {
		t.Run(name, func(t *testing.T) {
			var failed string
			for range 4 {
				failed = ""
				var last time.Duration
				for i, size := range sizes {
					spent, out := cost(t, make(size))
					if i > 0 && spent > 30*last+noise {
						failed = fmt.Sprintf("%d bytes cost %v, %d bytes %v", sizes[i-1], last, size, spent)
					}
					last = spent
					if d := depth(moduleText(t, out.lib.Modules["one"]).Content); d > treeDepth {
						t.Fatalf("the tree is %d deep", d)
					}
				}
				if failed == "" {
					return
				}
			}
			t.Error(failed)
		})
	}
}
