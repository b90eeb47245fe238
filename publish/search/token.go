package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
	"golang.org/x/text/unicode/norm"
)

// tokenVersion is the number of the way in which text becomes tokens. An index
// that was made in another way is made anew.
const tokenVersion = 1

// maxToken limits the bytes of a word. A longer string is no word.
const maxToken = 64

// maxSymbol limits the bytes of the name of a unit or a variable. A superscript
// digit after a longer word is the mark of a note.
const maxSymbol = 4

// token is a word of a text, or two neighbouring characters of a script that is
// written without spaces.
type token struct {
	exact      string // compatibility-normalised (NFKC), case-folded
	folded     string // without accents
	start, end int    // bytes of the text that it was made of
	gram       bool   // of a script without spaces
}

// tokenise gives the tokens of a text in order. Words are those of UAX #29,
// taken apart where they hold anything but letters, marks and digits, so that
// std::vector and snake_case are found by their parts. A run of n characters of
// a script without spaces becomes n-1 pairs and its last character.
func tokenise(text string) []token {
	t := tokeniser{text: text, tokens: make([]token, 0, len(text)/6+1)}
	for segments := words.FromString(text); segments.Next(); {
		t.segment(segments.Start(), segments.End())
	}
	t.flush()
	return t.tokens
}

type tokeniser struct {
	text   string
	tokens []token
	run    []gram // characters of a script without spaces, one behind the other
	glue   int    // where a word goes on with what follows, as H₂ does with O; 0: nowhere
	forms  normaliser
}

// gram is one character of a script without spaces.
type gram struct {
	text       string
	start, end int
}

func (t *tokeniser) segment(start, end int) {
	s := t.text[start:end]
	if !isASCII(s) {
		t.unicode(start, end)
		return
	}
	if c := s[0]; len(s) == 1 && !isWordByte(c) {
		return
	}
	if isNumber(s) {
		number := strings.ReplaceAll(s, ",", "")
		t.add(number, number, start, end)
		return
	}
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && isWordByte(s[j]) {
			j++
		}
		if j > i {
			t.ascii(start+i, start+j)
		}
		i = j + 1
	}
}

// ascii adds a word of ASCII letters and digits, with the signs behind the names
// of some programming languages: C++, C#.
func (t *tokeniser) ascii(start, end int) {
	word := strings.ToLower(t.text[start:end])
	if rest := t.text[end:]; len(word) <= 3 && rest != "" {
		for _, sign := range []string{"++", "#"} {
			after, ok := strings.CutPrefix(rest, sign)
			if ok && (after == "" || !isWordByte(after[0]) && after[0] != sign[0]) && !isNumber(word) {
				word, end = word+sign, end+len(sign)
				break
			}
		}
	}
	t.add(word, word, start, end)
}

// unicode adds what is in a segment with characters beyond ASCII.
func (t *tokeniser) unicode(start, end int) {
	from := start // of a word that goes on
	for i, r := range t.text[start:end] {
		at := start + i
		size := utf8.RuneLen(r)
		if r == utf8.RuneError {
			_, size = utf8.DecodeRuneInString(t.text[at:])
		}
		switch {
		case isGram(r):
			t.word(from, at)
			t.gram(r, at, at+size)
			from = at + size
		case !isWordRune(r):
			t.word(from, at)
			from = at + size
		}
	}
	t.word(from, end)
}

// word adds one word. A raised or lowered digit belongs to the symbol before it,
// and behind a lowered one the symbol may go on: x² is the word x2, H₂O is h2o.
func (t *tokeniser) word(start, end int) {
	if start >= end {
		return
	}
	s := t.text[start:end]
	exact, folded := t.forms.of(s)
	if exact == "" {
		return
	}
	moved := isMoved(s)
	if n := len(t.tokens) - 1; moved && n >= 0 && len(t.run) == 0 && t.tokens[n].end == start && !t.tokens[n].gram && len(t.tokens[n].exact) <= maxSymbol {
		t.glue = start
	}
	t.add(exact, folded, start, end)
	if moved && strings.Trim(s, "₀₁₂₃₄₅₆₇₈₉") == "" {
		t.glue = end
	}
}

// gram adds a character of a script without spaces; a mark belongs to the one
// before it.
func (t *tokeniser) gram(r rune, start, end int) {
	n := len(t.run)
	if n > 0 && t.run[n-1].end != start {
		t.flush()
		n = 0
	}
	exact, _ := t.forms.of(string(r))
	switch {
	case exact != "":
		t.run = append(t.run, gram{exact, start, end})
	case n > 0 && len(t.run[n-1].text) < maxToken/2:
		last := &t.run[n-1]
		last.text, last.end = norm.NFKC.String(last.text+string(r)), end
	}
}

// flush ends a run of characters.
func (t *tokeniser) flush() {
	run := t.run
	t.run = t.run[:0]
	for i, g := range run {
		pair := token{exact: g.text, start: g.start, end: g.end, gram: true}
		if i+1 < len(run) {
			pair.exact, pair.end = g.text+run[i+1].text, run[i+1].end
		}
		pair.folded = pair.exact
		t.tokens = append(t.tokens, pair)
	}
}

func (t *tokeniser) add(exact, folded string, start, end int) {
	t.flush()
	if n := len(t.tokens) - 1; t.glue == start && start > 0 && n >= 0 && t.tokens[n].end == start {
		last := &t.tokens[n]
		last.exact, last.folded, last.end = clip(last.exact+exact), clip(last.folded+folded), end
		return
	}
	t.tokens = append(t.tokens, token{exact: clip(exact), folded: clip(folded), start: start, end: end})
}

// clip keeps what counts of a word.
func clip(s string) string {
	if len(s) <= maxToken {
		return s
	}
	cut := maxToken
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut]
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isWordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// isNumber reports whether ASCII text is a number, which keeps its point and
// loses what parts its thousands.
func isNumber(s string) bool {
	for i := range len(s) {
		if (s[i] < '0' || '9' < s[i]) && s[i] != '.' && s[i] != ',' {
			return false
		}
	}
	return s != "" && '0' <= s[0] && s[0] <= '9'
}

// isWordRune holds for what words are made of. Format characters, such as soft
// hyphens and joiners, are in words and do not count.
func isWordRune(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.Cf)
}

// isMoved reports whether s is nothing but raised or lowered digits.
func isMoved(s string) bool {
	for _, r := range s {
		if !unicode.Is(unicode.No, r) || !isNumber(norm.NFKC.String(string(r))) {
			return false
		}
	}
	return s != ""
}

// grams are the scripts that are written without spaces between words, or, as
// in Korean, with spaces that do not part what readers look for.
var grams = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo, unicode.Yi,
	unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

func isGram(r rune) bool {
	return r >= 0x0e00 && (unicode.In(r, grams...) || r == 'ー' || r == 'ｰ' || r == '\uff9e' || r == '\uff9f') && isWordRune(r)
}
