package negotiate

import (
	"slices"
	"strings"
	"testing"
)

func TestMediaType(t *testing.T) {
	html, json := "text/html; charset=utf-8", "application/json"
	both := []string{html, json}
	tests := []struct {
		name   string
		accept []string
		offers []string
		want   string // empty: none is acceptable
	}{
		{"no field", nil, both, html},
		{"empty field", []string{""}, both, html},
		{"anything", []string{"*/*"}, both, html},
		{"exact", []string{"application/json"}, both, json},
		{"case", []string{"Application/JSON"}, both, json},
		{"two lines", []string{"image/png", "application/json"}, both, json},
		{"weights", []string{"text/html;q=0.5, application/json;q=0.9"}, both, json},
		{"equal weights: the server's order", []string{"application/json, text/html"}, both, html},
		{"browser", []string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, []string{json, html}, html},
		{"subtype wildcard", []string{"text/*"}, []string{json, html}, html},
		{"the more specific counts", []string{"text/*;q=0.1, text/html, */*;q=0.5"}, both, html},
		{"the more specific excludes", []string{"text/html;q=0, */*"}, both, json},
		{"none", []string{"image/png"}, both, ""},
		{"zero", []string{"text/html;q=0"}, []string{html}, ""},
		{"zero to three digits", []string{"*/*;q=0.000"}, both, ""},
		{"parameter agrees", []string{"text/html;charset=UTF-8"}, both, html},
		{"parameter differs", []string{"text/html;charset=latin1"}, both, ""},
		{"quoted parameter with comma", []string{`text/html;x="a,b;q=0", application/json;q=0.2`}, both, json},
		{"quoted escape", []string{`text/html;charset="utf\-8"`}, both, html},
		{"java", []string{"text/html, image/gif, *; q=.2, */*; q=.2"}, []string{json}, json},
		{"element that is none", []string{"text//html, , ;, json, application/json;q=1.5, text/html;q=0.1"}, both, html},
		{"nothing understood", []string{"@@@"}, both, html},
		{"after the weight", []string{"text/html;q=0.1;level=1, application/json;q=0.2"}, both, json},
		{"open quote", []string{`text/html;x="a, application/json`}, both, html},
		{"nothing offered", []string{"*/*"}, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkChoice(t, tt.offers, tt.want)(MediaType(tt.accept, tt.offers))
		})
	}
}

func checkChoice(t *testing.T, offers []string, want string) func(int, bool) {
	return func(i int, ok bool) {
		t.Helper()
		got := ""
		if ok {
			got = offers[i]
		}
		if ok != (want != "") || got != want {
			t.Errorf("chose %q (%v), want %q", got, ok, want)
		}
	}
}

func TestParseQuality(t *testing.T) {
	for s, want := range map[string]Quality{
		"0": 0, "1": 1000, "0.": 0, "1.": 1000, "0.5": 500, "0.25": 250, "0.123": 123, "1.000": 1000, ".2": 200, "0.9999": 999,
	} {
		if q, ok := parseQuality(s); !ok || q != want {
			t.Errorf("parseQuality(%q) = %d, %v; want %d", s, q, ok, want)
		}
	}
	for _, s := range []string{"", ".", "2", "1.5", "-1", "0,5", "0.a", "1.0001", "00", "NaN"} {
		if q, ok := parseQuality(s); ok {
			t.Errorf("parseQuality(%q) = %d; want none", s, q)
		}
	}
}

// FuzzAccept holds three things against the parser: what it understood it
// understands again when written out, the order of the ranges does not matter,
// and the choice is the one that a slow reading of 12.5.1 makes.
func FuzzAccept(f *testing.F) {
	for _, s := range []string{
		"", "*", "*/*;q=0", "text/html, application/json;q=0.9", `text/html;a="b\"c,d";q=0.2`,
		"text/*;q=.3,*/*;q=0.1,text/html;level=1", "a/b;q=0.5;q=1", `a/b;c="`, "\x00/\xff",
	} {
		f.Add(s)
	}
	offers := []string{"text/html; charset=utf-8", "application/json", "text/html;level=1", "image/svg+xml"}
	f.Fuzz(func(t *testing.T, field string) {
		ranges := ParseAccept([]string{field})
		var written []string
		for _, r := range ranges {
			if r.Quality < 0 || r.Quality > full {
				t.Fatalf("quality %d", r.Quality)
			}
			written = append(written, r.String())
		}
		again := ParseAccept([]string{strings.Join(written, ", ")})
		if !slices.EqualFunc(ranges, again, equalRange) {
			t.Fatalf("%q: %v became %v", field, ranges, again)
		}
		i, ok := MediaType([]string{field}, offers)
		slices.Reverse(written)
		j, okReversed := MediaType([]string{strings.Join(written, ",")}, offers)
		if i != j || ok != okReversed {
			t.Fatalf("%q: %d %v, reversed %d %v", field, i, ok, j, okReversed)
		}
		if k, okSlow := slowMediaType(ranges, offers); i != k || ok != okSlow {
			t.Fatalf("%q: %d %v, slow %d %v", field, i, ok, k, okSlow)
		}
	})
}

func equalRange(a, b MediaRange) bool {
	return a.Type == b.Type && a.Subtype == b.Subtype && a.Quality == b.Quality && slices.Equal(slices.Collect(a.Parameters()), slices.Collect(b.Parameters()))
}

// slowMediaType walks the levels of precedence from the top and takes the first
// that holds a matching range.
func slowMediaType(ranges []MediaRange, offers []string) (int, bool) {
	index, highest := 0, Quality(0)
	for i, offer := range offers {
		o, _ := ParseMediaRange(offer)
		q := Quality(-1)
		for level := 3000; level > 0 && q < 0; level-- {
			for _, r := range ranges {
				if r.precedence() == level && r.Includes(o) {
					q = max(q, r.Quality)
				}
			}
		}
		if len(ranges) == 0 {
			q = full
		}
		if q > highest {
			index, highest = i, q
		}
	}
	return index, highest > 0
}
