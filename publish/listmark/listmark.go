// Package listmark writes the marks of list items as text: "(b)", "②", "Step 3.".
// Pages have most of them from a style sheet, by the class of the list; a text
// and an EPUB have them in the markup.
package listmark

import (
	"strconv"
	"strings"
)

// Kinds of marks, which are classes of lists.
const (
	Paren    = "mark-paren"  // "1)"
	Parens   = "mark-parens" // "(1)"
	Bare     = "mark-bare"   // "1"
	Circled  = "circled"     // "①"
	Stepwise = "stepwise"    // "Step 1."
)

// Numbered returns the mark of the n-th item of a numbered list of a kind; of the
// usual one, "1.", if the kind is no other. The style is a number-style of CNXML
// ("lower-alpha"), empty for digits; step is the word before the number of a step.
func Numbered(kind, style, step string, n int) string {
	switch number := Ordinal(n, style); kind {
	case Paren:
		return number + ")"
	case Parens:
		return "(" + number + ")"
	case Bare:
		return number
	case Circled:
		return InCircle(n, style)
	case Stepwise:
		return strings.TrimSpace(step + " " + number + ".")
	default:
		return number + "."
	}
}

// Bullets are the signs of bullets by the class of their list; empty for the
// usual one.
var Bullets = map[string]string{
	"": "•", "bullet-none": "", "bullet-dash": "–", "bullet-open-circle": "◦", "bullet-square": "▪", "bullet-asterisk": "*",
	"bullet-section": "§", "bullet-pilcrow": "¶", "bullet-rpilcrow": "⁋",
}

// InCircle is a number up to 50 or a letter in a circle (Unicode's Enclosed
// Alphanumerics, and Enclosed CJK Letters from 21); others as they are.
func InCircle(n int, style string) string {
	switch letter := Ordinal(n, style); {
	case style == "lower-alpha" && len(letter) == 1 && n > 0:
		return string('ⓐ' + rune(n) - 1)
	case style == "upper-alpha" && len(letter) == 1 && n > 0:
		return string('Ⓐ' + rune(n) - 1)
	case style != "" && style != "arabic" || n < 0 || n > 50:
		return letter
	}
	switch {
	case n == 0:
		return "⓪"
	case n <= 20:
		return string('①' + rune(n) - 1)
	case n <= 35:
		return string('㉑' + rune(n) - 21)
	}
	return string('㊱' + rune(n) - 36)
}

// Ordinal writes a number in a style: "lower-alpha", "upper-alpha", "lower-roman",
// "upper-roman"; in digits for any other. There are no letters for 0.
func Ordinal(n int, style string) string {
	if n < 1 {
		style = ""
	}
	switch style {
	case "lower-alpha":
		return strings.ToLower(letters(n))
	case "upper-alpha":
		return letters(n)
	case "lower-roman":
		return strings.ToLower(roman(n))
	case "upper-roman":
		return roman(n)
	}
	return strconv.Itoa(n)
}

// letters writes n as A, B, ... Z, AA, AB, ...
func letters(n int) string {
	s := ""
	for ; n > 0; n = (n - 1) / 26 {
		s = string(rune('A'+(n-1)%26)) + s
	}
	return s
}

// roman writes 1 to 3999 in Roman numerals, other numbers as they are.
func roman(n int) string {
	if n < 1 || n > 3999 {
		return strconv.Itoa(n)
	}
	var b strings.Builder
	for _, d := range []struct {
		value  int
		letter string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; n >= d.value; n -= d.value {
			b.WriteString(d.letter)
		}
	}
	return b.String()
}
