package search

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of a query. What is beyond them is left out.
const (
	maxQuery   = 1000 // bytes
	maxClauses = 16
	maxPhrase  = 32 // tokens
)

// Query describes a search: pages that match each of the clauses, without those
// that are excluded.
type Query struct {
	Clauses []Clause
}

// Clause is a word or a phrase of a query.
type Clause struct {
	tokens  []token
	Exclude bool // pages that have it are not wanted
	Prefix  bool // the last word may go on
	Phrase  bool // in quotation marks: stems do not count
}

// ParseQuery reads a query. Words are parted by spaces; words in quotation marks
// are a phrase; a minus in front excludes what follows; an asterisk behind a
// word finds all that begin so. Everything else means itself, so no query is
// wrong.
func ParseQuery(s string) Query {
	if len(s) > maxQuery {
		s = s[:maxQuery]
		for !utf8.ValidString(s) && len(s) > maxQuery-utf8.UTFMax {
			s = s[:len(s)-1]
		}
	}
	s = strings.ToValidUTF8(s, " ")
	var q Query
	for s = skipSpace(s); s != "" && len(q.Clauses) < maxClauses; s = skipSpace(s) {
		var c Clause
		if rest, ok := cutMinus(s); ok {
			c.Exclude, s = true, rest
		}
		var text string
		if first, size := utf8.DecodeRuneInString(s); isQuote(first) {
			text, s = cutQuoted(s[size:])
			c.Phrase = true
		} else {
			text, s = cutWord(s)
		}
		q.add(c, text)
	}
	return q
}

func skipSpace(s string) string { return strings.TrimLeftFunc(s, unicode.IsSpace) }

// cutMinus takes a minus away that stands in front of something.
func cutMinus(s string) (string, bool) {
	rest, ok := strings.CutPrefix(s, "-")
	if !ok || rest == "" {
		return s, false
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return rest, isQuote(r) || isWordRune(r)
}

func isQuote(r rune) bool { return strings.ContainsRune(`"“”„‟«»「」『』`, r) }

func cutQuoted(s string) (text, rest string) {
	i := strings.IndexFunc(s, isQuote)
	if i < 0 {
		return s, ""
	}
	_, size := utf8.DecodeRuneInString(s[i:])
	return s[:i], s[i+size:]
}

func cutWord(s string) (text, rest string) {
	i := strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || isQuote(r) })
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i:]
}

func (q *Query) add(c Clause, text string) {
	c.Prefix = strings.HasSuffix(text, "*")
	c.tokens = tokenise(text)
	if n := len(c.tokens); n > 1 && c.tokens[n-1].gram {
		// The run's last character is in its last pair already.
		if last, before := c.tokens[n-1], c.tokens[n-2]; before.gram && before.end == last.end {
			c.tokens = c.tokens[:n-1]
		}
	}
	if n := len(c.tokens); n > 0 && c.tokens[n-1].gram && utf8.RuneCountInString(c.tokens[n-1].exact) == 1 {
		c.Prefix = true // in the index a character begins a pair
	}
	if len(c.tokens) > maxPhrase {
		c.tokens = c.tokens[:maxPhrase]
	}
	if len(c.tokens) > 0 {
		q.Clauses = append(q.Clauses, c)
	}
}

// Empty reports whether the query looks for nothing: to exclude is not enough.
func (q Query) Empty() bool {
	for _, c := range q.Clauses {
		if !c.Exclude {
			return false
		}
	}
	return true
}

// completed is the query whose last word may go on, as while it is being typed;
// ok is false if it has none that could.
func (q Query) completed() (Query, bool) {
	n := len(q.Clauses) - 1
	if n < 0 || q.Clauses[n].Exclude || q.Clauses[n].Phrase || q.Clauses[n].Prefix {
		return q, false
	}
	last := q.Clauses[n]
	if word := last.tokens[len(last.tokens)-1]; word.gram || utf8.RuneCountInString(word.folded) < 2 {
		return q, false
	}
	last.Prefix = true
	return Query{append(append([]Clause{}, q.Clauses[:n]...), last)}, true
}
