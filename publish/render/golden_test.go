package render_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/collection/mdbook"
	"github.com/rhaptos/rhaptos/publish/outline"
	"github.com/rhaptos/rhaptos/publish/render"
)

var update = flag.Bool("update", false, "write the golden files anew")

// module reads a module from CNXML. Every src in it is a media file whose name
// does not say "missing"; an image has the size that its name says.
func module(t testing.TB, id, text string) *collection.Module {
	t.Helper()
	root, faults := cnxml.Parse([]byte(text), cnxml.Limits{})
	if len(faults) > 0 {
		t.Fatalf("%s: %v", id, faults)
	}
	m := &collection.Module{
		ID: id, UUID: "00000000-0000-4000-8000-00000000000" + id[1:], Path: "modules/" + id + "/index.cnxml",
		Class: root.Attr("class"), Key: analysis.ContentID([]byte(text)),
		Media: map[string]*collection.Media{}, Pages: map[string]*collection.Module{},
	}
	said := &collection.Text{Title: root.Child("title"), Content: root.Child("content"), Glossary: root.Child("glossary")}
	if metadata := root.Child("metadata"); metadata != nil {
		said.Abstract = metadata.ChildIn(cnxml.MDML, "abstract")
	}
	m.Source = func(context.Context) (*collection.Text, error) { return said, nil }
	types := map[string]string{".png": "image/png", ".pdf": "application/pdf", ".html": "text/html", ".mp3": "audio/mpeg",
		".tif": "image/tiff", ".eps": "application/postscript"}
	root.Walk(func(n *cnxml.Node) bool {
		if src, ok := strings.CutPrefix(n.Attr("src"), "../../"); ok && !strings.Contains(src, "missing") {
			file := &collection.Media{Path: src, Type: types[filepath.Ext(src)]}
			if _, size, ok := strings.Cut(src, "size-"); ok {
				if _, err := fmt.Sscanf(size, "%dx%d", &file.Width, &file.Height); err != nil {
					t.Fatalf("%s: %v", src, err)
				}
			}
			m.Media[n.Attr("src")] = file
		}
		return true
	})
	return m
}

// document is the source of a module with the content.
func document(title, content string) string {
	return `<document xmlns="http://cnx.rice.edu/cnxml"><title>` + title + `</title><content>` + content + `</content></document>`
}

func chapter(title string, modules ...*collection.Module) collection.Entry {
	sub := &collection.Subcollection{Title: title}
	for _, m := range modules {
		sub.Entries = append(sub.Entries, collection.Entry{Module: m, Numbered: true})
	}
	return collection.Entry{Subcollection: sub, Numbered: true}
}

// library is a library with a book of two chapters that begins with an
// introduction and then m1, and a second book, "other", with m9.
func library(t testing.TB, language string, m1 *collection.Module) *collection.Library {
	t.Helper()
	intro := module(t, "m0", strings.Replace(document("Introduction", `<figure id="splash"/>`), "<document", `<document class="introduction"`, 1))
	next := module(t, "m2", document("Next <emphasis>page</emphasis>", `<section id="sec"><title>A section</title><figure id="fig2"/></section>`))
	far := module(t, "m3", document("Far away", `<table id="tab3"><tgroup cols="1"><tbody><row><entry>1</entry></row></tbody></tgroup></table>`))
	other := module(t, "m9", document("In the other book", `<example id="ex9"><para id="p9">Text.</para></example>`))
	for _, m := range []*collection.Module{intro, next, far, other} {
		m1.Pages[m.ID] = m
	}
	one := &collection.Book{Format: "openstax", Slug: "one", Title: "One", Language: language, Collection: &collection.Collection{
		Entries: []collection.Entry{chapter("First", intro, m1, next), chapter("Second", far)}}}
	two := &collection.Book{Format: "openstax", Slug: "other", Title: "Other", Language: language, Collection: &collection.Collection{
		Entries: []collection.Entry{chapter("First", other)}}}
	return &collection.Library{Books: []*collection.Book{one, two},
		Modules: map[string]*collection.Module{"m0": intro, "m1": m1, "m2": next, "m3": far, "m9": other}}
}

// TestGolden renders each testdata/NAME.cnxml and compares with NAME.html, which ends with the problems as comments.
func TestGolden(t *testing.T) {
	sources, err := filepath.Glob("testdata/*.cnxml")
	if err != nil || len(sources) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	for _, source := range sources {
		t.Run(filepath.Base(source), func(t *testing.T) {
			text := read(t, source)
			language := "en"
			if i := strings.LastIndexByte(strings.TrimSuffix(source, ".cnxml"), '.'); i > 0 {
				language = strings.TrimSuffix(source[i+1:], ".cnxml")
			}
			lib := library(t, language, module(t, "m1", text))
			book := newBook(t, lib, lib.Books[0])
			compare(t, book, book.Pages()[1], strings.TrimSuffix(source, ".cnxml")+".html")
		})
	}
}

// TestGoldenMarkdown renders each testdata/NAME.md as a chapter of an mdBook;
// those with maths in their names are of a book with formulas.
func TestGoldenMarkdown(t *testing.T) {
	sources, err := filepath.Glob("testdata/*.md")
	if err != nil || len(sources) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	for _, source := range sources {
		t.Run(filepath.Base(source), func(t *testing.T) {
			config := "[book]\ntitle = \"T\"\nauthors = [\"A\"]\nlanguage = \"en\"\n"
			if strings.Contains(source, "maths") {
				config += "[output.html]\nmathjax-support = true\n"
			}
			lib, _, err := mdbook.Format{}.Read(context.Background(), fstest.MapFS{
				"book.toml":       {Data: []byte(config)},
				"src/SUMMARY.md":  {Data: []byte("# Summary\n\n- [One](one.md)\n- [Two](two.md)\n")},
				"src/one.md":      {Data: []byte(read(t, source))},
				"src/two.md":      {Data: []byte("# Two\n\n## Part\n")},
				"src/img/pic.png": {Data: []byte("\x89PNG\r\n\x1a\n")},
			}, analysis.None{})
			if err != nil {
				t.Fatal(err)
			}
			book := newBook(t, lib, lib.Books[0])
			compare(t, book, book.Pages()[0], strings.TrimSuffix(source, ".md")+".html")
		})
	}
}

// newBook prepares a book of which nothing is known yet, as its source has it.
func newBook(t testing.TB, lib *collection.Library, b *collection.Book) *render.Book {
	t.Helper()
	return bookWith(t, lib, b, analysis.None{}, outline.Options{})
}

func bookWith(t testing.TB, lib *collection.Library, b *collection.Book, cache analysis.Cache, options outline.Options) *render.Book {
	t.Helper()
	book, err := render.NewBook(t.Context(), lib, b, cache, options)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func renderPage(t testing.TB, book *render.Book, p *render.Page) (string, []collection.Problem) {
	t.Helper()
	body, problems, err := book.Render(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return string(body), problems
}

func compare(t *testing.T, book *render.Book, p *render.Page, golden string) {
	t.Helper()
	body, problems := renderPage(t, book, p)
	checkMarkup(t, p, string(body))
	got := string(body)
	for _, problem := range problems {
		got += fmt.Sprintf("\n<!-- %v: %s: %s -->", problem.Severity, problem.Rule, problem)
	}
	got += "\n"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := read(t, golden); got != want {
		t.Errorf("%s differs; got\n%s\nwant\n%s", golden, got, want)
	}
}

func read(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
