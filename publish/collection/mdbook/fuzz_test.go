package mdbook

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// FuzzRead checks what a book must be whatever its contents and chapters say: what
// is recalled is what was read, ids stand once on a page, and all places are inside
// their file. FuzzConvert of the package markdown looks closer at one chapter.
func FuzzRead(f *testing.F) {
	f.Add("- [One](one.md)\n  - [Two](two.md)\n\n# Part\n- [d]()\n", "# One\n\n*a* [b](two.md#c) ![d](e.png)\n")
	f.Add("[One](one.md)", "> ## x\n\n<div id=a onclick=b><p id=a>c</div>\n\n[^1]\n\n[^1]: d\n")
	f.Add("* [One](one.md)", "{{#include two.md:1:2}}\n<Listing number='1' caption='*x*'>\n\n```rust\n# a\n```\n</Listing>\n")
	f.Add("- [One](one.md)", "|a|b|\n|-|:-:|\n|<b>x</b>|\\||\n\n<script>x</script> <a href=javascript:x>y</a>")
	f.Add("- [One](one.md)\n- [One](one.md)\n  - [Too](tow.md)", "[a][b] ![c](d.png) [![e](f)](two.md#d) <a href='tow.md'>g</a> {{#include tow.md}}\n\n[b]: <x y.md>\n")
	f.Fuzz(func(t *testing.T, summary, chapter string) {
		if len(summary)+len(chapter) > 1<<14 {
			return
		}
		fsys := fstest.MapFS{
			"book.toml":      {Data: []byte("[book]\ntitle = 'T'\n")},
			"src/SUMMARY.md": {Data: []byte(summary)},
			"src/one.md":     {Data: []byte(chapter)},
			"src/two.md":     {Data: []byte("# C\n" + chapter)},
			"src/e.png":      {},
		}
		out := readTree(t, fsys)
		kept := analysis.NewMemory(1 << 20)
		for range 2 { // found, and then recalled
			if got := judged(t, identify(fsys), kept); !slices.Equal(got, out.problems) {
				t.Errorf("judged as %v, read as %v", got, out.problems)
			}
		}
		for _, p := range out.problems {
			checkPlace(t, fsys, p)
		}
		for _, m := range out.lib.Modules {
			checkModule(t, m)
		}
	})
}

func checkPlace(t *testing.T, fsys fstest.MapFS, p collection.Problem) {
	if p.Line == 0 {
		return
	}
	lines := strings.Split(string(fsys[p.Path].Data), "\n")
	if p.Line > len(lines) || p.Column < 1 || p.Column > len([]rune(lines[p.Line-1]))+1 {
		t.Errorf("%s is outside its file", p)
	}
	if end := p.EndLine; end > len(lines) || end > 0 && (end < p.Line || end == p.Line && p.EndColumn < p.Column || p.EndColumn > len([]rune(lines[end-1]))+1) ||
		end == 0 && p.Replacement != "" {
		t.Errorf("%s ends outside its file or before its beginning, at %d:%d", p, p.EndLine, p.EndColumn)
	}
}

func checkModule(t *testing.T, m *collection.Module) {
	ids := map[string]bool{}
	moduleText(t, m).Content.Walk(func(n *cnxml.Node) bool {
		if id := n.ID(); id != "" {
			if ids[id] {
				t.Errorf("the id %q stands twice", id)
			}
			ids[id] = true
		}
		return true
	})
}
