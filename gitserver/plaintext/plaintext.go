// Package plaintext makes text of others fit for a terminal and a page: text without
// control characters, which terminals take for commands, and without characters that
// override the direction of writing, so that text is shown in another order than it
// has (Unicode Technical Standard #55).
//
//   - Text leaves them out: for titles, names and messages.
//   - Line replaces them, so that it is seen that something was there, and is one
//     line of bounded length: for quoted input, file names, and what other programs
//     say.
//
// The marks of direction that texts in Arabic and Hebrew need (U+200E, U+200F,
// U+061C) stay.
package plaintext

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Hides reports whether a character can hide or rewrite what is shown. Tabs and ends
// of lines do not.
func Hides(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' ||
		r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\u2028' || r == '\u2029'
}

// Text returns s without the characters for which [Hides] is true. Bytes that are not
// UTF-8 are replaced by U+FFFD.
func Text(s string) string {
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	if !strings.ContainsFunc(s, Hides) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if Hides(r) {
			return -1
		}
		return r
	}, s)
}

// Line returns s as one line: the characters for which [Hides] is true, ends of lines
// and bytes that are not UTF-8 are replaced by U+FFFD, tabs by spaces, and of more than
// limit bytes the rest by "...".
func Line(s string, limit int) string {
	cut := len(s) > limit
	if cut { // before the work: what is replaced does not get shorter
		end := limit
		for end > 0 && !utf8.RuneStart(s[end]) {
			end--
		}
		s = s[:end]
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r == '\n', r == '\r', Hides(r):
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
	if cut || len(s) > limit {
		s = strings.ToValidUTF8(s[:min(len(s), limit)], "") + "..."
	}
	return s
}
