package search

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func folded(text string) string {
	var words []string
	for _, t := range tokenise(text) {
		words = append(words, t.folded)
	}
	return strings.Join(words, " ")
}

// What is here changes only together with tokenVersion: an index that was made
// in another way would not be found in.
func TestTokens(t *testing.T) {
	if tokenVersion != 1 {
		t.Fatal("tokenVersion has changed; so has this table")
	}
	for text, want := range map[string]string{
		"":                                    "",
		" \t–…!?":                             "",
		"The quick, brown FOX.":               "the quick brown fox",
		"don't can’t":                         "don t can t",
		"3.14 1,000 v2.0.1 10%":               "3.14 1000 v2 0 1 10",
		"std::vector<i32> snake_case a.b":     "std vector i32 snake case a b",
		"__init__() self.x += 1":              "init self x 1",
		"C++ and C# and F#, i++; #tag issue#": "c++ and c# and f# i++ tag issue",
		"C++17 c#":                            "c 17 c#",
		"x² + y₁₂ = H₂O, CO₂ 10⁻³ m²":         "x2 y12 h2o co2 10 3 m2",
		"population² footnote³":               "population 2 footnote 3",
		"cálculo CÁLCULO cafe\u0301":          "calculo calculo cafe",
		"żółty Łódź ŻÓŁTY źdźbło":             "zolty lodz zolty zdzblo",
		"Straße STRASSE Größe æther Øre þing": "strasse strasse grosse aether ore thing",
		"ﬁnd Ⅷ ½ ＡＢＣ":                         "find viii 12 abc",
		"𝑥 𝐀𝐁 µm Ωmega":                       "x ab μm ωmega",
		"ΣΊΣΥΦΟΣ Σίσυφος":                     "σισυφοσ σισυφοσ",
		"ёлка Й":                              "елка и",
		"soft\u00adhyphen zero\u200bwidth":    "softhyphen zero width",
		"機械学習":                                "機械 械学 学習 習",
		"水":                                   "水",
		"日本語のテキスト、です。":                        "日本 本語 語の のテ テキ キス スト ト です す",
		"Python语言 3章":                         "python 语言 言 3 章",
		"한국어 2학년":                             "한국 국어 어 2 학년 년",
		"ที่นี่":                              "ที่นี่ นี่",
		"ภาษาไทย":                             "ภา าษ ษา าไ ไท ทย ย",
		"が ﾊﾟｿｺﾝ":                             "が パソ ソコ コン ン",
		"الطَّاقَة أحمد مـــرحبا ٣٤":          "الطاقه احمد مرحبا 34",
		"می\u200cخواهم کتاب":                  "ميخواهم كتاب",
		"שָׁלוֹם":                             "שלום",
		"हिन्दी पाठ":                          "हिन्दी पाठ",
		"😀 ✓ → ∑":                             "",
		"a\x00b \xff\xfe c":                   "a b c",
	} {
		if got := folded(text); got != want {
			t.Errorf("%q: got  %s\n\twant %s", text, got, want)
		}
	}
}

func TestStems(t *testing.T) {
	for _, tt := range []struct{ language, a, b string }{
		{"en", "distributions", "distribution"}, {"en-GB", "tests", "testing"}, {"es", "canciones", "canción"}, {"es", "derivadas", "derivada"},
		{"pl", "komórka", "komórki"}, {"pl", "liczbami", "liczba"}, {"pl", "zielonego", "zielony"}, {"de", "Häuser", "Hauses"}, {"fr", "équations", "équation"},
	} {
		s := stemmerFor(tt.language)
		a, b := tokenise(tt.a), tokenise(tt.b)
		if x, y := s.of(&a[0]), s.of(&b[0]); x != y || x == "" {
			t.Errorf("%s: %s is %q, %s is %q", tt.language, tt.a, x, tt.b, y)
		}
	}
	if s := stemmerFor("ja"); s.of(&token{exact: "word", folded: "word"}) != "" {
		t.Error("a language without a stemmer has stems")
	}
}

// checkTokens holds for the tokens of any text.
func checkTokens(t *testing.T, text string) {
	t.Helper()
	tokens := tokenise(text)
	if again := tokenise(text); !slices.Equal(again, tokens) {
		t.Fatal("not stable")
	}
	start := 0
	for _, tok := range tokens {
		if tok.start < start || tok.end <= tok.start || tok.end > len(text) {
			t.Fatalf("%q: token %+v is out of order or bounds", text, tok)
		}
		start = tok.start
		for _, s := range []string{tok.exact, tok.folded} {
			if s == "" || len(s) > maxToken+8 || !utf8.ValidString(s) || strings.ContainsAny(s, " \"'*:()^{}-\x00") {
				t.Fatalf("%q: token %q", text, s)
			}
		}
	}
}

func FuzzTokens(f *testing.F) {
	for _, s := range []string{"The quick fox", "x² H₂O", "żółty Straße", "日本語 テキスト", "a\xffb", "C++ c#", "\u0301\u0301", "ﷺ ½", "١٢٣"} {
		f.Add(s)
	}
	f.Fuzz(checkTokens)
}
