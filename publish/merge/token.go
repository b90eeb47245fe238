package merge

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// splitWords divides a text into words and signs, and the scripts that put no space
// between words into letters. rest is the white space
// behind the last one. In a quotation of Markdown the > at the beginning of a line is
// white space.
func splitWords(s string, quoted bool) (tokens []*node, rest string) {
	for {
		space := leadingSpace(s, quoted)
		if len(space) == len(s) {
			return tokens, space
		}
		s = s[len(space):]
		n, weight := word(s)
		tokens = append(tokens, &node{kind: "word", space: space, raw: s[:n], weight: weight})
		s = s[n:]
	}
}

// leadingSpace is the white space that s begins with.
func leadingSpace(s string, quoted bool) string {
	fresh := false // at the beginning of a line
	for i, r := range s {
		switch {
		case r == '\n':
			fresh = true
		case quoted && fresh && r == '>' || unicode.IsSpace(r):
		default:
			return s[:i]
		}
	}
	return s
}

// word is the length of the word that s begins with, or of the same sign written
// several times, and how far it keeps changes apart: only letters and digits do.
func word(s string) (n, weight int) {
	first, n := utf8.DecodeRuneInString(s)
	switch {
	case isAlone(first):
		return n, 1
	case !isWordRune(first):
		for first != utf8.RuneError && strings.HasPrefix(s[n:], s[:utf8.RuneLen(first)]) {
			n += utf8.RuneLen(first)
		}
		return n, 0
	}
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		if !isWordRune(r) || isAlone(r) {
			break
		}
		n += size
	}
	return n, apart
}

func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_'
}

// isAlone holds for the scripts that put no space between words.
func isAlone(r rune) bool {
	return r >= 0x0E00 && (unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) || r == 'ー')
}

// splitExact divides a text in which white space counts, as code, into words. What is
// behind the last word is in rest.
func splitExact(s string) (tokens []*node, rest string) {
	tokens, rest = splitWords(s, false)
	for i, t := range tokens {
		t.exact = i > 0
	}
	return tokens, rest
}

// splitLines divides a text into lines, for files that are no texts to be read: a line
// is never merged with another.
func splitLines(s string) *node {
	root := &node{kind: "lines", raw: s, flow: words, lines: true}
	for line := range strings.Lines(s) {
		text := strings.TrimSuffix(line, "\n")
		t := &node{kind: "line", raw: text, weight: apart}
		if len(root.parts) > 0 {
			t.space = "\n"
		}
		if strings.TrimSpace(text) == "" {
			t.weight = 0
		}
		root.parts = append(root.parts, t)
	}
	if strings.HasSuffix(s, "\n") {
		root.end = "\n"
	}
	root.finish()
	return root
}
