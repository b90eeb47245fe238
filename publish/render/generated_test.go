package render_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// chapters reads a library of one book from an archive: files CHAPTER/ID.cnxml,
// those without a chapter stand before and behind the chapters. It is in the
// language that the archive's comment names first, and of the style that it names
// second.
func chapters(t testing.TB, archive *txtar.Archive) *collection.Library {
	t.Helper()
	lib := &collection.Library{Modules: map[string]*collection.Module{}}
	book := &collection.Book{Format: "openstax", Slug: "book", Title: "A Book", Language: strings.Fields(string(archive.Comment))[0],
		Authors: []string{"Ann Smith", "Bob Jones"}, Collection: &collection.Collection{},
		License: collection.License{Name: "CC BY 4.0", URL: "https://creativecommons.org/licenses/by/4.0/"}}
	if said := strings.Fields(string(archive.Comment)); len(said) > 1 {
		book.Style = said[1]
	}
	at := map[string]*collection.Subcollection{}
	for _, f := range archive.Files {
		name, ok := strings.CutSuffix(f.Name, ".cnxml")
		if !ok {
			continue
		}
		m := module(t, filepath.Base(name), string(f.Data))
		lib.Modules[m.ID] = m
		entry := collection.Entry{Module: m, Numbered: true}
		title := filepath.Dir(name)
		if title == "." {
			book.Collection.Entries = append(book.Collection.Entries, entry)
			continue
		}
		if at[title] == nil {
			at[title] = &collection.Subcollection{Title: title}
			book.Collection.Entries = append(book.Collection.Entries, collection.Entry{Subcollection: at[title], Numbered: true})
		}
		at[title].Entries = append(at[title].Entries, entry)
	}
	for _, m := range lib.Modules {
		m.Pages = lib.Modules
	}
	lib.Books = []*collection.Book{book}
	return lib
}

// TestGenerated renders all pages of the books in testdata/generated and compares with
// the files that end in .html there, which begin with the contents.
func TestGenerated(t *testing.T) {
	names, err := filepath.Glob("testdata/generated/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no books: %v", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			lib := chapters(t, archive)
			book := bookWith(t, lib, lib.Books[0], analysis.None{}, outline.Standard())
			var got bytes.Buffer
			got.WriteString(listing(book.Contents(), ""))
			pages := map[string]*rendered{}
			for _, p := range book.Pages() {
				body, problems := renderPage(t, book, p)
				checkMarkup(t, p, body)
				for _, problem := range problems {
					t.Error(problem)
				}
				pages[p.Slug] = inspect(t, p, body)
				got.WriteString("\n=== " + p.Slug + " " + p.Kind + "\n" + body)
			}
			for slug, r := range pages {
				checkLinks(t, map[string]map[string]*rendered{"book": pages}, "book", slug, r)
				checkCalled(t, pages, slug, r)
			}
			golden := strings.TrimSuffix(name, ".txtar") + ".html"
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := read(t, golden); got.String() != want {
				t.Errorf("%s differs; got\n%s", golden, got.String())
			}
		})
	}
}

// state is a page, and what it says it depends on.
type state struct{ body, depends string }

// statesOf are the pages of a library's first book, of which nothing is known yet.
func statesOf(t *testing.T, lib *collection.Library, options outline.Options) map[string]state {
	t.Helper()
	book := bookWith(t, lib, lib.Books[0], analysis.None{}, options)
	all := map[string]state{}
	for _, p := range book.Pages() {
		var depends bytes.Buffer
		book.Depends(&depends, p)
		body, _ := renderPage(t, book, p)
		all[p.Slug] = state{body, depends.String()}
	}
	return all
}

// TestDepends changes a book in many ways: a page that becomes another has to
// depend on what was changed, and few others may.
func TestDepends(t *testing.T) {
	archive := archiveNamed(t, "en")
	change := func(id, old, new string) change { return textChange(t, archive, id, old, new) }
	checkDepends(t, archive, []dependsCase{
		{"text", change("m1", "Ebb and flow.", "Flow and ebb."), []string{"1-2-waves", "1-key-terms", "glossary", "index", "about", "2-answers", "2-1-boats", "preface"}},
		{"title", change("m1", "<title>Tides</title>", "<title>Ebb</title>"), []string{"about", "2-answers", "preface"}},
		{"figure", change("m1", "<figure", `<figure id="new"/><figure`), []string{"about", "index", "2-answers", "preface"}},
		{"definition", change("m1", "Water that leaves.", "Water that goes."), []string{"1-2-waves", "about", "index", "2-answers"}},
		{"term", change("m2", `<term id="t2">`, `<term id="t3">`), []string{"about", "1-1-tides", "2-answers"}},
		{"index term", change("m2", `Crest</term>`, `Top</term>`), []string{"about", "1-1-tides", "2-answers"}},
		{"exercise", change("m1", `<section id="prac"`, `<exercise id="more"><problem id="morep"><para id="moreq">Why?</para></problem></exercise><section id="prac"`),
			[]string{"about", "index", "1-key-terms", "2-answers"}},
		{"section", change("m2", `class="practice"`, `class="section-exercises"`), []string{"about", "index", "glossary", "1-key-terms", "2-answers"}},
		{"solution", change("m1", "Twice a day.", "Two times a day."), []string{"about", "index", "1-2-waves", "1-key-terms", "glossary", "2-answers"}},
		{"collision", change("m1", `id="e2"`, `id="same"`), []string{"about", "index", "2-answers"}},
		{"note titles", func(_ *collection.Library, o *outline.Options) {
			o.Notes = map[string]map[string]string{"": {"snap-lab": "Quick!"}}
		}, nil},
		{"author", func(lib *collection.Library, _ *outline.Options) { lib.Books[0].Authors = []string{"C"} }, []string{"1-1-tides", "index", "1-answers"}},
		{"license text", func(lib *collection.Library, _ *outline.Options) { lib.Books[0].License.Text = "C" }, []string{"1-1-tides", "index"}},
		{"section titles", func(_ *collection.Library, o *outline.Options) {
			o.Titles = map[string]map[string]string{"en": {"practice": "Drill"}}
		}, []string{"index", "2-1-boats"}},
		{"in place", func(_ *collection.Library, o *outline.Options) { o.Collected = false }, []string{"about", "1-key-terms"}},
		{"no key terms", func(_ *collection.Library, o *outline.Options) { o.KeyTerms = false }, []string{"about", "1-answers", "1-practice"}},
		{"order", func(_ *collection.Library, o *outline.Options) { o.Sections = []string{"practice", "summary"} }, []string{"about", "1-key-terms"}},
		{"no glossary", func(_ *collection.Library, o *outline.Options) { o.Glossary = false }, []string{"about", "1-answers", "1-practice", "1-1-tides"}},
		{"moved", func(lib *collection.Library, _ *outline.Options) {
			sub := lib.Books[0].Collection.Entries[1].Subcollection
			sub.Entries[0], sub.Entries[1] = sub.Entries[1], sub.Entries[0]
		}, []string{"about", "2-answers"}},
	})
}

// TestDependsOnChapters is TestDepends for what books of known styles have.
func TestDependsOnChapters(t *testing.T) {
	archive := archiveNamed(t, "politics")
	change := func(id, old, new string) change { return textChange(t, archive, id, old, new) }
	checkDepends(t, archive, []dependsCase{
		{"reference", change("m2", "Mill.", "Mill and Taylor."), []string{"about", "1-introduction", "2-1-liberty", "preface"}},
		{"one more", change("m1", "asked first.", `asked first.<note display="inline" class="reference">Homer.</note>`), []string{"about", "2-1-liberty"}},
		{"title", change("m2", "Power?", "Force?"), []string{"about", "2-1-liberty"}},
		{"chapter", func(lib *collection.Library, _ *outline.Options) {
			lib.Books[0].Collection.Entries[1].Subcollection.Title = "States"
		}, []string{"about", "1-introduction", "2-1-liberty", "preface"}},
		{"address", change("m3", `id="r1"`, `id="r9"`), []string{"about", "1-introduction", "preface"}},
		{"style", func(lib *collection.Library, _ *outline.Options) { lib.Books[0].Style = "" }, nil},
		{"text", change("m3", "Again.", "Once more."), []string{"about", "1-introduction", "preface"}},
	})
	answers := archiveNamed(t, "economics")
	checkDepends(t, answers, []dependsCase{
		{"solution", textChange(t, answers, "m3", "Three", "Four"), []string{"about", "1-answers", "1-1-demand"}},
		{"references", textChange(t, answers, "m2", "Smith", "Hume"), []string{"about", "2-answers", "2-1-ships"}},
	})
}

type change = func(*collection.Library, *outline.Options)

type dependsCase struct {
	name   string
	change change
	same   []string // pages that have nothing to do with it
}

func archiveNamed(t *testing.T, name string) *txtar.Archive {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/generated/" + name + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	return archive
}

// textChange replaces a text of a module.
func textChange(t *testing.T, archive *txtar.Archive, id, old, new string) change {
	return func(lib *collection.Library, _ *outline.Options) {
		for _, f := range archive.Files {
			if strings.HasSuffix(f.Name, "/"+id+".cnxml") || f.Name == id+".cnxml" {
				text := strings.Replace(string(f.Data), old, new, 1)
				if text == string(f.Data) {
					t.Fatalf("%s has no %s", id, old)
				}
				changed := module(t, id, text)
				m := lib.Modules[id]
				m.Key, m.Source, m.Class, m.Media = changed.Key, changed.Source, changed.Class, changed.Media
			}
		}
	}
}

func checkDepends(t *testing.T, archive *txtar.Archive, cases []dependsCase) {
	t.Helper()
	before := statesOf(t, chapters(t, archive), outline.Standard())
	for _, tt := range cases {
		lib, options := chapters(t, archive), outline.Standard()
		tt.change(lib, &options)
		after := statesOf(t, lib, options)
		for slug, now := range after {
			was, ok := before[slug]
			if ok && was.body != now.body && was.depends == now.depends {
				t.Errorf("%s: %s became another, and depends on the same", tt.name, slug)
			}
		}
		for _, slug := range tt.same {
			if _, ok := after[slug]; !ok || before[slug].depends != after[slug].depends {
				t.Errorf("%s: %s depends on it", tt.name, slug)
			}
		}
	}
}

// TestGeneratedTitles gives pages the titles that the repository wants.
func TestGeneratedTitles(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/generated/en.txtar")
	if err != nil {
		t.Fatal(err)
	}
	lib, options := chapters(t, archive), outline.Standard()
	options.Titles = map[string]map[string]string{
		"":   {"answers": "Solutions", "index": "Register", "practice": "Drill"},
		"en": {"glossary": "Words", "key-terms": "Terms", "about": "Colophon"},
		"pl": {"answers": "Odpowiedzi"},
	}
	got := map[string]string{}
	for _, p := range bookWith(t, lib, lib.Books[0], analysis.None{}, options).Pages() {
		got[p.Slug] = p.PlainTitle
	}
	for slug, want := range map[string]string{"1-answers": "Solutions", "2-answers": "Solutions", "index": "Register", "1-practice": "Drill",
		"glossary": "Words", "1-key-terms": "Terms", "about": "Colophon", "1-summary": "Section Summary"} {
		if got[slug] != want {
			t.Errorf("%s is called %q, want %q", slug, got[slug], want)
		}
	}
}

// TestNoneGenerated checks that a book without generated pages is as its source.
func TestNoneGenerated(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/generated/en.txtar")
	if err != nil {
		t.Fatal(err)
	}
	lib := chapters(t, archive)
	for _, p := range newBook(t, lib, lib.Books[0]).Pages() {
		if p.Kind != "" || p.Module == nil {
			t.Errorf("%s is generated", p.Slug)
		}
	}
}

// TestTextsOnce checks that the pages at the end of a chapter do not parse its
// modules anew.
func TestTextsOnce(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/generated/en.txtar")
	if err != nil {
		t.Fatal(err)
	}
	lib := chapters(t, archive)
	var mu sync.Mutex // scans run side by side
	reads := map[string]int{}
	for id, m := range lib.Modules {
		source := m.Source
		m.Source = func(ctx context.Context) (*collection.Text, error) {
			mu.Lock()
			reads[id]++
			mu.Unlock()
			return source(ctx)
		}
	}
	book := bookWith(t, lib, lib.Books[0], analysis.NewMemory(1<<20), outline.Standard())
	scanned := len(reads)
	clear(reads)
	for _, p := range book.Pages() {
		renderPage(t, book, p)
	}
	for id, n := range reads {
		if n != 1 || scanned != len(lib.Modules) {
			t.Errorf("%s was read %d times", id, n)
		}
	}
}

// worn is a cache that returns each entry with one byte changed.
type worn struct {
	*analysis.Memory
	at int
}

func (w worn) Get(key string) ([]byte, bool) {
	data, ok := w.Memory.Get(key)
	if ok && w.at < len(data) {
		data = bytes.Clone(data)
		data[w.at] ^= 1 << (w.at % 8)
	}
	return data, ok
}

// TestDamagedScans: scans come from a disk; whatever is there, a book can be opened.
func TestDamagedScans(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/generated/en.txtar")
	if err != nil {
		t.Fatal(err)
	}
	lib := chapters(t, archive)
	kept := analysis.NewMemory(1 << 20)
	bookWith(t, lib, lib.Books[0], kept, outline.Standard())
	for at := range 600 {
		book := bookWith(t, lib, lib.Books[0], worn{kept, at}, outline.Standard())
		for _, p := range book.Pages() {
			book.Depends(io.Discard, p)
			renderPage(t, book, p)
		}
	}
}
