package mdbook

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/util"
)

// smart is a text of Markdown, with its escapes, in which quotation marks are
// curled and hyphens and dots joined, as mdBook's smart-punctuation does. prev is
// the character before the text, 0 at the start of a block. What is escaped
// stays as it is.
func smart(raw []byte, prev rune) string {
	var b strings.Builder
	for i := 0; i < len(raw); {
		r, size := utf8.DecodeRune(raw[i:])
		switch {
		case r == '\\' && i+1 < len(raw) && util.IsPunct(raw[i+1]):
			b.Write(raw[i : i+2])
			r, size = rune(raw[i+1]), 2
		case r == '"' && opens(prev, raw[i+1:]):
			b.WriteRune('“')
		case r == '"':
			b.WriteRune('”')
		case r == '\'' && opens(prev, raw[i+1:]):
			b.WriteRune('‘')
		case r == '\'':
			b.WriteRune('’')
		case r == '-':
			for i+size < len(raw) && raw[i+size] == '-' {
				size++
			}
			b.WriteString(dashes(size))
		case r == '.' && strings.HasPrefix(string(raw[i:min(len(raw), i+3)]), "..."):
			size = 3
			b.WriteRune('…')
		default:
			b.Write(raw[i : i+size])
		}
		prev = r
		i += size
	}
	return b.String()
}

// opens reports whether a quotation mark after prev and before the text opens.
func opens(prev rune, text []byte) bool {
	next, _ := utf8.DecodeRune(text)
	if len(text) > 0 && unicode.IsSpace(next) {
		return false
	}
	return prev == 0 || unicode.IsSpace(prev) || strings.ContainsRune(`([{-–—/"'“‘«`, prev)
}

// dashes are the dashes that a run of hyphens stands for.
func dashes(n int) string {
	if n == 1 {
		return "-"
	}
	em, en := 0, 0
	switch n % 6 {
	case 0, 3:
		em = n / 3
	case 2, 4:
		en = n / 2
	case 1:
		em, en = n/3-1, 2
	default:
		em, en = n/3, 1
	}
	return strings.Repeat("—", em) + strings.Repeat("–", en)
}
