package cnxml

import (
	"slices"
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	for _, test := range []struct {
		word  string
		among string
		want  string // empty if there is none
	}{
		{"itelics", "bold italics underline", "italics"},
		{"sectoin", "para section figure", "section"},
		{"fgi-00012", "fig-00011 fig-00012 fig-00013", "fig-00012"},
		{"fig-00014", "fig-00011 fig-00012 fig-00013", ""}, // as near to all
		{"fig-00014", "fig-00011 fig-00024", ""},
		{"ITEM", "term item", "item"},
		{"item", "Item item", "Item"}, // the word itself is no answer
		{"para", "parra parra", "parra"},
		{"żółw", "zołw żółwi", "żółwi"},
		{"ab", "abc", ""},
		{"blink", "link", "link"},
		{"paragraph", "para", ""},
		{"", "a", ""},
		{strings.Repeat("a", 101), strings.Repeat("a", 100), ""},
	} {
		among := strings.Fields(test.among)
		for range 2 {
			if got, ok := Nearest(test.word, among); got != test.want || ok != (test.want != "") {
				t.Errorf("Nearest(%q, %q) = %q, %t, want %q", test.word, among, got, ok, test.want)
			}
			slices.Reverse(among)
		}
	}
}

// FuzzDistance holds the table's answer against the definition, worked out
// without one.
func FuzzDistance(f *testing.F) {
	f.Add("abcd", "acbd")
	f.Add("żó", "óż")
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a) > 6 || len(b) > 6 {
			return
		}
		var d distance
		got := d.between(a, b)
		if want := defined([]rune(a), []rune(b)); got != want || got != d.between(b, a) {
			t.Errorf("between(%q, %q) = %d, want %d", a, b, got, want)
		}
	})
}

func defined(a, b []rune) int {
	if len(a) == 0 || len(b) == 0 {
		return len(a) + len(b)
	}
	x, y := len(a)-1, len(b)-1
	n := min(defined(a[:x], b), defined(a, b[:y])) + 1
	if a[x] == b[y] {
		return min(n, defined(a[:x], b[:y]))
	}
	n = min(n, defined(a[:x], b[:y])+1)
	if x > 0 && y > 0 && a[x] == b[y-1] && a[x-1] == b[y] {
		n = min(n, defined(a[:x-1], b[:y-1])+1)
	}
	return n
}

func TestNear(t *testing.T) {
	for _, test := range []struct {
		word, among string
		want        string // in this order
	}{
		{"geometri", "geometry geometric algebra", "geometry geometric"},
		{"1-angels", "1-angles 2-angles angels", "1-angles 2-angles angels"},
		{"angles", "1-angles 2-right-angles lines", "1-angles 2-right-angles"},
		{"Shapes", "Shapes shapes shape", "shapes shape"},
		{"aaaa", "aaab aaac aaad aaae", "aaab aaac aaad"},
		{"aaaa", "aaab aaab", "aaab"},
		{"ab", "abc", ""},
		{"", "a", ""},
	} {
		if got := strings.Join(Near(test.word, strings.Fields(test.among), 3), " "); got != test.want {
			t.Errorf("%q among %s: %q, want %q", test.word, test.among, got, test.want)
		}
	}
}
