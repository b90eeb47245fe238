package openstax

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
)

var update = flag.Bool("update", false, "write the golden parts of testdata anew")

// TestGolden reads the library in each archive of testdata. The part called
// "want" is the books, the modules and the problems.
func TestGolden(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no archives", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			fsys, want := fstest.MapFS{}, -1
			for i, f := range archive.Files {
				if f.Name == "want" {
					want = i
					continue
				}
				fsys[f.Name] = &fstest.MapFile{Data: f.Data}
			}
			lib, problems, err := Format{}.Read(t.Context(), fsys, analysis.None{})
			if err != nil {
				t.Fatal(err)
			}
			got := []byte(describe(t, lib, problems))
			if *update {
				archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want" })
				archive.Files = append(archive.Files, txtar.File{Name: "want", Data: got})
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want < 0 || !bytes.Equal(got, archive.Files[want].Data) {
				t.Errorf("got\n%s", got)
			}
		})
	}
}

func describe(t *testing.T, lib *collection.Library, problems []collection.Problem) string {
	var b strings.Builder
	for _, book := range lib.Books {
		fmt.Fprintf(&b, "book %s %q %s %s {%s %s} %s %s %q\n", book.Slug, book.Title, book.Language, book.UUID, book.License.Name, book.License.URL, book.Style, book.Path, book.Authors)
		describeEntries(&b, book.Collection.Entries, 1)
	}
	for _, id := range slices.Sorted(maps.Keys(lib.Modules)) {
		m := lib.Modules[id]
		text := moduleText(t, m)
		fmt.Fprintf(&b, "module %s %q %s %q in %s\n", id, strings.TrimSpace(text.Title.PlainText()), m.UUID, m.Class, m.Path)
		fmt.Fprintf(&b, "  content %t glossary %t abstract %q\n", text.Content != nil, text.Glossary != nil, strings.TrimSpace(text.Abstract.PlainText()))
		for _, src := range slices.Sorted(maps.Keys(m.Media)) {
			fmt.Fprintf(&b, "  media %s = %s %s %d\n", src, m.Media[src].Path, m.Media[src].Type, m.Media[src].Size)
		}
		for _, document := range slices.Sorted(maps.Keys(m.Pages)) {
			fmt.Fprintf(&b, "  page %s = %s\n", document, m.Pages[document].ID)
		}
	}
	b.WriteByte('\n')
	for _, p := range problems {
		fmt.Fprintf(&b, "%s %s %s\n", p.Severity, p.Rule, p)
	}
	return b.String()
}

func describeEntries(b *strings.Builder, entries []collection.Entry, depth int) {
	for _, e := range entries {
		b.WriteString(strings.Repeat("  ", depth))
		if e.Numbered {
			b.WriteString("# ")
		}
		if e.Module != nil {
			fmt.Fprintln(b, e.Module.ID)
			continue
		}
		fmt.Fprintf(b, "%q %d:%d\n", e.Subcollection.Title, e.Subcollection.Pos.Line, e.Subcollection.Pos.Column)
		describeEntries(b, e.Subcollection.Entries, depth+1)
	}
}

// moduleText is the text of a module.
func moduleText(t testing.TB, m *collection.Module) *collection.Text {
	t.Helper()
	text, err := m.Text(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return text
}
