package search

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxForms is the size of a normaliser's cache in words.
const maxForms = 4096

// normaliser brings words that differ only in how they are written to one form.
// It is not for use by several goroutines.
type normaliser struct {
	fold  *cases.Caser
	forms map[string][2]string
}

// of is a word in its exact form (NFKC, full case folding, without characters
// that are not seen) and without accents. Both are empty for what holds no
// letter and no digit.
func (n *normaliser) of(word string) (exact, folded string) {
	if f, ok := n.forms[word]; ok {
		return f[0], f[1]
	}
	if n.fold == nil || len(n.forms) >= maxForms {
		fold := cases.Fold()
		n.fold, n.forms = &fold, map[string][2]string{}
	}
	exact = strings.Map(keepWord, norm.NFKC.String(n.fold.String(norm.NFKC.String(word))))
	folded = withoutAccents(exact)
	if !strings.ContainsFunc(exact, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) {
		exact, folded = "", ""
	}
	n.forms[word] = [2]string{exact, folded}
	return exact, folded
}

// keepWord leaves out what is not part of a word, and what only says how one is
// shown.
func keepWord(r rune) rune {
	switch {
	case r == '\u0640', unicode.Is(unicode.Cf, r): // an Arabic word that is stretched
		return -1
	case unicode.Is(unicode.Nd, r) && r > unicode.MaxASCII:
		return digit(r)
	case unicode.In(r, unicode.L, unicode.M, unicode.N):
		return r
	}
	return -1
}

// digit is a decimal digit of any script as one of ASCII. Each script's ten
// stand in a row.
func digit(r rune) rune {
	zero := r
	for unicode.Is(unicode.Nd, zero-1) && r-zero < 9 {
		zero--
	}
	return '0' + r - zero
}

// withoutAccents takes the marks off the letters of those scripts in which a
// reader may leave them out, and spells out letters that have no accent to take
// off.
func withoutAccents(s string) string {
	if isASCII(s) {
		return s
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		if unicode.Is(unicode.Mn, r) && unicode.In(r, unicode.Inherited, unicode.Hebrew, unicode.Arabic, unicode.Syriac) && r != '\u3099' && r != '\u309a' {
			continue
		}
		if plain, ok := plainLetters[r]; ok {
			b.WriteString(plain)
			continue
		}
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String())
}

// plainLetters are letters as those write them who do not have them on their
// keyboard.
var plainLetters = map[rune]string{
	'ł': "l", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'ħ': "h", 'ı': "i", 'ŋ': "n", 'ŧ': "t", 'ĸ': "k",
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ĳ': "ij", 'ƒ': "f",
	'ى': "ي", 'ی': "ي", 'ک': "ك", 'ة': "ه", 'ٱ': "ا", 'ە': "ه",
}
