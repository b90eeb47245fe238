package cnxml

import (
	"strings"
	"unicode"
)

// hides reports whether a character has no place in a title or a name: a control
// character, or one that overrides or isolates the direction of others, so that they
// are shown in another order than they have. The marks of direction that texts in
// Arabic and Hebrew need (U+200E, U+200F, U+061C) are none of these.
func hides(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' ||
		r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\u2028' || r == '\u2029'
}

// Plain returns text without control characters and bidirectional overrides, fit for
// a terminal and a page. Ends of lines and tabs stay.
func Plain(text string) string {
	if !strings.ContainsFunc(text, hides) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if hides(r) {
			return -1
		}
		return r
	}, text)
}

// PlainTitle makes the texts in a title plain, and reports whether they were not.
func PlainTitle(title *Node) (changed bool) {
	if title == nil {
		return false
	}
	plain := Plain(title.Data)
	changed, title.Data = plain != title.Data, plain
	for _, n := range title.Children {
		if PlainTitle(n) {
			changed = true
		}
	}
	return changed
}
