package mdbook

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/publish/analysis"
)

// linkedTree is a book in which each file whose text begins with "->" is a symbolic
// link. The ids of contents are known.
func linkedTree(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{"book.toml": {Data: []byte("[book]\ntitle = 'T'\n")}}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text), Sys: contentID(analysis.ContentID([]byte(text)))}
		if target, ok := strings.CutPrefix(text, "->"); ok {
			fsys[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
		}
	}
	return fsys
}

// Chapters, includes, images and folders may be links. Problems are reported at the
// file that has them, whatever leads there.
func TestSymlinks(t *testing.T) {
	fsys := linkedTree(map[string]string{
		"src/SUMMARY.md": "->../contents.md",
		"contents.md":    "- [One](one.md)\n- [Two](more/two.md)\n- [Again](again.md)\n",
		"src/one.md":     "# One\n\n{{#include code.rs}}\n\n![o](img/o.svg) ![o](p.svg) [two](more/two.md#two)\n",
		"src/more":       "->../shared",
		"src/again.md":   "->../shared/two.md",
		"shared/two.md":  "# Two\n\n{{#include ../code.rs}}\n\n![x](none.png)\n",
		"src/code.rs":    "->../shared/code.rs",
		"shared/code.rs": "fn main(){}",
		"src/img":        "->../shared",
		"shared/o.svg":   `<svg xmlns="http://www.w3.org/2000/svg"/>`,
		"src/p.svg":      "->img/o.svg",
		"code.rs":        "other",
	})
	out := readTree(t, fsys)
	want := `error include-missing shared/two.md:3:12: "../code.rs" does not exist; add it or correct the path, which is relative to the file that includes it (did you mean "code.rs"?) (to 3:22) => code.rs
error resource-missing shared/two.md:5:6: the image "none.png" does not exist; add it or correct the path, which is relative to this file (to 5:14)
`
	got := describe(t, out)
	for _, part := range []string{"module one in src/one.md", "module more/two in shared/two.md", "module again in shared/two.md", `"fn main(){}"`, `"other"`,
		"media img/o.svg = shared/o.svg image/svg+xml", "media p.svg = shared/o.svg image/svg+xml", "page more/two.md = more/two"} {
		if !strings.Contains(got, part) {
			t.Errorf("there is no %s in\n%s", part, got)
		}
	}
	if !strings.Contains(out.list(), `shared/two.md:5:6: the image "none.png"`) || strings.Contains(out.list(), "src/again.md") {
		t.Errorf("got\n%swant\n%s", out.list(), want)
	}
	kept := analysis.NewMemory(1 << 20)
	for range 2 {
		if again := judged(t, fsys, kept); fmt.Sprint(again) != fmt.Sprint(out.problems) {
			t.Errorf("judged as %v, read as %v", again, out.problems)
		}
	}
	fsys["shared/code.rs"] = &fstest.MapFile{Data: []byte("{{#include gone.rs}}"), Sys: contentID("2")}
	if again := judged(t, fsys, kept); fmt.Sprint(again) == fmt.Sprint(out.problems) {
		t.Error("what is behind a link has changed, and nobody looked")
	}
}

// Links that lead nowhere are errors, each where it is and where it is used.
func TestBrokenSymlinks(t *testing.T) {
	out := readTree(t, linkedTree(map[string]string{
		"src/SUMMARY.md": "- [One](one.md)\n- [Two](two.md)\n",
		"src/one.md":     "# One\n\n{{#include code.rs}}\n\n![o](o.svg) [there](file.pdf)\n",
		"src/two.md":     "->../../two.md",
		"src/code.rs":    "->code.rs",
		"src/o.svg":      "->/etc/o.svg",
		"src/file.pdf":   "->none.pdf",
		"src/used/ok":    "->../one.md",
		"other/unused":   "->none",
	}))
	want := `error chapter-missing src/SUMMARY.md:2:9: the chapter "two.md" does not exist: "src/two.md" is a symbolic link to "../../two.md", which leads out of the repository (to 2:15)
error symlink-broken src/code.rs: "src/code.rs" is a symbolic link to "code.rs", which leads back to itself or through more than 40 other links; correct or remove it
error symlink-broken src/file.pdf: "src/file.pdf" is a symbolic link to "none.pdf", which does not exist; correct or remove it
error symlink-broken src/o.svg: "src/o.svg" is a symbolic link to "/etc/o.svg", which leads out of the repository; correct or remove it
error include-missing src/one.md:3:12: "code.rs" does not exist: "src/code.rs" is a symbolic link to "code.rs", which leads back to itself or through more than 40 other links (to 3:19)
error resource-missing src/one.md:5:6: the image "o.svg" does not exist: "src/o.svg" is a symbolic link to "/etc/o.svg", which leads out of the repository (to 5:11)
warning link-page-missing src/one.md:5:21: "file.pdf" is no page of the book: "src/file.pdf" is a symbolic link to "none.pdf", which does not exist (to 5:29)
error symlink-broken src/two.md: "src/two.md" is a symbolic link to "../../two.md", which leads out of the repository; correct or remove it
`
	if got := out.list(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
