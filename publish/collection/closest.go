package collection

import (
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// ClosestMatch is the one among the words that somebody who wrote word most likely
// meant, if there is one; see cnxml.Nearest. A word with another number in it is
// none: names that are numbered are near to each other without being slips.
func ClosestMatch(word string, among []string) (string, bool) {
	number := digits(word)
	var others []string
	for _, other := range among {
		if n := digits(other); len(n) != len(number) || n == number {
			others = append(others, other)
		}
	}
	return cnxml.Nearest(word, others)
}

// digits are the digits of a word.
func digits(word string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, word)
}
