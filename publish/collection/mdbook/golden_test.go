package mdbook

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

var update = flag.Bool("update", false, "write the golden parts of testdata anew")

// TestGolden reads the book in each archive of testdata. The part called
// "want" is the contents, the modules and the problems.
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
			got := []byte(describe(t, readTree(t, fsys)))
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

func describe(t *testing.T, out *outcome) string {
	var b strings.Builder
	for _, book := range out.lib.Books {
		fmt.Fprintf(&b, "book %s %q %s %q\n", book.Slug, book.Title, book.Language, book.Authors)
		if book.Description != "" {
			fmt.Fprintf(&b, "description %q\n", book.Description)
		}
		describeEntries(&b, book.Collection.Entries, 1)
	}
	for _, id := range sorted(out.lib.Modules) {
		m := out.lib.Modules[id]
		fmt.Fprintf(&b, "\nmodule %s in %s\n", id, m.Path)
		text := moduleText(t, m)
		describeNode(&b, text.Title, 1)
		describeNode(&b, text.Content, 1)
		for _, src := range sorted(m.Media) {
			fmt.Fprintf(&b, "  media %s = %s %s %d\n", src, m.Media[src].Path, m.Media[src].Type, m.Media[src].Size)
		}
		for _, address := range sorted(m.Pages) {
			fmt.Fprintf(&b, "  page %s = %s\n", address, m.Pages[address].ID)
		}
	}
	return b.String() + "\n" + out.list()
}

func sorted[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func describeEntries(b *strings.Builder, entries []collection.Entry, depth int) {
	for _, e := range entries {
		b.WriteString(strings.Repeat("  ", depth))
		if e.Numbered {
			b.WriteString("# ")
		}
		if e.Subcollection != nil {
			fmt.Fprintf(b, "%q %d:%d\n", e.Subcollection.Title, e.Subcollection.Pos.Line, e.Subcollection.Pos.Column)
			describeEntries(b, e.Subcollection.Entries, depth+1)
		} else {
			fmt.Fprintf(b, "%s %q\n", e.Module.ID, e.Title)
		}
		describeEntries(b, e.Children, depth+1)
	}
}

// describeNode writes one element on a line, and texts in quotes.
func describeNode(b *strings.Builder, n *cnxml.Node, depth int) {
	if n == nil {
		return
	}
	b.WriteString(strings.Repeat("  ", depth))
	if n.Space == cnxml.Text {
		fmt.Fprintf(b, "%q\n", n.Data)
		return
	}
	fmt.Fprintf(b, "%s%s %d:%d", map[cnxml.Space]string{cnxml.HTML: "html:", cnxml.MathML: "m:"}[n.Space], n.Name, n.Pos.Line, n.Pos.Column)
	for _, a := range n.Attrs {
		fmt.Fprintf(b, " %s=%q", a.Name, a.Value)
	}
	b.WriteByte('\n')
	for _, c := range n.Children {
		describeNode(b, c, depth+1)
	}
}
