package search

import (
	"strings"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/danish"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/finnish"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/hungarian"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/norwegian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/romanian"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/blevesearch/snowballstem/swedish"
	"github.com/blevesearch/snowballstem/turkish"
)

// stemmers are those of Snowball, by the primary subtag of a language. Polish
// has none there; see polish.
var stemmers = map[string]func(*snowballstem.Env) bool{
	"da": danish.Stem, "de": german.Stem, "en": english.Stem, "es": spanish.Stem, "fi": finnish.Stem,
	"fr": french.Stem, "hu": hungarian.Stem, "it": italian.Stem, "nb": norwegian.Stem, "nl": dutch.Stem,
	"no": norwegian.Stem, "pt": portuguese.Stem, "ro": romanian.Stem, "ru": russian.Stem, "sv": swedish.Stem,
	"tr": turkish.Stem,
}

// maxStems is the size of a stemmer's cache in words.
const maxStems = 1 << 14

// stemmer takes the endings off the words of one language. It is not for use by
// several goroutines.
type stemmer struct {
	stem  func(*snowballstem.Env) bool
	light func(string) string
	known map[string]string
}

// stemmerFor is the stemmer of a language (BCP 47); nil if there is none.
func stemmerFor(language string) *stemmer {
	primary := primaryLanguage(language)
	s := &stemmer{stem: stemmers[primary], known: map[string]string{}}
	if primary == "pl" {
		s.light = polish
	}
	if s.stem == nil && s.light == nil {
		return nil
	}
	return s
}

func primaryLanguage(tag string) string {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	return primary
}

// of is the stem of a token, without accents; empty if it has none.
func (s *stemmer) of(t *token) string {
	if s == nil || t.gram || len(t.exact) < 3 || '0' <= t.exact[0] && t.exact[0] <= '9' {
		return ""
	}
	if stem, ok := s.known[t.exact]; ok {
		return stem
	}
	if len(s.known) >= maxStems {
		clear(s.known)
	}
	stem := ""
	if s.light != nil {
		stem = s.light(t.folded)
	} else {
		env := snowballstem.NewEnv(t.exact)
		s.stem(env)
		stem = withoutAccents(env.Current())
	}
	s.known[t.exact] = stem
	return stem
}

// polishEndings are those of nouns and adjectives without accents, longest
// first: cases and numbers, no derivation.
var polishEndings = []string{
	"iami", "ami", "ach", "iego", "iemu", "owie", "ego", "emu", "ymi", "imi", "iej", "iom", "owi",
	"ow", "om", "em", "ie", "ia", "iu", "io", "ej", "ym", "im", "ych", "ich", "a", "e", "i", "o", "u", "y",
}

// polish takes the ending off a Polish noun or adjective that is written without
// accents. At least three letters stay.
func polish(word string) string {
	best := ""
	for _, ending := range polishEndings {
		if len(ending) > len(best) && len(word)-len(ending) >= 3 && strings.HasSuffix(word, ending) {
			best = ending
		}
	}
	return strings.TrimSuffix(word, best)
}
