package plaintext

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"plain text, cálculo":                   "plain text, cálculo",
		"Ti\u202ede\x1b[31ms\u0085\u2066\u2028": "Tide[31ms",
		"two\nlines\tand\r\nmore":               "two\nlines\tand\r\nmore",
		"\u200fعنوان\u200e\u061c":               "\u200fعنوان\u200e\u061c",
		"not \xff utf-8":                        "not \uFFFD utf-8",
	} {
		if got := Text(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestLine(t *testing.T) {
	for in, want := range map[string]string{
		"plain text, cálculo":              "plain text, cálculo",
		"\x1b]52;c;aGk=\x07":               "\uFFFD]52;c;aGk=\uFFFD",
		"a\u202Ebc\u2066d\u2028e\tf\u009b": "a\uFFFDbc\uFFFDd\uFFFDe f\uFFFD",
		"200 \x1b[31m\r\n":                 "200 \uFFFD[31m\uFFFD\uFFFD",
		"not \xff utf-8":                   "not \uFFFD utf-8",
		"\u200fعنوان":                      "\u200fعنوان",
	} {
		if got := Line(in, 1000); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		strings.Repeat("é", 200): strings.Repeat("é", 150) + "...", "x" + strings.Repeat("é", 200): "x" + strings.Repeat("é", 149) + "...",
	} {
		if got := Line(in, 300); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add("a\x1b[31m\u202e\u2066\u2028\xff\tb", 10)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = min(max(limit, 0), 1000)
		got := Line(s, limit)
		if !utf8.ValidString(got) || len(got) > limit+3 || Line(got, limit+3) != got || strings.ContainsFunc(got, Hides) || strings.ContainsAny(got, "\r\n\t") {
			t.Errorf("%q, %d: %q", s, limit, got)
		}
		data, err := json.Marshal(got)
		if err != nil || bytes.Contains(data, []byte(`\u00`)) && strings.ContainsAny(got, "\x00\x1b") {
			t.Errorf("%s, %v", data, err)
		}
		// What is harmless stays.
		if plain := strings.Map(func(r rune) rune {
			if r < ' ' || r > '~' {
				return -1
			}
			return r
		}, s); len(plain) <= limit && Line(plain, limit) != plain {
			t.Errorf("%q was changed", plain)
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add("a\x1b[31m\u202e\u2066\u2028\xff\tb\n")
	f.Fuzz(func(t *testing.T, s string) {
		got := Text(s)
		if !utf8.ValidString(got) || Text(got) != got || strings.ContainsFunc(got, Hides) {
			t.Errorf("%q: %q", s, got)
		}
	})
}
