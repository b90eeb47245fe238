package outline

import (
	"cmp"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// IndexEntry is an entry of the book's index.
type IndexEntry struct {
	Word   string      // what it is sorted by
	Node   *cnxml.Node // the term with its markup; nil if the word is all there is
	Places []Occurrence

	spellings []*spelling
}

// spelling is a form in which a term stands in the text.
type spelling struct {
	word  string
	node  *cnxml.Node
	count int
}

// IndexEntries are the entries of an index in the order in which they come up in the book.
// Terms that differ in case only are one; it is written as most of them are,
// and in small letters where that does not decide.
func (p *Page) IndexEntries() []IndexEntry {
	var entries []IndexEntry
	at, spelled := map[string]int{}, map[string]*spelling{}
	for _, x := range p.Excerpts {
		for _, t := range unpack(x.Of.scan.terms, codeIndexed) {
			v := spellingOf(&t)
			key := termKey(v.word)
			if key == "" || !p.indexes(&t) {
				continue
			}
			n, ok := at[key]
			if !ok {
				n = len(entries)
				at[key] = n
				entries = append(entries, IndexEntry{})
			}
			if spelled[v.word] == nil {
				spelled[v.word] = &v
				entries[n].spellings = append(entries[n].spellings, &v)
			}
			spelled[v.word].count++
			entries[n].Places = append(entries[n].Places, Occurrence{x.Of, t.id})
		}
	}
	for i := range entries {
		e := &entries[i]
		for j, v := range e.spellings {
			if best := e.spellings[0]; cmp.Or(best.count-v.count, strings.Compare(best.word, v.word)) < 0 {
				e.spellings[0], e.spellings[j] = v, best
			}
		}
		e.Word, e.Node = e.spellings[0].word, e.spellings[0].node
	}
	return entries
}

// SortEntries sorts entries in the order of the language.
func SortEntries(c *Collation, entries []IndexEntry) {
	sortBy(c, entries, func(e *IndexEntry) string { return e.Word }, func(x, y *IndexEntry) int { return strings.Compare(x.Word, y.Word) })
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
	word := OneLine(t.node.ReadableText())
	if trimmed := strings.TrimRight(word, ".,;:"); trimmed != word {
		return spelling{word: trimmed}
	}
	return spelling{word: word, node: t.node}
}
