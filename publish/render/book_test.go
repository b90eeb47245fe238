package render_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/render"
)

// classed is a module with a class and no more than a title.
func classed(t *testing.T, id, class, title string) collection.Entry {
	t.Helper()
	m := module(t, id, strings.Replace(document(title, ""), "<document", `<document class="`+class+`"`, 1))
	return collection.Entry{Module: m}
}

func numbered(e collection.Entry) collection.Entry {
	e.Numbered = true
	return e
}

func part(title string, number bool, entries ...collection.Entry) collection.Entry {
	return collection.Entry{Subcollection: &collection.Subcollection{Title: title, Entries: entries}, Numbered: number}
}

// listing writes a table of contents a line an entry: number|title|slug.
func listing(entries []render.Entry, indent string) string {
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "%s%s|%s|%s\n%s", indent, e.Number, e.Title, e.Slug, listing(e.Children, indent+"  "))
	}
	return b.String()
}

func TestContents(t *testing.T) {
	page := func(id, title string) collection.Entry { return numbered(classed(t, id, "", title)) }
	intro := numbered(classed(t, "m10", "introduction", "Introduction"))
	tests := []struct {
		name, format string
		entries      []collection.Entry
		want         string
	}{
		{"chapters", "openstax", []collection.Entry{
			classed(t, "m11", "preface", "Preface"),
			part("Data &amp; more", true, intro, page("m12", "Newton’s <emphasis>First</emphasis> Law!"), page("m13", "¿Qué es?")),
			part("Second", true, page("m14", "Newton's first law"), page("m15", "Newton's first law")),
			classed(t, "m16", "appendix", "Tables"), classed(t, "m17", "appendix", "Search"), classed(t, "m18", "", "Media"),
		}, `
|Preface|preface
1|Data &amp;amp; more|
  |Introduction|1-introduction
  1.1|Newton’s <strong>First</strong> Law!|1-1-newtons-first-law
  1.2|¿Qué es?|1-2-qué-es
2|Second|
  2.1|Newton&#39;s first law|2-1-newtons-first-law
  2.2|Newton&#39;s first law|2-2-newtons-first-law
A|Tables|a-tables
B|Search|b-search
|Media|media-2
`},
		{"units", "openstax", []collection.Entry{
			part("Mechanics", true, numbered(classed(t, "m20", "unit-opener", "Opener")), part("One", true, page("m21", "A"))),
			part("Waves", true, part("Two", true, page("m22", "B")), part("Three", true, page("m23", "!!!"))),
		}, `
|Mechanics|
  |Opener|opener
  1|One|
    1.1|A|1-1-a
|Waves|
  2|Two|
    2.1|B|2-1-b
  3|Three|
    3.1|!!!|3-1-m23
`},
		{"no chapters", "openstax", []collection.Entry{page("m30", "One"), page("m31", "Two")}, `
1|One|1-one
2|Two|2-two
`},
		{"mdBook", "mdbook", []collection.Entry{
			{Module: page("ch/intro", "Introduction").Module, Title: "Welcome"},
			part("Part I", false, func() collection.Entry {
				e := page("ch01-00-a", "A")
				e.Children = []collection.Entry{page("ch01/ch01-01-b", "B"), part("Draft", true, page("ch01/x", "X"))}
				return e
			}()),
			part("Part II", false, page("ch02-00-c", "C"), page("ch02_00/é f", "D")),
		}, `
|Welcome|ch-intro
|Part I|
  1|A|ch01-00-a
    1.1|B|ch01-ch01-01-b
    1.2|Draft|
      1.2.1|X|ch01-x
|Part II|
  2|C|ch02-00-c
  3|D|ch02_00-é-f
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &collection.Book{Format: tt.format, Language: "en", Collection: &collection.Collection{Entries: tt.entries}}
			book := newBook(t, &collection.Library{Books: []*collection.Book{b}}, b)
			want := strings.ReplaceAll(strings.TrimPrefix(tt.want, "\n"), "&#39;", "'")
			if got := listing(book.Contents(), ""); strings.ReplaceAll(got, "&#39;", "'") != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestPages(t *testing.T) {
	lib := library(t, "en", module(t, "m1", document("One<footnote>hidden</footnote> <emphasis>two</emphasis>", "")))
	book := newBook(t, lib, lib.Books[0])
	var slugs []string
	for _, p := range book.Pages() {
		slugs = append(slugs, p.Slug)
	}
	if want := []string{"1-introduction", "1-1-one-two", "1-2-next-page", "2-1-far-away"}; !slices.Equal(slugs, want) {
		t.Errorf("slugs %q, want %q", slugs, want)
	}
	p := book.Pages()[1]
	if p.Title != "One <strong>two</strong>" || p.PlainTitle != "One two" || p.Number != "1.1" {
		t.Errorf("page %+v", p)
	}
}

// TestUnreadable renders what a draft may hold: pages without a readable
// source, an empty book, titles that are missing.
func TestUnreadable(t *testing.T) {
	m := &collection.Module{ID: "m5", Path: "modules/m5/index.cnxml"}
	b := &collection.Book{Slug: "b", Language: "es-MX", Collection: &collection.Collection{Entries: []collection.Entry{{Module: m}, {}}}}
	book := newBook(t, &collection.Library{Books: []*collection.Book{b}}, b)
	if len(book.Pages()) != 1 {
		t.Fatalf("%d pages, want 1", len(book.Pages()))
	}
	p := book.Pages()[0]
	body, problems := renderPage(t, book, p)
	if !strings.Contains(body, "No se pudo leer") || len(problems) != 0 || p.Slug != "m5" || p.PlainTitle != "m5" {
		t.Errorf("%q (%+v): %s, %v", p.Slug, p, body, problems)
	}
	empty := &collection.Book{Slug: "empty"}
	if book := newBook(t, &collection.Library{}, empty); len(book.Pages())+len(book.Contents()) != 0 {
		t.Errorf("an empty book has pages")
	}
}

// TestConcurrent renders one page many times at once; the race detector and
// the comparison see what would be shared.
func TestConcurrent(t *testing.T) {
	lib := library(t, "en", module(t, "m1", read(t, "testdata/link.cnxml")))
	book := newBook(t, lib, lib.Books[0])
	want, _ := renderPage(t, book, book.Pages()[1])
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if got, _ := renderPage(t, book, book.Pages()[1]); got != want {
				t.Error("a page differs from one rendering to the next")
			}
		})
	}
	group.Wait()
}

func TestMediaPath(t *testing.T) {
	paths := map[string]string{
		"media/a.png":       "media/a.png",
		"media/sub/a.png":   "media/sub/a.png",
		"src/img/a.png":     "media/src/img/a.png",
		"media/src/a.png":   "media/-/media/src/a.png",
		"media/-/a.png":     "media/-/media/-/a.png",
		"a.png":             "media/-/a.png",
		"interactives/x.js": "media/-/interactives/x.js",
		"-/media/src/a.png": "media/-/-/media/src/a.png",
	}
	seen := map[string]string{}
	for path, want := range paths {
		got := render.MediaPath(&collection.Media{Path: path})
		if got != want {
			t.Errorf("MediaPath(%q) = %q, want %q", path, got, want)
		}
		if seen[got] != "" {
			t.Errorf("%q and %q share %q", path, seen[got], got)
		}
		seen[got] = path
	}
}

// TestAmplification checks that a small source does not make a page without
// bounds: a long title that many links repeat.
func TestAmplification(t *testing.T) {
	title := strings.Repeat("<emphasis>long</emphasis> ", 100_000)
	links := strings.Repeat(`<link target-id="s"/>`, 20_000)
	source := document("T", `<section id="s"><title>`+title+`</title><para id="p">`+links+`</para></section>`)
	lib := library(t, "en", module(t, "m1", source))
	book := newBook(t, lib, lib.Books[0])
	body, _ := renderPage(t, book, book.Pages()[1])
	if most := 5 * len(source); len(body) > most {
		t.Errorf("%d bytes of source make %d bytes, want at most %d", len(source), len(body), most)
	}
	lib = library(t, "en", module(t, "m1", document(title, "")))
	if n := len(newBook(t, lib, lib.Books[0]).Pages()[1].Title); n > 2000 {
		t.Errorf("a title of %d bytes is repeated on other pages", n)
	}
}
