package collection

import (
	"strings"
	"unicode"
)

// ValidSlug reports whether a book can have the slug as its name in URLs:
// letters and digits of any script, and "-", "_" and "." between them, at most
// 200 bytes.
func ValidSlug(slug string) bool {
	if slug == "" || len(slug) > 200 || strings.ContainsRune("-.", rune(slug[0])) {
		return false
	}
	for _, c := range slug {
		if !unicode.IsLetter(c) && !unicode.IsMark(c) && !unicode.IsDigit(c) && !strings.ContainsRune("-_.", c) {
			return false
		}
	}
	return true
}
