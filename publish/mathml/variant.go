package mathml

import (
	"strings"
	"unicode"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// variantOf is the mathvariant for n: its own, what its attributes of older
// MathML amount to, or what it inherits.
func variantOf(n *cnxml.Node, inherited string) string {
	if v := n.Attr("mathvariant"); v != "" {
		return v
	}
	style, weight := n.Attr("fontstyle"), n.Attr("fontweight")
	switch {
	case style == "italic" && weight == "bold":
		return "bold-italic"
	case weight == "bold":
		return "bold"
	case style == "italic":
		return "italic"
	case style == "normal" && (inherited == "" || inherited == "italic"):
		return "normal"
	}
	return inherited
}

// alphabet is a run of letters or digits of a style in Unicode's Mathematical
// Alphanumeric Symbols (chapter 22.2 of the standard).
type alphabet struct {
	upper, lower, digits, greek rune // the characters for A, a, 0 and Α; 0 if there are none
}

var alphabets = map[string]alphabet{
	"bold":                   {0x1D400, 0x1D41A, 0x1D7CE, 0x1D6A8},
	"italic":                 {0x1D434, 0x1D44E, 0, 0x1D6E2},
	"bold-italic":            {0x1D468, 0x1D482, 0x1D7CE, 0x1D71C},
	"script":                 {0x1D49C, 0x1D4B6, 0, 0},
	"bold-script":            {0x1D4D0, 0x1D4EA, 0x1D7CE, 0},
	"fraktur":                {0x1D504, 0x1D51E, 0, 0},
	"bold-fraktur":           {0x1D56C, 0x1D586, 0x1D7CE, 0},
	"double-struck":          {0x1D538, 0x1D552, 0x1D7D8, 0},
	"sans-serif":             {0x1D5A0, 0x1D5BA, 0x1D7E2, 0},
	"bold-sans-serif":        {0x1D5D4, 0x1D5EE, 0x1D7EC, 0x1D756},
	"sans-serif-italic":      {0x1D608, 0x1D622, 0x1D7E2, 0},
	"sans-serif-bold-italic": {0x1D63C, 0x1D656, 0x1D7EC, 0x1D790},
	"monospace":              {0x1D670, 0x1D68A, 0x1D7F6, 0},
}

// older are letters that Unicode had before it got the alphabets; their places
// there are empty.
var older = map[rune]rune{
	0x1D455: 'ℎ', 0x1D49D: 'ℬ', 0x1D4A0: 'ℰ', 0x1D4A1: 'ℱ', 0x1D4A3: 'ℋ', 0x1D4A4: 'ℐ', 0x1D4A7: 'ℒ', 0x1D4A8: 'ℳ',
	0x1D4AD: 'ℛ', 0x1D4BA: 'ℯ', 0x1D4BC: 'ℊ', 0x1D4C4: 'ℴ', 0x1D506: 'ℭ', 0x1D50B: 'ℌ', 0x1D50C: 'ℑ', 0x1D515: 'ℜ',
	0x1D51D: 'ℨ', 0x1D53A: 'ℂ', 0x1D53F: 'ℍ', 0x1D545: 'ℕ', 0x1D547: 'ℙ', 0x1D548: 'ℚ', 0x1D549: 'ℝ', 0x1D551: 'ℤ',
}

// greekForms are the Greek characters at odd places, by their place after Α.
var greekForms = map[rune]rune{
	'ϴ': 17, '∇': 25, '∂': 51, 'ϵ': 52, 'ϑ': 53, 'ϰ': 54, 'ϕ': 55, 'ϱ': 56, 'ϖ': 57,
}

// lonely are letters that have a form of their own in one style only.
var lonely = map[string]map[rune]rune{
	"bold":   {'Ϝ': 0x1D7CA, 'ϝ': 0x1D7CB},
	"italic": {'ı': 0x1D6A4, 'ȷ': 0x1D6A5},
}

// arabic are the letters of Unicode's Arabic Mathematical Alphabetic Symbols
// (U+1EE00), in their order there, which is that of the abjad.
const arabic = "ابجدهوزحطيكلمنسعفصقرشتثخذضظغ\u066E\u06BA\u06A1\u066F"

// arabicStyles is where the letters of a style begin; not every letter has
// every style.
var arabicStyles = map[string]rune{
	"initial": 0x1EE20, "tailed": 0x1EE40, "stretched": 0x1EE60, "looped": 0x1EE80, "double-struck": 0x1EEA0,
}

// styledText writes letters and digits in the style of a mathvariant, as far
// as Unicode has characters for it.
func styledText(s, variant string) string {
	a, latin := alphabets[variant]
	start := arabicStyles[variant]
	if !latin && start == 0 {
		return s
	}
	return strings.Map(func(c rune) rune {
		if own := lonely[variant][c]; own != 0 {
			return own
		}
		if start != 0 && c > 0x600 && c < 0x700 {
			return arabicStyled(c, start)
		}
		if !latin {
			return c
		}
		return a.styled(c)
	}, s)
}

func arabicStyled(c, start rune) rune {
	styled := start
	for _, letter := range arabic {
		if letter == c && unicode.IsLetter(styled) {
			return styled
		}
		styled++
	}
	return c
}

func (a alphabet) styled(c rune) rune {
	out := c
	switch {
	case c >= 'A' && c <= 'Z':
		out = a.upper + c - 'A'
	case c >= 'a' && c <= 'z':
		out = a.lower + c - 'a'
	case c >= '0' && c <= '9' && a.digits != 0:
		out = a.digits + c - '0'
	case a.greek == 0:
	case c >= 'Α' && c <= 'Ω' && c != 0x3A2:
		out = a.greek + c - 'Α'
	case c >= 'α' && c <= 'ω':
		out = a.greek + 26 + c - 'α'
	case greekForms[c] != 0:
		out = a.greek + greekForms[c]
	}
	if o := older[out]; o != 0 {
		return o
	}
	return out
}

// fontClasses says a variant by class, for what has no characters of its own:
// operators and words. Scripts and the like are written in their own letters.
func fontClasses(variant string) []string {
	var out []string
	for _, part := range strings.Split(variant, "-") {
		if part == "bold" || part == "italic" {
			out = append(out, part)
		}
	}
	if variant == "monospace" || strings.Contains(variant, "sans-serif") {
		out = append(out, strings.TrimSuffix(strings.TrimPrefix(strings.ReplaceAll(variant, "bold-", ""), "bold-"), "-italic"))
	}
	return out
}

// lettered reports whether words in the variant are written in letters of
// their own, since no font is asked for that would have them.
func lettered(variant string) bool {
	return arabicStyles[variant] != 0 || strings.Contains(variant, "script") || strings.Contains(variant, "fraktur")
}
