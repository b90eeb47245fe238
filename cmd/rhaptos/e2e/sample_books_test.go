package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/check"
	"github.com/rhaptos/rhaptos/publish/outline"
	"github.com/rhaptos/rhaptos/publish/render"
	"github.com/rhaptos/rhaptos/publish/settings"
)

// The sample books are what a newcomer sees first, and what the other tests
// push: they are read and rendered without a single problem or remark.
func TestSampleLibrary(t *testing.T) {
	for name, want := range map[string]struct {
		slug  string
		pages int
		holds []string // somewhere in the pages
	}{
		"stitching": {"stitching", 14, []string{"<mfrac", "<msqrt", "<mroot", "<mtable", "<munderover", "rowspan=", "colspan=", "<img", "<pre", "Figure 1.1", "Table 2.1"}},
		"handbook":  {"a-handbook-for-authors", 15, []string{"<table", "<pre", "<img", "<mfrac", "<s>", "second-edition"}},
	} {
		t.Run(name, func(t *testing.T) {
			checked, err := check.Tree(t.Context(), os.DirFS(sample(t, name)), nil)
			if err != nil {
				t.Fatal(err)
			}
			library, problems := checked.Library, checked.Problems
			for _, p := range problems {
				t.Error(p)
			}
			if len(library.Books) != 1 || library.Books[0].Slug != want.slug {
				t.Fatalf("%d books, the first %q; want one, %q", len(library.Books), library.Books[0].Slug, want.slug)
			}
			var text strings.Builder
			book, err := render.NewBook(t.Context(), library, library.Books[0], analysis.None{}, outline.Standard())
			if err != nil {
				t.Fatal(err)
			}
			pages := book.Pages()
			for _, page := range pages {
				body, problems, err := book.Render(t.Context(), page)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range problems {
					t.Error(p)
				}
				text.WriteString(string(body))
			}
			if len(pages) != want.pages {
				t.Errorf("%d pages, want %d", len(pages), want.pages)
			}
			for _, s := range want.holds {
				if !strings.Contains(text.String(), s) {
					t.Errorf("no page holds %q", s)
				}
			}
		})
	}
}

// The files that the handbook shows are what it says they are: a book in each
// layout, and settings.
func TestHandbookExamples(t *testing.T) {
	example := func(name string) *fstest.MapFile {
		data, err := os.ReadFile(filepath.Join(sample(t, "handbook"), "examples", name))
		if err != nil {
			t.Fatal(err)
		}
		return &fstest.MapFile{Data: data}
	}
	for layout, tree := range map[string]fstest.MapFS{
		"openstax": {
			"META-INF/books.xml":                     example("books.xml"),
			"collections/field-notes.collection.xml": example("field-notes.collection.xml"),
			"modules/m00001/index.cnxml":             example("index.cnxml"),
		},
		"mdbook": {
			"book.toml":      example("book.toml"),
			"src/SUMMARY.md": {Data: []byte("# Summary\n\n- [The first swallow](swallow.md)\n")},
			"src/swallow.md": {Data: []byte("# The first swallow\n\nIt came on the third of April, and went on.\n")},
		},
	} {
		checked, err := check.Tree(t.Context(), tree, nil)
		if err != nil {
			t.Fatal(err)
		}
		library, problems := checked.Library, checked.Problems
		if !slices.Equal(library.Formats, []string{layout}) || len(problems) > 0 || len(library.Books) != 1 || library.Books[0].Slug != "field-notes" {
			t.Errorf("%s: read as %s with the books %v and the problems %v", layout, library.Formats, library.Books, problems)
		}
	}
	set, problems := settings.Read(fstest.MapFS{
		settings.File: example("settings.toml"),
		"LICENSE":     {Data: []byte("Do what you like.\n")},
	}, "main")
	if len(problems) > 0 || !set.Published("second-edition") || set.Publish != settings.OnPush {
		t.Errorf("settings %+v with the problems %v", set, problems)
	}
}
