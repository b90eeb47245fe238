package search

import (
	"math"
	"slices"
	"strings"
)

// ranker finds and ranks documents by a plan, from postings that come document by
// document. The ranking is Okapi BM25 as FTS5 computes it
// (https://sqlite.org/fts5.html#the_bm25_function), over all phrases of the plan.
type ranker struct {
	plan     plan
	phrases  []*phraseHits // of all groups, and unwanted ones
	words    map[string]bool
	prefixes map[string]bool

	documents   int64   // in the index
	averageSize float64 // words in one

	document, size int64 // the one whose postings come
	postingsOf     map[string]*hits
	matched        []matchedDocument
}

// phraseHits is a phrase with what is found of it.
type phraseHits struct {
	phrase
	inDocuments int64 // in how many
	hits        *hits // in the document at hand; nil: none
}

// matchedDocument is a document that matches, with the weighted frequency of each phrase.
type matchedDocument struct {
	document, size    int64
	weighted, inTitle []float64
}

func newRanker(p plan) *ranker {
	m := &ranker{plan: p, words: map[string]bool{}, prefixes: map[string]bool{}, postingsOf: map[string]*hits{}, document: -1}
	for _, group := range append(slices.Clone(p.wanted), p.unwanted) {
		for _, f := range group {
			m.phrases = append(m.phrases, &phraseHits{phrase: f})
			for i, word := range f.words {
				if f.prefix && i == len(f.words)-1 {
					m.prefixes[word] = true
				} else {
					m.words[word] = true
				}
			}
		}
	}
	return m
}

// posting takes the next posting in.
func (m *ranker) posting(document, size int64, word string, encoded []byte) error {
	if document != m.document {
		m.endDocument()
		m.document, m.size = document, size
	}
	h := new(hits)
	if err := decodeHits(h, encoded); err != nil {
		return err
	}
	m.postingsOf[word] = h
	return nil
}

// endDocument looks whether the document whose postings have come matches.
func (m *ranker) endDocument() {
	if m.document < 0 {
		return
	}
	for _, p := range m.phrases {
		if p.hits = m.find(&p.phrase); p.hits != nil {
			p.inDocuments++
		}
	}
	if m.matches() {
		m.keep()
	}
	clear(m.postingsOf)
}

// matches reports whether the document has a phrase of each group, and none of those
// that are unwanted.
func (m *ranker) matches() bool {
	rest := m.phrases
	for _, group := range m.plan.wanted {
		if !slices.ContainsFunc(rest[:len(group)], (*phraseHits).here) {
			return false
		}
		rest = rest[len(group):]
	}
	return !slices.ContainsFunc(rest, (*phraseHits).here)
}

func (p *phraseHits) here() bool { return p.hits != nil }

func (m *ranker) keep() {
	one := matchedDocument{document: m.document, size: m.size}
	for _, p := range m.phrases {
		var weighted, inTitle float64
		if p.hits != nil {
			for field, positions := range p.hits {
				weighted += weights[field] * float64(len(positions))
				inTitle += onlyTitle[field] * float64(len(positions))
			}
		}
		one.weighted, one.inTitle = append(one.weighted, weighted), append(one.inTitle, inTitle)
	}
	m.matched = append(m.matched, one)
}

// find returns where the phrase begins in the document at hand, nil if it is not
// there.
func (m *ranker) find(p *phrase) *hits {
	found, some := new(hits), false
	for field := range fieldCount {
		if !p.fields.has(field) {
			continue
		}
		starts := m.positions(p, 0, field)
		for i := 1; i < len(p.words) && len(starts) > 0; i++ {
			next := m.positions(p, i, field)
			starts = slices.DeleteFunc(slices.Clone(starts), func(start int) bool {
				_, there := slices.BinarySearch(next, start+i)
				return !there
			})
		}
		found[field] = starts
		some = some || len(starts) > 0
	}
	if !some {
		return nil
	}
	return found
}

// positions are those of a word of the phrase in a field.
func (m *ranker) positions(p *phrase, word, field int) []int {
	text := p.words[word]
	if !p.prefix || word < len(p.words)-1 {
		if h := m.postingsOf[text]; h != nil {
			return h[field]
		}
		return nil
	}
	var all []int
	for there, h := range m.postingsOf {
		if strings.HasPrefix(there, text) {
			all = append(all, h[field]...)
		}
	}
	slices.Sort(all)
	return all
}

// rank is the score of a document, in two parts.
type rank struct{ all, title float64 }

// score is that of a place of the document; the less the better.
func (r rank) score(titleSize int64, made bool) float64 {
	score := r.all + r.title*titleBonus/float64(titleLength+titleSize)
	if made {
		score *= madeShare
	}
	return score
}

// The parameters of BM25.
const (
	bm25K1 = 1.2
	bm25B  = 0.75
)

// ranks are those of all documents that have matched.
func (m *ranker) ranks() map[int64]rank {
	rarity := make([]float64, len(m.phrases))
	for i, p := range m.phrases {
		n := float64(p.inDocuments)
		if rarity[i] = math.Log((float64(m.documents) - n + 0.5) / (n + 0.5)); rarity[i] <= 0 {
			rarity[i] = 1e-6 // a word that most documents have counts almost nothing
		}
	}
	all := map[int64]rank{}
	for _, one := range m.matched {
		length := bm25K1 * (1 - bm25B + bm25B*float64(one.size)/m.averageSize)
		var r rank
		for i, idf := range rarity {
			r.all -= idf * one.weighted[i] * (bm25K1 + 1) / (one.weighted[i] + length)
			r.title -= idf * one.inTitle[i] * (bm25K1 + 1) / (one.inTitle[i] + length)
		}
		all[one.document] = r
	}
	return all
}
