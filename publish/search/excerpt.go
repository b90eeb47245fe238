package search

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// excerptSize is about how many bytes of text are shown of a hit. Scripts whose
// characters take three of them say as much with a third of the characters.
const excerptSize = 240

// maxLooked limits the bytes of a page that are searched for an excerpt.
const maxLooked = 1 << 20

// Excerpt is a piece of a page's text, in its own words, with what was found in
// it.
type Excerpt struct {
	Cut       bool // there is more text in front of it
	Fragments []Fragment
	More      bool // there is more behind it
}

// Fragment is a piece of an excerpt. All of them together are the text.
type Fragment struct {
	Text  string
	Match bool // whether it is what was looked for
}

// mark is a match of a clause in a text.
type mark struct {
	start, end int // bytes
	clause     int
}

// excerpt looks for the place in a document that shows most of what was looked
// for, and returns it with the section that it is in, -1 if nothing is found but
// in the title.
func excerpt(d *Document, q Query) (Excerpt, int) {
	m := newMatcher(q, d.Language)
	var best window
	section := -1
	for i, left := 0, maxLooked; i < len(d.Sections) && left > 0; i++ {
		text := beginning(d.Sections[i].Text, left)
		left -= len(text)
		tokens := tokenise(text)
		marks := m.marks(tokens)
		w := m.best(marks)
		w.heading = w.clauses > 0 && len(m.marks(tokenise(d.Sections[i].Heading))) > 0
		if w.better(best) {
			w.tokens, w.all = tokens, marks
			best, section = w, i
		}
	}
	switch {
	case section >= 0:
		return cut(d.Sections[section].Text, best), section
	case len(d.Sections) > 0:
		text := d.Sections[0].Text
		return cut(text, window{tokens: tokenise(beginning(text, 4*excerptSize))}), -1
	}
	return Excerpt{}, -1
}

// window is a piece of a text.
type window struct {
	marks   []mark
	clauses int  // how many of the query's are found in it
	heading bool // whether something is found in its section's heading too

	tokens []token // of the whole text
	all    []mark  // in the whole text
}

// worth counts clauses first; a fifth place where one is found says no more.
func (w window) worth() int {
	worth := 10*w.clauses + min(len(w.marks), 4)
	if w.heading {
		worth += 3
	}
	return worth
}

func (w window) better(than window) bool {
	return w.worth() > than.worth()
}

// best is the window over the marks of a text in which most clauses are found;
// the first of equals.
func (m *matcher) best(marks []mark) window {
	var best window
	seen := make([]int, len(m.clauses)) // how often in the window
	clauses, from := 0, 0
	for to := range marks {
		if seen[marks[to].clause]++; seen[marks[to].clause] == 1 {
			clauses++
		}
		for from < to && marks[to].end-marks[from].start > excerptSize*2/3 {
			if seen[marks[from].clause]--; seen[marks[from].clause] == 0 {
				clauses--
			}
			from++
		}
		if w := (window{marks: marks[from : to+1], clauses: clauses}); w.better(best) {
			best = w
		}
	}
	return best
}

// cut makes an excerpt of a text: the window with what is around it, from one
// word's beginning to another's end.
func cut(text string, w window) Excerpt {
	start, end := 0, 0
	if len(w.marks) > 0 {
		start, end = w.marks[0].start, w.marks[len(w.marks)-1].end
	}
	room := max(excerptSize-(end-start), 0)
	from, to := max(start-room/3, 0), min(end+room-min(room/3, start), len(text))
	if from > 0 {
		i := slices.IndexFunc(w.tokens, func(t token) bool { return t.start >= from })
		from = start
		if i >= 0 && w.tokens[i].start <= start {
			from = w.tokens[i].start
		}
	}
	if to < len(text) {
		last := end
		for _, t := range w.tokens {
			if t.end > to {
				break
			}
			last = max(last, t.end)
		}
		to = last
		if to == 0 { // one word that is longer than any excerpt
			to = runeStart(text, excerptSize)
		}
	}
	return Excerpt{Cut: from > 0, Fragments: fragments(text, from, to, w.all), More: to < len(text)}
}

// beginning is about the first n bytes of a text.
func beginning(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return text[:runeStart(text, n)]
}

func runeStart(s string, at int) int {
	for at < len(s) && at > 0 && !utf8.RuneStart(s[at]) {
		at--
	}
	return min(at, len(s))
}

// fragments takes text[from:to] apart at the marks that are in it.
func fragments(text string, from, to int, marks []mark) []Fragment {
	var list []Fragment
	add := func(end int, match bool) {
		if end > from {
			list = append(list, Fragment{strings.ReplaceAll(text[from:end], "\n", " "), match})
			from = end
		}
	}
	for i := 0; i < len(marks); {
		start, end := marks[i].start, marks[i].end
		for i++; i < len(marks) && marks[i].start <= end; i++ {
			end = max(end, marks[i].end)
		}
		if from <= start && end <= to {
			add(start, false)
			add(end, true)
		}
	}
	add(to, false)
	return list
}

// matcher finds what a query looks for in tokens.
type matcher struct {
	clauses  []Clause
	stems    []string // of each clause, empty if stems do not count
	language *stemmer
}

func newMatcher(q Query, language string) *matcher {
	m := &matcher{language: stemmerFor(language)}
	for _, c := range q.Clauses {
		if c.Exclude {
			continue
		}
		stem := ""
		if len(c.tokens) == 1 && !c.Phrase {
			stem = m.language.of(&c.tokens[0])
		}
		m.clauses, m.stems = append(m.clauses, c), append(m.stems, stem)
	}
	return m
}

// marks are where the clauses are found, in the text's order.
func (m *matcher) marks(tokens []token) []mark {
	var list []mark
	for i := range tokens {
		for c := range m.clauses {
			if n := m.match(c, tokens[i:]); n > 0 {
				list = append(list, mark{tokens[i].start, m.end(c, tokens[i:], n), c})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b mark) int { return cmp.Compare(a.start, b.start) })
	return list
}

// end is where the last of the n tokens ends that a clause has found. Who looks
// for one character has found the first of a pair; the second begins the next.
func (m *matcher) end(clause int, tokens []token, n int) int {
	want := m.clauses[clause].tokens
	if last := want[len(want)-1]; last.gram && utf8.RuneCountInString(last.exact) == 1 && n < len(tokens) && tokens[n].start < tokens[n-1].end {
		return tokens[n].start
	}
	return tokens[n-1].end
}

// match returns the number of tokens that a clause matches at the beginning of
// tokens; 0 if it does not match.
func (m *matcher) match(clause int, tokens []token) int {
	c := &m.clauses[clause]
	if len(c.tokens) > len(tokens) {
		return 0
	}
	for i := range c.tokens {
		want, got := c.tokens[i].folded, tokens[i].folded
		if got != want && !(c.Prefix && i == len(c.tokens)-1 && strings.HasPrefix(got, want)) {
			if stem := m.stems[clause]; stem != "" && alike(got, stem) && m.language.of(&tokens[i]) == stem {
				continue
			}
			return 0
		}
	}
	return len(c.tokens)
}

// alike reports whether a word can have the stem: endings leave its beginning as
// it is. It saves the stemming of most words.
func alike(word, stem string) bool {
	return len(word) >= 2 && len(stem) >= 2 && word[:2] == stem[:2]
}
