package check_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/publish/check"
)

// Titles and names with characters that hide or reorder others are told of, and the
// library has them without (hidden-character).
func TestHiddenCharacters(t *testing.T) {
	const bad = "\u202e\x1b\u2066\u0085"
	mdbook := mdBook("text")
	mdbook["book.toml"] = file("[book]\ntitle = \"Ti\\u202E\\u001B\\u2066\\u0085des\"\nauthors = [\"A\\u202Enn\"]\n")
	mdbook["src/SUMMARY.md"] = file("# Summary\n\n# Part \u202e one\n\n- [E\u202ebb](ebb.md)\n- [Flood](flood.md)\n")
	mdbook["src/flood.md"] = file("# Fl\u202eood\n\nAnd up.\n")
	mdbook[".rhaptos.toml"] = file("[book.ti-des]\npublisher = \"Pu\\u202Eb\"\n")
	openstax := openStax("")
	name := "modules/m1/index.cnxml"
	openstax[name] = file(strings.Replace(string(openstax[name].Data), "<title>Page", "<title>Pa\u202ege", 1))
	name = "collections/algebra.collection.xml"
	openstax[name] = file(strings.Replace(string(openstax[name].Data), "<md:title>al", "<md:title>a\u2067l", 1))
	marks := mdBook("text")
	marks["book.toml"] = file("[book]\ntitle = \"\u200fTides\u200e\u061c\"\n")
	for _, tt := range []struct {
		name string
		tree map[string]int // problems by path
		got  *check.Result
	}{
		{"mdbook", map[string]int{"book.toml": 5, "src/flood.md": 1}, result(t, mdbook)},
		{"openstax", map[string]int{"modules/m1/index.cnxml": 1, "collections/algebra.collection.xml": 1}, result(t, openstax)},
		{"marks of direction", map[string]int{}, result(t, marks)},
	} {
		told := map[string]int{}
		for _, p := range tt.got.Problems {
			if p.Rule == "hidden-character" {
				told[p.Path]++
			}
			if strings.ContainsAny(p.Message, bad) {
				t.Errorf("%s: the message has them, too: %q", tt.name, p.Message)
			}
		}
		for path, n := range tt.tree {
			if told[path] != n {
				t.Errorf("%s: %s: %d, want %d", tt.name, path, told[path], n)
			}
		}
		if len(told) != len(tt.tree) {
			t.Errorf("%s: got %v", tt.name, told)
		}
		for _, b := range tt.got.Library.Books {
			if text := b.Title + b.Publisher + strings.Join(b.Authors, ""); strings.ContainsAny(text, bad) {
				t.Errorf("%s: %q", tt.name, text)
			}
		}
		for _, m := range tt.got.Library.Modules {
			text, err := m.Text(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if text.Title != nil && strings.ContainsAny(text.Title.PlainText(), bad) {
				t.Errorf("%s: %q", tt.name, text.Title.PlainText())
			}
		}
	}
}

func result(t *testing.T, tree fs.FS) *check.Result {
	t.Helper()
	found, err := check.Tree(t.Context(), tree, nil)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
