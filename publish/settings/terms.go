package settings

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// Term is a word or phrase to avoid.
type Term struct {
	Avoid    string
	Use      string // in its place; may be empty
	Severity collection.Severity

	pattern *regexp.Regexp
}

// First returns the word that the term begins with, in small letters.
func (t *Term) First() string { return firstWord(t.Avoid) }

// Find returns the term as a text that begins with it spells it. Empty if the
// text begins otherwise, or with a longer word.
func (t *Term) Find(text string) string {
	spelled := t.pattern.FindString(text)
	next, _ := utf8.DecodeRuneInString(text[len(spelled):])
	last, _ := utf8.DecodeLastRuneInString(spelled)
	if IsWordRune(last) && IsWordRune(next) {
		return ""
	}
	return spelled
}

// terms reads the tables [[word]].
func (r *reader) terms(s *Settings, value toml.Primitive) {
	var tables []struct {
		Avoid    string
		Use      string
		Severity string
	}
	if !r.tables("word", value, &tables) {
		return
	}
	for i, t := range tables {
		line := r.header("word", i)
		if i == maxTerms {
			r.at(line, "settings-value", collection.Error, fmt.Sprintf("there are more than %d [[word]]; remove some", maxTerms))
			return
		}
		severity, ok := severities[cmp.Or(t.Severity, collection.Warning.String())]
		fields := strings.Fields(t.Avoid)
		switch {
		case firstWord(t.Avoid) == "":
			r.at(line, "settings-value", collection.Error, "a [[word]] needs the word to avoid, which begins with a letter or digit, such as avoid = \"utilize\"")
			continue
		case !ok:
			r.at(line, "settings-value", collection.Error, fmt.Sprintf("the severity of the word %.60q must be \"error\", \"warning\" or \"note\"", t.Avoid))
			continue
		}
		s.Terms = append(s.Terms, Term{Avoid: strings.Join(fields, " "), Use: t.Use, Severity: severity, pattern: termPattern(fields)})
	}
}

// termPattern matches a phrase at the start of a text. Case counts only if the
// phrase has capitals.
func termPattern(fields []string) *regexp.Regexp {
	flags := ""
	if joined := strings.Join(fields, " "); joined == strings.ToLower(joined) {
		flags = "(?i)"
	}
	quoted := make([]string, len(fields))
	for i := range fields {
		quoted[i] = regexp.QuoteMeta(fields[i])
	}
	return regexp.MustCompile("^" + flags + strings.Join(quoted, `\s+`))
}

// firstWord returns the word that a phrase begins with, in small letters.
func firstWord(phrase string) string {
	phrase = strings.TrimSpace(phrase)
	if end := strings.IndexFunc(phrase, func(r rune) bool { return !IsWordRune(r) }); end >= 0 {
		phrase = phrase[:end]
	}
	return strings.ToLower(phrase)
}

// IsWordRune reports whether a rune belongs to a word.
func IsWordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_')
}
