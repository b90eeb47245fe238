package markdown

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// FuzzConvert checks what a tree must be whatever a chapter says: ids stand once
// and are those of the result, HTML holds nothing that is not on the list, links
// have no scheme that runs a program, and all places are inside the file.
func FuzzConvert(f *testing.F) {
	f.Add("# One\n\n*a* [b](two.md#c) ![d](e.png)\n")
	f.Add("> ## x\n\n<div id=a onclick=b><p id=a>c</div>\n\n[^1]\n\n[^1]: d\n")
	f.Add("<Listing number='1' caption='*x* [a](b)'>\n\n```rust\n# a\n```\n</Listing>\n")
	f.Add("|a|b|\n|-|:-:|\n|<b>x</b>|\\||\n\n<script>x</script> <a href=javascript:x>y</a>")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<14 || !utf8.ValidString(text) {
			return
		}
		out, report := convert(text)
		lines := strings.Split(text, "\n")
		inside := func(line, column int) bool {
			return line <= len(lines) && column >= 0 && (line == 0 || column <= len([]rune(lines[line-1]))+1)
		}
		for _, p := range report.Problems() {
			if !inside(p.Line, p.Column) || !inside(p.EndLine, p.EndColumn) {
				t.Errorf("%s is outside the text", p)
			}
		}
		for _, p := range out.Pointers {
			if !inside(p.At.Pos.Line, p.At.Pos.Column) || Scheme(p.Destination) != "" {
				t.Errorf("%+v is outside the text, or no path", p)
			}
		}
		checkTree(t, out)
	})
}

func checkTree(t *testing.T, out *Result) {
	seen := map[string]bool{}
	out.Text.Content.Walk(func(n *cnxml.Node) bool {
		if id := n.ID(); id != "" {
			if _, known := slices.BinarySearch(out.IDs, id); seen[id] || !known && n.Space != cnxml.MathML {
				t.Errorf("the id %q stands twice, or is not in the result", id)
			}
			seen[id] = true
		}
		switch {
		case n.Space == cnxml.HTML:
			checkHTML(t, n)
		case n.Is("link"):
			if scheme := Scheme(n.Attr("url")); scheme != "" && !strings.Contains(" http https mailto tel ", " "+scheme+" ") {
				t.Errorf("url %q", n.Attr("url"))
			}
		}
		return true
	})
}

func checkHTML(t *testing.T, n *cnxml.Node) {
	if !phrasing[n.Name] && !flow[n.Name] && n.Name != "hr" && n.Name != "wbr" {
		t.Errorf("<%s> is not allowed", n.Name)
	}
	for _, a := range n.Attrs {
		if !htmlAttributes[a.Name] && a.Name != "id" {
			t.Errorf("<%s %s> is not allowed", n.Name, a.Name)
		}
	}
}
