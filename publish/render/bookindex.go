package render

import (
	"cmp"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// indexEntry is an entry of the book's index.
type indexEntry struct {
	word      string // what it is sorted by
	spellings []*spelling
	places    []pagePlace
}

// spelling is a form in which a term stands in the text.
type spelling struct {
	word  string
	node  *cnxml.Node // nil if the word is all there is
	count int
}

// bookIndex writes the terms of the book's text and where they stand.
func (r *renderer) bookIndex() {
	c := newCollation(r.book.Language)
	entries := r.indexEntries()
	sortBy(c, entries, func(e *indexEntry) string { return e.word }, func(x, y *indexEntry) int { return strings.Compare(x.word, y.word) })
	byLetters(r, c, entries, func(e *indexEntry) string { return e.word }, func(list []indexEntry) {
		r.w.Element("ul", []attr{{"class", "index"}}, func() {
			for _, e := range list {
				r.w.Element("li", nil, func() {
					r.w.Element("span", []attr{{"class", "term"}}, func() { r.spelling(e.spellings[0]) })
					r.w.Text(" ")
					r.places(e.places)
				})
			}
		})
	})
}

func (r *renderer) spelling(v *spelling) {
	if v.node == nil {
		r.w.Text(v.word)
		return
	}
	before := r.inLink
	r.inLink = true // links stand behind the term, not in it
	r.copyOf(v.node)
	r.inLink = before
}

// indexEntries are the entries in the order in which they come up in the book.
// Terms that differ in case only are one; it is written as most of them are,
// and in small letters where that does not decide.
func (r *renderer) indexEntries() []indexEntry {
	var entries []indexEntry
	at, spelled := map[string]int{}, map[string]*spelling{}
	for _, p := range r.page.parts {
		for _, t := range unpack(p.of.facts.terms, codeIndexed) {
			v := spellingOf(&t)
			key := indexKey(v.word)
			if key == "" {
				continue
			}
			n, ok := at[key]
			if !ok {
				n = len(entries)
				at[key] = n
				entries = append(entries, indexEntry{})
			}
			if spelled[v.word] == nil {
				spelled[v.word] = &v
				entries[n].spellings = append(entries[n].spellings, &v)
			}
			spelled[v.word].count++
			entries[n].places = append(entries[n].places, pagePlace{p.of, t.id})
		}
	}
	for i := range entries {
		e := &entries[i]
		for j, v := range e.spellings {
			if best := e.spellings[0]; cmp.Or(best.count-v.count, strings.Compare(best.word, v.word)) < 0 {
				e.spellings[0], e.spellings[j] = v, best
			}
		}
		e.word = e.spellings[0].word
	}
	return entries
}

// spellingOf is how a term is called in an index: by its author's word for that,
// as a person with the years of birth and death, or by its text.
func spellingOf(t *indexed) spelling {
	switch {
	case t.reference != "":
		return spelling{word: t.reference}
	case t.name != "" && (t.born != "" || t.died != ""):
		return spelling{word: t.name + " (" + t.born + "–" + t.died + ")"}
	case t.name != "":
		return spelling{word: t.name}
	}
	word := oneLine(t.node.ReadableText())
	if trimmed := strings.TrimRight(word, ".,;:"); trimmed != word {
		return spelling{word: trimmed}
	}
	return spelling{word: word, node: t.node}
}
