package mdbook

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/collection/realbook"
)

// realBook is the newest state of a real book, or leaves the test out.
func realBook(t testing.TB) fs.FS { return os.DirFS(realbook.Clone(t, "mdbook-rust-book")) }

func TestRealBook(t *testing.T) {
	out := readTree(t, realBook(t))
	for _, p := range out.problems {
		if p.Severity != collection.Note && p.Rule != "book-setting" { // it has styles and scripts of its own
			t.Errorf("%s %s", p.Rule, p)
		}
	}
	listings, headings := 0, 0
	for id, m := range out.lib.Modules {
		text := moduleText(t, m)
		if text.Content == nil || len(text.Content.Children) == 0 {
			t.Errorf("%s is empty", id)
		}
		text.Content.Walk(func(n *cnxml.Node) bool {
			switch {
			case n.Is("figure") && n.Attr("class") == "listing":
				listings++
			case n.Is("section"):
				headings++
			case n.Space == cnxml.Text && strings.Contains(n.Data, "{{#"):
				t.Errorf("%s: directive left in %q", id, n.Data)
			}
			return true
		})
	}
	book := out.lib.Books[0]
	if book.Slug != "the-rust-programming-language" || len(out.lib.Modules) < 100 || listings < 300 || headings < 200 {
		t.Errorf("%s: %d modules, %d listings, %d sections", book.Slug, len(out.lib.Modules), listings, headings)
	}
}

// broken is a tree whose storage fails at one file.
type broken struct {
	fs.FS
	name string
}

var errStorage = errors.New("disk on fire")

func (b broken) Open(name string) (fs.File, error) {
	if name == b.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errStorage}
	}
	return b.FS.Open(name)
}

func TestStorageFault(t *testing.T) {
	fsys := fstest.MapFS{
		"book.toml":      {Data: []byte("[book]\ntitle = 'T'\n")},
		"src/SUMMARY.md": {Data: []byte("- [One](one.md)\n")},
		"src/one.md":     {Data: []byte("![x](x.png) {{#include part.md}}")},
		"src/x.png":      {}, "src/part.md": {},
	}
	for name := range fsys {
		if _, _, err := (Format{}).Read(t.Context(), broken{fsys, name}, analysis.None{}); !errors.Is(err, errStorage) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := (Format{}).Read(ctx, fsys, analysis.None{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
}

func TestNotText(t *testing.T) {
	fsys := fstest.MapFS{
		"book.toml":      {Data: []byte("[book]\ntitle = 'T'\n")},
		"src/SUMMARY.md": {Data: []byte("\ufeff- [One](one.md)\n- [Two](two.md)\n- [Three](three.md)\n- [Four](folder)\n")},
		"src/one.md":     {Data: []byte("ab\nż\xff")},
		"src/two.md":     {Data: make([]byte, 4<<20+1)},
		"src/three.md":   {Data: []byte("\ufeff# Three\x00\x1b\n")},
		"src/folder/x":   {},
	}
	out := readTree(t, fsys)
	want := `error chapter-missing src/SUMMARY.md:4:10: the chapter "folder" does not exist; add src/folder or remove the entry (to 4:16)
error not-utf8 src/one.md:2:2: the text is not UTF-8 from here; save the file as UTF-8 (to 2:3)
error file-too-large src/two.md: the file is larger than 4 MiB; split it
`
	if got := out.list(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if m := out.lib.Modules["one"]; moduleText(t, m).Content != nil || m.Key != "" {
		t.Errorf("a chapter that cannot be read: %+v", m)
	}
	if title := moduleText(t, out.lib.Modules["three"]).Title.PlainText(); title != "Three\ufffd\ufffd" {
		t.Errorf("title %q", title)
	}
	if (Format{}).Detect(fstest.MapFS{"book.toml/x": {}}) || !(Format{}).Detect(fsys) {
		t.Error("Detect")
	}
}

// TestTooComplex has texts that are refused rather than read.
func TestTooComplex(t *testing.T) {
	for name, markdown := range map[string]string{
		"quotes":       r(">", 101) + "x",
		"lists":        "a\n\n" + r("- ", 101) + "x",
		"ordered":      r("1. ", 101) + "x",
		"heading":      "# " + r("x", 8<<10),
		"footnotes":    r("[^1]", 5001),
		"destinations": r("[a](b", 20_000),
		"delimiters":   r("*a ", 20_001),
		"table":        r("|a", 1000) + "\n" + r("|-", 1000) + "\n" + r("|\n", 1000),
		"indentation":  r(" ", 500) + "- x",
		"definitions":  r("[a]: b\n", 5_001),
		"lines":        r("a\n", 100_001),
		"tags":         r("<b>", 100_001),
	} {
		t.Run(name, func(t *testing.T) {
			out := readChapter(t, "# T\n\n"+markdown)
			if len(out.problems) != 1 || out.problems[0].Rule != "markdown-too-complex" || out.problems[0].Line < 3 {
				t.Errorf("problems:\n%s", out.list())
			}
		})
	}
	if out := readChapter(t, r(">", 90)+" x\n\n"+r("[a](b) *c* `d`\n", 2000)); strings.Contains(out.list(), "too-complex") {
		t.Errorf("a long text is refused: %s", out.list()[:200])
	}
}

func BenchmarkRead(b *testing.B) {
	fsys := realBook(b)
	for b.Loop() {
		readTree(b, fsys)
	}
}
