package listmark

import "testing"

func TestNumbered(t *testing.T) {
	for _, tt := range []struct {
		kind, style string
		n           int
		want        string
	}{
		{"", "", 3, "3."},
		{"", "upper-roman", 1999, "MCMXCIX."},
		{Paren, "lower-alpha", 28, "ab)"},
		{Parens, "lower-roman", 4, "(iv)"},
		{Parens, "upper-alpha", 0, "(0)"},
		{Bare, "upper-alpha", 2, "B"},
		{Circled, "", 0, "⓪"},
		{Circled, "", 20, "⑳"},
		{Circled, "", 21, "㉑"},
		{Circled, "", 50, "㊿"},
		{Circled, "", 51, "51"},
		{Circled, "lower-alpha", 26, "ⓩ"},
		{Circled, "lower-alpha", 27, "aa"},
		{Circled, "upper-alpha", 1, "Ⓐ"},
		{Circled, "upper-alpha", 0, "0"},
		{Circled, "lower-roman", 2, "ii"},
		{Stepwise, "", 12, "Krok 12."},
		{Stepwise, "", -1, "Krok -1."},
	} {
		if got := Numbered(tt.kind, tt.style, "Krok", tt.n); got != tt.want {
			t.Errorf("%s, %s, %d: %s, want %s", tt.kind, tt.style, tt.n, got, tt.want)
		}
	}
}
