package outline

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// Collation orders words as a language's dictionaries do (Unicode Technical
// Standard 10, with the tailoring of CLDR). It is used by one goroutine at a
// time.
type Collation struct {
	order *collate.Collator // with every difference
	base  *collate.Collator // without accents and case, as far as they make no other letter
	buf   collate.Buffer
}

// NewCollation is the collation of a language tag (BCP 47); of English if there is
// no such tag.
func NewCollation(bcp47 string) *Collation {
	tag, err := language.Parse(bcp47)
	if err != nil {
		tag = language.English
	}
	return &Collation{order: collate.New(tag, collate.Numeric), base: collate.New(tag, collate.Loose)}
}

// key sorts like the word itself: bytes.Compare orders keys.
func (a *Collation) key(word string) []byte {
	a.buf.Reset()
	return slices.Clone(a.order.KeyFromString(&a.buf, significant(word)))
}

// sortBy orders the list by a word of each element, then by tie.
func sortBy[T any](a *Collation, list []T, word func(*T) string, tie func(x, y *T) int) {
	type keyed struct {
		key   []byte
		value T
	}
	all := make([]keyed, len(list))
	for i := range list {
		all[i] = keyed{a.key(word(&list[i])), list[i]}
	}
	slices.SortStableFunc(all, func(x, y keyed) int {
		return cmp.Or(bytes.Compare(x.key, y.key), tie(&x.value, &y.value))
	})
	for i := range all {
		list[i] = all[i].value
	}
}

// NoLetter is the heading above words that begin with none.
const NoLetter = "#"

// Letter is the heading above a word in an index: its first letter, without an accent where
// the language does not take the letter with it for another one (Spanish "Á" is
// under A, Polish "Ł" is not under L).
func (a *Collation) Letter(word string) string {
	word = significant(word)
	first, size := utf8.DecodeRuneInString(word)
	if !unicode.IsLetter(first) {
		return NoLetter
	}
	full := norm.NFC.String(word[:size+marks(word[size:])])
	bare, _ := utf8.DecodeRuneInString(norm.NFD.String(full))
	if a.base.CompareString(full, string(bare)) == 0 {
		full = string(bare)
	}
	return strings.ToUpper(full)
}

// marks is the length of the combining marks that s begins with.
func marks(s string) int {
	for i, r := range s {
		if !unicode.Is(unicode.M, r) {
			return i
		}
	}
	return len(s)
}

// significant is a word from its first letter or digit on; one without any is
// itself.
func significant(word string) string {
	if i := strings.IndexFunc(word, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }); i >= 0 {
		return word[i:]
	}
	return word
}
