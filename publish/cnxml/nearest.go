package cnxml

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Nearest is the one among the words that somebody who wrote word most likely
// meant: the nearest by edit distance (inserted, dropped, changed and swapped
// neighbouring characters count one each; so does a difference in case alone),
// if it is near enough for a slip. There is none if two words are equally near,
// so the answer does not depend on their order; and none for a word longer
// than 100 bytes. It costs about a microsecond for a word of similar length.
func Nearest(word string, among []string) (string, bool) {
	allowed := slips(word)
	if allowed == 0 {
		return "", false
	}
	var (
		d       distance
		nearest string
		least   = allowed + 1
		tie     bool
	)
	for _, candidate := range among {
		if candidate == word || candidate == nearest || abs(len(candidate)-len(word)) > utf8.UTFMax*allowed {
			continue
		}
		n := 1
		if !strings.EqualFold(candidate, word) {
			n = d.between(word, candidate)
		}
		switch {
		case n < least:
			nearest, least, tie = candidate, n, false
		case n == least && n <= allowed:
			tie = true
		}
	}
	if tie || least > allowed {
		return "", false
	}
	return nearest, true
}

// Near returns up to n of the words that somebody who wrote word may have meant, the
// nearest first: those with few typing errors, then those that contain it.
func Near(word string, among []string, n int) []string {
	allowed := slips(word)
	if allowed == 0 {
		return nil
	}
	var d distance
	best := make([][]string, allowed+2) // by the number of errors; the last one: contains the word
	for _, candidate := range among {
		errors := allowed + 1
		switch {
		case candidate == word:
			continue
		case strings.EqualFold(candidate, word):
			errors = 0
		case abs(len(candidate)-len(word)) <= utf8.UTFMax*allowed:
			errors = d.between(word, candidate)
		}
		if errors > allowed && !strings.Contains(candidate, word) {
			continue
		}
		errors = min(errors, allowed+1)
		if len(best[errors]) < n && !slices.Contains(best[errors], candidate) {
			best[errors] = append(best[errors], candidate)
		}
	}
	found := slices.Concat(best...)
	return found[:min(len(found), n)]
}

// slips returns the number of typing errors tolerated in a word of that length.
func slips(word string) int {
	if len(word) > 100 {
		return 0
	}
	switch n := utf8.RuneCountInString(word); {
	case n < 3:
		return 0
	case n < 6:
		return 1
	case n < 12:
		return 2
	}
	return 3
}

// distance holds the rows of the table, so that many words cost no more memory
// than one.
type distance struct {
	a, b                  []rune
	before, above, within []int
}

// between is the optimal string alignment distance of two words.
func (d *distance) between(a, b string) int {
	d.a, d.b = appendRunes(d.a[:0], a), appendRunes(d.b[:0], b)
	n := len(d.b) + 1
	for len(d.within) < n {
		d.before, d.above, d.within = append(d.before, 0), append(d.above, 0), append(d.within, 0)
	}
	for j := range n {
		d.within[j] = j
	}
	for i := 1; i <= len(d.a); i++ {
		d.before, d.above, d.within = d.above, d.within, d.before
		d.within[0] = i
		for j := 1; j < n; j++ {
			d.within[j] = min(d.above[j], d.within[j-1]) + 1
			change := d.above[j-1]
			if d.a[i-1] != d.b[j-1] {
				change++
			}
			d.within[j] = min(d.within[j], change)
			if i > 1 && j > 1 && d.a[i-1] == d.b[j-2] && d.a[i-2] == d.b[j-1] {
				d.within[j] = min(d.within[j], d.before[j-2]+1)
			}
		}
	}
	return d.within[n-1]
}

func appendRunes(to []rune, s string) []rune {
	for _, r := range s {
		to = append(to, r)
	}
	return to
}

func abs(n int) int { return max(n, -n) }
