package search

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// written is a query as a test writes it: +word, -word, "a phrase", word*.
func written(q Query) string {
	var b strings.Builder
	for _, c := range q.Clauses {
		sign := "+"
		if c.Exclude {
			sign = "-"
		}
		b.WriteString(sign)
		if c.Phrase {
			b.WriteByte('"')
		}
		for i, t := range c.tokens {
			if i > 0 {
				b.WriteByte('_')
			}
			b.WriteString(t.exact)
		}
		if c.Prefix {
			b.WriteByte('*')
		}
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}

func TestParseQuery(t *testing.T) {
	for s, want := range map[string]string{
		"":                         "",
		"   ":                      "",
		"Mean median":              "+mean +median",
		`"free fall" -drag`:        `+"free_fall -drag`,
		`"unclosed phrase`:         `+"unclosed_phrase`,
		`„polska fraza” «otra»`:    `+"polska_fraza +"otra`,
		`say"no"`:                  `+say +"no`,
		`-"not this" but`:          `-"not_this +but`,
		"well-known - x":           "+well_known +x",
		"calc*":                    "+calc*",
		"std::vector":              "+std_vector",
		"* ** -* \"\" -- ( ) AND":  "+and",
		"a:b {x} NEAR(y, 3) ^z":    "+a_b +x +near_y +3 +z",
		"水":                        "+水*",
		"機械学習":                     "+機械_械学_学習",
		"-水":                       "-水*",
		"Python语言":                 "+python_语言",
		"\x00' OR 1=1 --":          "+or +1_1",
		strings.Repeat("x ", 1000): strings.TrimSpace(strings.Repeat("+x ", maxClauses)),
	} {
		if got := written(ParseQuery(s)); got != want {
			t.Errorf("%.40q: got %s, want %s", s, got, want)
		}
	}
	long := ParseQuery(strings.Repeat("ł", 100_000))
	if len(long.Clauses) != 1 || len(long.Clauses[0].tokens[0].exact) > maxToken {
		t.Error("a long query is not bounded")
	}
	if !ParseQuery("-only").Empty() || ParseQuery("a -b").Empty() {
		t.Error("what is empty")
	}
}

// checkQuery holds for every query.
func checkQuery(t *testing.T, s string) {
	q := ParseQuery(s)
	if len(q.Clauses) > maxClauses {
		t.Fatalf("%d clauses", len(q.Clauses))
	}
	for _, c := range q.Clauses {
		if len(c.tokens) == 0 || len(c.tokens) > maxPhrase {
			t.Fatalf("%d tokens", len(c.tokens))
		}
	}
	if q.Empty() {
		return
	}
	e := expression(q, []string{"en", "pl"})
	if len(e) > 100_000 || !utf8.ValidString(e) || strings.ContainsRune(e, 0) {
		t.Fatalf("expression %q", e)
	}
}

// checkExcerpt holds for what a query finds in any text.
func checkExcerpt(t *testing.T, query, text string) {
	d := &Document{Language: "en", Sections: []Section{{Text: text}}}
	e, _ := excerpt(d, ParseQuery(query))
	var b strings.Builder
	for i, f := range e.Fragments {
		if f.Text == "" || i > 0 && f.Match == e.Fragments[i-1].Match {
			t.Fatalf("fragments %+v", e.Fragments)
		}
		b.WriteString(f.Text)
	}
	plain := strings.ReplaceAll(text, "\n", " ")
	shown := b.String()
	switch {
	case !strings.Contains(plain, shown):
		t.Fatalf("%q is not in the text %q", shown, text)
	case !e.Cut && !strings.HasPrefix(plain, shown), !e.More && !strings.HasSuffix(plain, shown):
		t.Fatalf("%q of %q does not say where it is cut", shown, text)
	case utf8.ValidString(text) && !utf8.ValidString(shown):
		t.Fatalf("%q is cut within a character", shown)
	case len(shown) > 2*excerptSize+len(query):
		t.Fatalf("an excerpt of %d bytes", len(shown))
	}
}

func FuzzQuery(f *testing.F) {
	f.Add(`"free fall" -drag calc*`, "Free fall\nwithout drag")
	f.Add("機械学習 水", "機械学習は水")
	f.Add("\" OR * NEAR(", strings.Repeat("or near ", 100))
	f.Add("x", strings.Repeat("ł", 500))
	f.Fuzz(func(t *testing.T, query, text string) {
		checkQuery(t, query)
		checkExcerpt(t, query, text)
	})
}
