package outline

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxSlug limits the characters of a title that go into a slug.
const maxSlug = 80

// slugs gives out names for the pages of one book, each once. Those that mean
// something else below a release's address are taken from the start.
// The number is the last that was put behind the name.
type slugs map[string]int

func newSlugs() slugs { return slugs{"": 1, "media": 1, "search": 1} }

// unique is the slug, with a number behind it if the slug is taken.
func (s slugs) unique(slug string) string {
	name := slug
	for s[name] > 0 {
		s[slug]++
		name = strings.Trim(slug+"-"+strconv.Itoa(s[slug]), "-")
	}
	s[name] = 1
	return name
}

// SlugOf turns a title into a slug: its letters and digits in lower case, a
// hyphen for everything between them.
func SlugOf(title string) string {
	return dashed(strings.ToLower(title), func(r rune) bool { return false })
}

// PathSlug turns a module's path into a slug: the segments joined by hyphens.
func PathSlug(path string) string {
	return dashed(path, func(r rune) bool { return r == '_' })
}

// dashed keeps letters, marks, digits and what keep says, drops apostrophes
// and replaces each run of other characters by one hyphen.
func dashed(s string, keep func(rune) bool) string {
	var b strings.Builder
	gap, length := false, 0
	for _, r := range norm.NFC.String(s) {
		switch {
		case r == '\'' || r == '’':
		case r != unicode.ReplacementChar && (unicode.In(r, unicode.L, unicode.M, unicode.Nd) || keep(r)):
			if gap && b.Len() > 0 {
				b.WriteByte('-')
				length++
			}
			if length >= maxSlug {
				return wholeWords(b.String())
			}
			gap = false
			b.WriteRune(r)
			length++
		default:
			gap = true
		}
	}
	return b.String()
}

// wholeWords is a slug that has been cut off, without its last word.
func wholeWords(slug string) string {
	if i := strings.LastIndexByte(slug, '-'); i > 0 {
		return slug[:i]
	}
	return slug
}
