package outline

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// Small collections with the forms that the sources of printed books have at the
// places whose numbers are known, where no bundle has the book.

// many are so many exercises whose ids begin with a word.
func many(n int, id string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(ex(fmt.Sprintf("%s%d", id, i+1)))
	}
	return b.String()
}

// TestPrintedPolishPhysics has the forms of chapter 2 of Fizyka dla szkół wyższych
// 1: equations with an empty label keep their numbers, the exercises of four
// classes count through the chapter, and a check of understanding has a count of
// its own.
func TestPrintedPolishPhysics(t *testing.T) {
	equation := func(id, label string) string {
		return `<equation id="` + id + `">` + label + `</equation>`
	}
	o := printed(t, "pl-u-physics", "pl", Standard(),
		equation("q1", "")+equation("q2", "<label/>")+equation("q3", "")+equation("fs-id1167133527385", "<label/>")+`<equation id="none" class="unnumbered"/>`+
			boxed("check-understanding", "fs-id1167132576708", ex("in-note"))+
			sec("review-conceptual-questions", many(10, "c"))+sec("review-problems", many(20, "p"))+sec("review-additional-problems", many(9, "a"))+sec("review-challenge", many(1, "h")),
		equation("q5", "")+equation("q6", "<label/>")+equation("q7", "")+equation("fs-id1167133454633", "<label/>")+
			sec("review-conceptual-questions", many(14, "cc"))+sec("review-problems", many(26, "pp"))+sec("review-additional-problems", many(8, "aa"))+sec("review-challenge", many(3, "hh")),
		fig("appendix"))
	want := "fs-id1167133527385=1.4 fs-id1167133454633=1.8 none= fs-id1167132576708=Sprawdź, czy rozumiesz 1.1 in-note= " +
		"c1=1.1 cc14=1.24 p1=1.25 pp26=1.70 a1=1.71 aa8=1.87 h1=1.88 hh3=1.91"
	compareNumbers(t, o, want)
}

func compareNumbers(t *testing.T, o *Outline, want string) {
	t.Helper()
	got := numbersOf(t, o)
	for id, number := range expectations(want) {
		if got[id] != number {
			t.Errorf("%s is %q, want %q", id, got[id], number)
		}
	}
}

// TestPrintedPrealgebra has the forms of chapter 2 of Prealgebra: each class of
// notes has a count, and exercises count through the sections, then the review,
// then the test.
func TestPrintedPrealgebra(t *testing.T) {
	o := printed(t, "prealgebra", "en", Standard(),
		boxed("be-prepared", "b1", ex("x1"))+boxed("be-prepared", "b2", ex("x2"))+boxed("try", "fs-id1515897", ex("x3"))+boxed("try", "t2", ex("x4"))+
			sec("section-exercises", many(68, "a"))+sec("review-exercises", many(60, "r")),
		boxed("be-prepared", "fs-id1339365", ex("x5"))+boxed("try", "try3", ex("x6"))+
			sec("section-exercises", many(78, "b"))+sec("review-exercises", many(57, "rr"))+sec("practice-test", many(29, "t")),
		fig("appendix"))
	compareNumbers(t, o, "fs-id1515897=Try It 1.1 fs-id1339365=Be Prepared 1.3 try3=Try It 1.3 "+
		"a1=1.1 a68=1.68 b1=1.69 b78=1.146 r1=1.147 rr57=1.263 t1=1.264 t29=1.292 x1=")
}

// TestPrintedPoliticalScience has the forms of Introduction to Political Science:
// references in sentences count through the chapter, the introduction included,
// and stand at the end of the book; figures in a table count as others do.
func TestPrintedPoliticalScience(t *testing.T) {
	cite := func(id, text string) string {
		return `<para><cite><note display="inline" class="reference" id="` + id + `">` + text + `</note></cite></para>`
	}
	o := printed(t, "political-science", "en", Standard(),
		`<figure class="splash" id="s"/>`+cite("c1", "Plato")+cite("c2", "Aristotle"),
		cite("c3", "Locke")+fig("f2")+sec("summary", cite("c5", "Mill")),
		cite("c4", "Rousseau")+fig("f3"), cite("a1", "Weber"))
	compareNumbers(t, o, "c1=1 c2=2 c3=3 c4=4 c5=5 s=1.1 f2=1.2 f3=1.3 a1=")
	page := o.BySlug["references"]
	if page == nil {
		t.Fatal("there is no page of references")
	}
	var list []string
	for _, r := range o.ReferencesIn(page, o.Pages[0].In) {
		list = append(list, r.Number+" "+r.Note.PlainText()+" "+r.At.Slug)
	}
	want := []string{"1 Plato 1-1-m1", "2 Aristotle 1-1-m1", "3 Locke 1-2-m2", "4 Rousseau 1-3-m3", "5 Mill 1-summary"}
	if !slices.Equal(list, want) {
		t.Errorf("references %q, want %q", list, want)
	}
	if got := numbersOf(t, printed(t, "", "en", Standard(), cite("c1", "Plato")))["c1"]; got != "" {
		t.Errorf("without a page of references, a reference is %q", got)
	}
}

// TestIndexes divides the terms of a Polish book.
func TestIndexes(t *testing.T) {
	const space = ` xmlns:cxlxt="http://katalysteducation.org/cxlxt/1.0"`
	term := func(attributes, text string) string {
		return `<para><term` + attributes + `>` + text + `</term></para>`
	}
	contents := []string{
		term("", "siła") + term(space+` cxlxt:index="name" cxlxt:name="Newton, Isaac"`, "Newtona") + term(space+` cxlxt:index="odd"`, "masa"),
		term(space+` cxlxt:index="name" cxlxt:name="Newton, Isaac"`, "Newton"), "",
	}
	entries := func(o *Outline) string {
		var all []string
		for _, e := range o.Contents {
			if e.Kind != Index {
				continue
			}
			words := e.Slug + " " + e.Plain + ":"
			for _, entry := range o.BySlug[e.Slug].IndexEntries() {
				words += fmt.Sprintf(" %s %d;", entry.Word, len(entry.Places))
			}
			all = append(all, words)
		}
		return strings.Join(all, "\n")
	}
	want := "index-name Skorowidz nazwisk: Newton, Isaac 2;\nindex Skorowidz rzeczowy: siła 1; masa 1;"
	if got := entries(printed(t, "pl-u-physics", "pl", Standard(), contents...)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	want = "index Skorowidz: siła 1; Newton, Isaac 2; masa 1;"
	if got := entries(printed(t, "", "pl", Standard(), contents...)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestChapterOutline lists the pages of a chapter in its introduction.
func TestChapterOutline(t *testing.T) {
	for style, want := range map[string]string{"calculus": "1.1 1.2", "": "1.1 1.2", "economics": "", "statistics": ""} {
		chapter := &collection.Subcollection{Title: "One"}
		for i, class := range []string{"introduction", "", "intro"} {
			m := moduleOf(t, fmt.Sprintf("m%d", i+1), "")
			m.Class = class
			chapter.Entries = append(chapter.Entries, collection.Entry{Module: m, Numbered: true})
		}
		preface := moduleOf(t, "m9", "")
		preface.Class = "preface"
		o := outlineOf(t, style, "en", Standard(), collection.Entry{Module: preface}, collection.Entry{Subcollection: chapter, Numbered: true})
		var numbers []string
		for _, p := range o.ChapterOutline(o.ByModule["m1"]) {
			numbers = append(numbers, p.Number)
		}
		if got := strings.Join(numbers, " "); got != want {
			t.Errorf("%s: %s, want %s", style, got, want)
		}
		if len(o.ChapterOutline(o.ByModule["m2"])) > 0 || len(o.ChapterOutline(o.ByModule["m9"])) > 0 {
			t.Errorf("%s: a page that introduces no chapter has an outline", style)
		}
		for id, out := range map[string]bool{"m1": style != "", "m2": false, "m3": false, "m9": style != ""} {
			if got := o.LeavesOutAbstract(o.ByModule[id]); got != out {
				t.Errorf("%s: the abstract of %s is left out: %v", style, id, got)
			}
		}
	}
}
