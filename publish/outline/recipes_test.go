package outline

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/recipe"
)

// printed is the outline of a book of a style with one chapter, whose modules
// have these contents, and an appendix with the last of them.
func printed(t *testing.T, style, language string, options Options, contents ...string) *Outline {
	t.Helper()
	chapter := &collection.Subcollection{Title: "One"}
	entries := []collection.Entry{{Subcollection: chapter, Numbered: true}}
	for i, content := range contents {
		id := fmt.Sprintf("m%d", i+1)
		m := moduleOf(t, id, content)
		if i == len(contents)-1 && i > 0 {
			m.Class = "appendix"
			entries = append(entries, collection.Entry{Module: m, Numbered: true})
			continue
		}
		chapter.Entries = append(chapter.Entries, collection.Entry{Module: m, Numbered: true})
	}
	return outlineOf(t, style, language, options, entries...)
}

// outlineOf is the outline of a book with these contents.
func outlineOf(t *testing.T, style, language string, options Options, entries ...collection.Entry) *Outline {
	t.Helper()
	book := &collection.Book{Format: "openstax", Style: style, Language: language, Collection: &collection.Collection{Entries: entries}}
	o, err := New(context.Background(), &collection.Library{Books: []*collection.Book{book}}, book, analysis.None{}, options)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func moduleOf(t *testing.T, id, content string) *collection.Module {
	t.Helper()
	content, glossary, _ := strings.Cut(content, "<glossary>")
	if glossary != "" {
		glossary = "<glossary>" + glossary
	}
	root, faults := cnxml.Parse([]byte(`<document xmlns="http://cnx.rice.edu/cnxml"><title>`+id+`</title><content>`+content+`</content>`+glossary+`</document>`), cnxml.Limits{})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	text := &collection.Text{Title: root.Child("title"), Content: root.Child("content"), Glossary: root.Child("glossary")}
	return &collection.Module{ID: id, Key: id, Source: func(context.Context) (*collection.Text, error) { return text, nil }}
}

// numbersOf are the numbers of the elements with an id in all modules, as links
// say them: "f1=1.1 e1=1.2", with the numbers that ModuleText gives compared.
func numbersOf(t *testing.T, o *Outline) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, p := range o.Pages {
		if p.Module == nil {
			continue
		}
		n := o.NamesOf(p)
		labels := o.nameTargets(p, n.Targets)
		for i, target := range n.Targets {
			if target.ID != "" && target.name != "solution" {
				all[target.ID] = ""
				if labels[i].Element == target.name { // else it is called as what it stands in
					all[target.ID] = labels[i].Number
				}
				if target.name == "note" && labels[i].Number != "" {
					all[target.ID] = labels[i].Custom + " " + labels[i].Number
				}
			}
		}
		text, err := o.ModuleText(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range o.referencesOf(p) {
			all[r.Note.ID()] = r.Number
		}
		for node, number := range text.Numbers {
			if id := node.ID(); !strings.HasSuffix(all[id], number) {
				t.Errorf("%s is %s in the text and %s to links", id, number, all[id])
			}
		}
	}
	return all
}

const (
	figure   = `<figure id="ID"/>`
	exercise = `<exercise id="ID"><problem/><solution><para/>SOLVED</solution></exercise>`
)

func fig(id string) string { return strings.ReplaceAll(figure, "ID", id) }

func ex(id string, solved ...string) string {
	return strings.NewReplacer("ID", id, "SOLVED", strings.Join(solved, "")).Replace(exercise)
}

func sec(class string, content ...string) string {
	return `<section class="` + class + `">` + strings.Join(content, "") + `</section>`
}

func boxed(class, id string, content ...string) string {
	return `<note class="` + class + `" id="` + id + `">` + strings.Join(content, "") + `</note>`
}

const definitions = `<glossary><definition id="d"><term>tide</term><meaning>Water</meaning></definition></glossary>`

func TestRecipeNumbers(t *testing.T) {
	labelled := `<figure id="f1"><label/></figure><equation id="q1"><label/></equation><table id="t1"><label/></table><example id="x1"><label/></example>` +
		`<figure id="f2" class="unnumbered"/><figure id="f3"><figure id="f4"/></figure><figure/><figure id="f5"/><equation id="q2" class="numbered"/>`
	for _, tt := range []struct {
		name, style, language string
		contents              []string
		want                  string
	}{
		{"labels", "", "en", []string{labelled}, "f1=1.1 q1=1.1 t1=1.1 x1=1.1 f2= f3=1.2 f4= f5=1.3 q2=1.2"},
		{"labels of a style", "calculus", "en", []string{labelled}, "f1=1.1 q1=1.1 t1=1.1 x1=1.1 f2= f3=1.2 f4= f5=1.3 q2=1.2"},
		{"appendix", "calculus", "en", []string{fig("f1"), fig("f2") + `<equation id="q1"/>`}, "f1=1.1 f2=A1 q1="},
		{"exercises of a style", "astronomy", "en", []string{
			ex("loose") + sec("figuring-for-yourself", ex("e5")) + sec("thought-questions", ex("e3")) + sec("review-questions", ex("e1")) + sec("odd", ex("odd")),
			sec("review-questions", ex("e2")) + sec("thought-questions", ex("e4")), fig("a"),
		}, "loose= e1=1.1 e2=1.2 e3=1.3 e4=1.4 e5=1.5 odd="},
		{"exercises of no style", "", "en", []string{ex("e1") + sec("odd", ex("e2")) + sec("review-questions", ex("e3")), fig("a")}, "e1=1.1 e2=1.2 e3=1.3"},
		{"skipped tables", "astronomy", "en", []string{`<table id="t1"/><table id="t2" class="unnumbered"/><table id="t3"/>`}, "t1=1.1 t2= t3=1.3"},
		{"tables that are not skipped", "calculus", "en", []string{`<table id="t1"/><table id="t2" class="unnumbered"/><table id="t3"/>`}, "t1=1.1 t3=1.2"},
		{"sections, then the review", "calculus", "en", []string{
			sec("section-exercises", ex("e1")) + sec("review-exercises", ex("e3")), sec("section-exercises", ex("e2")), fig("a"),
		}, "e1=1.1 e2=1.2 e3=1.3"},
		{"notes", "calculus", "en", []string{
			boxed("theorem", "n1") + boxed("checkpoint", "n2", ex("e1", fig("f1"))) + boxed("theorem", "n3") + boxed("tip", "n4") + boxed("theorem unnumbered", "n5"),
		}, "n1=Theorem 1.1 n2=Checkpoint 1.1 n3=Theorem 1.2 e1= f1=1.1"},
		{"solutions leave first", "u-physics", "en", []string{
			boxed("check-understanding", "n1", ex("e1", fig("f1"))) + fig("f2") + sec("review-problems", ex("e2", fig("f3"))) + `<example id="x1">` + ex("e3", fig("f4")) + `</example>`,
		}, "n1=Check Your Understanding 1.1 f1= f2=1.1 e2=1.1 f3= f4=1.2"},
		{"Polish", "pl-u-physics", "pl", []string{boxed("check-understanding", "n1") + sec("review-conceptual-questions", ex("e1")) + sec("review-problems", ex("e2"))},
			"n1=Sprawdź, czy rozumiesz 1.1 e1=1.1 e2=1.2"},
		{"by page", "precalculus", "en", []string{
			fig("f1") + boxed("try", "n1") + boxed("try", "n2") + sec("section-exercises", ex("e1")) + sec("review-exercises", ex("e3")),
			fig("f2") + boxed("try", "n3") + sec("section-exercises", ex("e2")) + sec("practice-test", ex("e4")), fig("a"),
		}, "f1=1 n1=Try It #1 n2=Try It #2 f2=1 n3=Try It #1 e1=1.1 e2=1.1 e3=1.1 e4=1.1"},
		{"anew on each page", "college-physics", "en", []string{sec("conceptual-questions", ex("e1")) + sec("problems-exercises", ex("e2"))}, "e1=1.1 e2=1.1"},
		{"checks", "college-physics", "en", []string{sec("conceptual-questions", `<exercise id="e1" type="check-understanding"><problem/></exercise>`, ex("e2"))}, "e1= e2=1.1"},
		{"a count apart", "hs-physics", "en", []string{sec("check-understanding", ex("e1")) + sec("concept", ex("e2")) + sec("practice-problems", ex("e3"))}, "e1=1.1 e2=1.1 e3=1.2"},
		{"number of the example", "statistics", "en", []string{boxed("try", "n0") + `<example id="x1"/>` + boxed("try", "n1") + boxed("try", "n2") + `<example id="x2"/>` + boxed("try", "n3")},
			"n0= x1=1.1 n1=Try It 1.1 n2=Try It 1.1 x2=1.2 n3=Try It 1.2"},
		{"with the chapter", "organic-chemistry", "en", []string{sec("section-exercises", ex("e1")) + sec("additional-problems", ex("e2"))}, "e1=1-1 e2=1-2"},
		{"signs", "accounting", "en", []string{sec("questions", ex("e1")) + sec("exercise-set-a", ex("e2"), ex("e3"))}, "e1=1.1 e2=EA1 e3=EA2"},
		{"none", "intro-business", "en", []string{sec("critical-thinking", ex("e1"))}, "e1="},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := numbersOf(t, printed(t, tt.style, tt.language, Standard(), tt.contents...))
			for id, number := range expectations(tt.want) {
				if got[id] != number {
					t.Errorf("%s is %q, want %q", id, got[id], number)
				}
			}
		})
	}
}

// expectations reads "id=number id=number"; a number may hold spaces.
func expectations(s string) map[string]string {
	all, last := map[string]string{}, ""
	for _, word := range strings.Fields(s) {
		if id, number, ok := strings.Cut(word, "="); ok {
			all[id], last = number, id
		} else {
			all[last] += " " + word
		}
	}
	return all
}

// titlesOf are the titles of generated pages, with those under a heading in
// brackets.
func titlesOf(entries []Entry) string {
	var titles []string
	for _, e := range entries {
		switch {
		case e.Kind != "":
			titles = append(titles, e.Plain)
		case e.Slug == "" && e.Number == "":
			titles = append(titles, e.Plain+" ("+titlesOf(e.Children)+")")
		}
	}
	return strings.Join(titles, ", ")
}

func TestRecipePages(t *testing.T) {
	solved := func(class string) string { return sec(class, "<title>An Author's Title</title>"+ex("e-"+class)) }
	for _, tt := range []struct{ style, language, content, want string }{
		{"astronomy", "en", solved("thought-questions") + solved("review-questions") + sec("group-activities") + sec("further-exploration") + sec("summary") + definitions,
			"Key Terms, Summary, For Further Exploration, Collaborative Group Activities, Exercises (Review Questions, Thought Questions)"},
		{"calculus", "en", solved("section-exercises") + solved("review-exercises") + sec("key-concepts") + sec("key-equations") + definitions,
			"Chapter Review (Key Terms, Key Equations, Key Concepts, Review Exercises); Answer Key (Chapter 1)"},
		{"prealgebra", "en", sec("key-concepts") + solved("practice-test"), "Chapter Review (Key Concepts), Exercises (Practice Test); Answer Key (Chapter 1)"},
		{"political-science", "en", solved("review-questions") + sec("summary") + sec("references", "<para/>") + definitions, "Summary, Key Terms, Review Questions; References"},
		{"college-physics", "en", sec("section-summary") + definitions, "Glossary, Section Summary"},
		{"economics", "en", sec("summary") + solved("critical-thinking") + solved("problems"), "Key Concepts and Summary, Critical Thinking Questions, Problems; Answer Key (Chapter 1)"},
		{"statistics", "en", sec("references") + sec("stats-labs") + solved("practice"), "Practice, References, Solutions, Stats Labs"},
		{"pl-u-physics", "pl", solved("review-problems") + solved("review-conceptual-questions") + solved("review-challenge") + sec("key-concepts"),
			"Podsumowanie rozdziału (Podsumowanie, Pytania, Zadania, Zadania trudniejsze); Rozwiązania zadań (Rozdział 1)"},
		{"organic-chemistry", "en", sec("summary") + sec("summary-reactions") + solved("additional-problems") + solved("energy-reaction"),
			"Summary, Summary of Reactions, Energy Diagrams and Reaction Mechanisms, Additional Problems; Answer Key (Chapter 1)"},
		{"unheard-of", "en", sec("summary") + solved("review-questions"), "Summary, An Author's Title, Answer Key"},
		{"calculus", "de", solved("review-exercises"), "Chapter Review (An Author's Title); Answer Key (Chapter 1)"},
	} {
		if got := endsOf(printed(t, tt.style, tt.language, Standard(), tt.content)); got != tt.want {
			t.Errorf("%s in %s: %s; want %s", tt.style, tt.language, got, tt.want)
		}
	}
}

// endsOf are the titles of the pages at the end of the chapter, and of those that
// the recipe has at the end of the book.
func endsOf(o *Outline) string {
	var atEnd []Entry
	for _, e := range o.Contents[1:] {
		if e.Kind == Collected || e.Kind == "" && e.Slug == "" {
			atEnd = append(atEnd, e)
		}
	}
	chapter := titlesOf(o.Contents[0].Children)
	if len(atEnd) == 0 {
		return chapter
	}
	return chapter + "; " + titlesOf(atEnd)
}

// TestOwnRecipe has what settings say of styles and classes.
func TestOwnRecipe(t *testing.T) {
	content := boxed("lemma", "n1") + boxed("theorem", "n2") + sec("warm-up", ex("e1")) + sec("drill", ex("e2")) + sec("review-exercises", ex("e3"))
	for _, tt := range []struct {
		name, style string
		own         recipe.Own
		pages, want string
	}{
		{"classes", "calculus", recipe.Own{Add: recipe.Style{Stay: []string{"warm-up"}, Pages: []recipe.Page{{Show: "drill", Title: "Drill Work"}}, Notes: []recipe.Note{{Class: "lemma"}}}},
			"Chapter Review (Review Exercises), Drill Work; Answer Key (Chapter 1)", "n1=Lemma 1.1 n2=Theorem 1.1 e1=1.1 e3=1.2 e2=1.3"},
		{"another style", "", recipe.Own{Style: "calculus"}, "Chapter Review (Review Exercises); Answer Key (Chapter 1)", "n1= n2=Theorem 1.1 e1= e2= e3=1.1"},
		{"a style", "ours", recipe.Own{Styles: map[string]recipe.Style{"ours": {Like: "calculus", Exercises: "page", Pages: []recipe.Page{{Show: "drill"}}, Stay: []string{"warm-up", "review-exercises"}}}},
			"Drill, Answer Key", "n2=Theorem 1.1 e1=1.1 e3=1.2 e2=1.1"},
		{"a style instead", "calculus", recipe.Own{Styles: map[string]recipe.Style{"calculus": {Notes: []recipe.Note{}}}}, "Chapter Review (Review Exercises); Answer Key (Chapter 1)", "n2= e3=1.1"},
		{"like itself", "a", recipe.Own{Styles: map[string]recipe.Style{"a": {Like: "b"}, "b": {Like: "a"}}}, "Review Exercises, Answer Key", "n2= e1=1.1"},
		{"taken away", "calculus", recipe.Own{Add: recipe.Style{Stay: []string{"review-exercises"}}}, "; Answer Key (Chapter 1)", "e3=1.1"},
		{"a heading", "", recipe.Own{Add: recipe.Style{Pages: []recipe.Page{{Show: "review-exercises", Under: "drills"}, {Show: "drill", Under: "drills"}, {Show: "answers", Place: "book"}}}},
			"Drills (Review Exercises, Drill); Answer Key (Chapter 1)", "e1=1.1 e3=1.2 e2=1.3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			options := Standard()
			options.Recipe = &tt.own
			o := printed(t, tt.style, "en", options, content)
			if got := endsOf(o); got != tt.pages {
				t.Errorf("pages %s, want %s", got, tt.pages)
			}
			got := numbersOf(t, o)
			for id, number := range expectations(tt.want) {
				if got[id] != number {
					t.Errorf("%s is %q, want %q", id, got[id], number)
				}
			}
		})
	}
}

// TestUnknownClasses reports exercise-class-unknown.
func TestUnknownClasses(t *testing.T) {
	report := func(style string, own *recipe.Own, collected bool, content string) string {
		o := printed(t, style, "en", Standard(), content, sec("odd", ex("in-an-appendix")))
		o.Source.Slug = "tides"
		options := Options{Collected: collected, Recipe: own}
		problems, err := UnknownClasses(context.Background(), &collection.Library{Books: []*collection.Book{o.Source}}, analysis.None{}, options)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, p := range problems {
			all = append(all, fmt.Sprintf("%d:%d %s %s", p.Line, p.Column, p.Rule, p.Message))
		}
		return strings.Join(all, "\n")
	}
	odd := sec("odd", ex("e1"), ex("e2")) + sec("odd", ex("e3"))
	known := sec("review-exercises", ex("e4"), sec("odd", ex("e5")))
	const want = `1:71 exercise-class-unknown the recipe calculus does not know sections of class "odd", which have exercises in the book "tides": 3; they stay in their pages and have no numbers. Say in .rhaptos.toml where they belong: stay or pages of [recipe]`
	if got := report("calculus", nil, true, odd+known); got != want {
		t.Errorf("got %s", got)
	}
	if got := report("", nil, true, odd+known); !strings.Contains(got, "the recipe default does not know") || !strings.Contains(got, ": 3; they stay in their pages. Say") {
		t.Errorf("got %s", got)
	}
	for name, got := range map[string]string{
		"nothing is collected":    report("calculus", nil, true, odd),
		"without collected pages": report("calculus", nil, false, odd+known),
		"no exercises":            report("calculus", nil, true, sec("odd", fig("f"))+known),
		"in boxes":                report("calculus", nil, true, sec("odd", boxed("tip", "n", ex("e")))+known),
		"settings: stay":          report("calculus", &recipe.Own{Add: recipe.Style{Stay: []string{"odd"}}}, true, odd+known),
		"settings: pages":         report("calculus", &recipe.Own{Add: recipe.Style{Pages: []recipe.Page{{Show: "odd"}}}}, true, odd+known),
	} {
		if got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
}
