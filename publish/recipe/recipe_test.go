package recipe

import (
	"strings"
	"testing"
)

// TestStyles compiles the recipes of the file: each has what it is for.
func TestStyles(t *testing.T) {
	for _, name := range Styles() {
		r := Of(name, nil)
		if !r.Printed() || len(r.Pages) == 0 || len(r.Counters) > MaxCounters {
			t.Errorf("%s: %+v", name, r)
		}
		shown := map[string]bool{}
		for _, p := range r.Pages {
			if shown[p.Show] {
				t.Errorf("%s has two pages of %s", name, p.Show)
			}
			shown[p.Show] = true
		}
	}
	if r := Of("unheard-of", nil); r.Printed() || r.Reference() >= 0 || !r.Outline {
		t.Errorf("the default: %+v", r)
	}
}

func TestCheck(t *testing.T) {
	for want, s := range map[string]Style{
		"":                                  {Pages: []Page{{Show: "summary", Under: "review", Place: "chapter"}, {Show: "answers", Place: "book"}}, Between: "-", Indexes: []string{"name"}},
		`place must be "chapter" or "book"`: {Pages: []Page{{Show: "summary", Place: "end"}}},
		`place = "book"`:                    {Pages: []Page{{Show: "glossary", Place: "book"}}},
		"one kind":                          {Pages: []Page{{Show: "test", Parts: []string{"a"}, Place: "book"}}},
		"between must be":                   {Between: "chapter"},
		"a class must be one word":          {Labelled: []string{"a b"}},
		"a class must be  one word":         {Pages: []Page{{Show: "a", Under: "b c"}}},
	} {
		err := s.Check()
		if want = strings.ReplaceAll(want, "  ", " "); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestPlaces has what stands elsewhere than at the end of a chapter, also where
// settings choose the sections.
func TestPlaces(t *testing.T) {
	r := Of("economics", nil)
	if p := r.Shows(Answers); p == nil || !p.OfBook() || r.Reference() != len(Elements) {
		t.Errorf("economics: answers %+v, references %d", p, r.Reference())
	}
	r.Collect([]string{"summary"})
	if p := r.Shows(Answers); p == nil || !p.OfBook() || r.Reference() >= 0 || len(r.Pages) != 3 {
		t.Errorf("with chosen sections: %+v", r.Pages)
	}
	if name, place := r.AnswersOf("x problems"); name != "problems" || place != 1 {
		t.Errorf("answers of problems: %s, %d", name, place)
	}
	if got := r.Labelled("note clearup"); got != "clearup" {
		t.Errorf("labelled: %q", got)
	}
}
