package settings

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/publish/recipe"
)

func TestRecipe(t *testing.T) {
	read := func(text string) (Settings, string) {
		s, problems := Read(fstest.MapFS{File: {Data: []byte(text)}}, "main")
		var all []string
		for _, p := range problems {
			all = append(all, p.Rule+": "+p.Message)
		}
		return s, strings.Join(all, "\n")
	}
	s, problems := read(`
[recipe]
style = "ours"
stay = ["warm-up"]
pages = [{ show = "drill", title = "Drill Work", by-module = true }]
notes = [{ class = "lemma", count = "page" }]

[style.ours]
like = "calculus"
exercises = "page"
`)
	if problems != "" {
		t.Fatal(problems)
	}
	r := recipe.Of("", s.Generated.Recipe)
	last := r.Pages[len(r.Pages)-1]
	if counter := r.Note("lemma"); r.Name != "ours" || last.Show != "drill" || last.Title != "Drill Work" || !last.ByModule || counter < 0 || !r.Counters[counter].PerPage || !r.Knows("warm-up") || r.Note("theorem") < 0 {
		t.Errorf("%+v", r)
	}
	for _, tt := range []struct{ text, want string }{
		{"recipe = 3", "settings-value: recipe must be a table: write [recipe] above its keys"},
		{"[recipe]\nstyle = \"calclus\"", `settings-value: style = "calclus": there is no such style; did you mean calculus?`},
		{"[style.a]\nlike = \"b\"", `settings-value: like = "b": there is no such style`},
		{"[style.a]\nexercises = \"all\"", `settings-value: [style.a]: exercises must be "chapter", "page" or "none"`},
		{"[style.a]\npages = [\"summary\"]", `settings-value: the values of [style.a] must be like those of a style: pages = [{ show = "summary" }], stay = ["section-exercises"]`},
		{"[style.a]\npages = [{ show = \"two words\" }]", "settings-value: [style.a]: a class must be one word"},
		{"[style.a]\npages = [{ shwo = \"a\", show = \"a\" }]", `settings-key: the setting "pages.shwo" of [style.a] is not known`},
		{"[recipe]\nlike = \"calculus\"", `settings-value: [recipe] cannot be like a style: write style = "NAME"`},
		{"[recipe]\nnotes = [" + strings.Repeat("{ class = \"a\" },\n", 40) + "]", "settings-value: [recipe]: notes and signs are counted apart; there can be 27"},
	} {
		if _, got := read(tt.text); got != tt.want {
			t.Errorf("%.60s: %s; want %s", tt.text, got, tt.want)
		}
	}
}
