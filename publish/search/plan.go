package search

import (
	"slices"
)

// plan is a query as an engine is asked it: documents that have one of the phrases
// of each wanted group, and none of the unwanted ones.
type plan struct {
	wanted   [][]phrase
	unwanted []phrase
}

// phrase is words that follow each other in one of the fields.
type phrase struct {
	words  []string
	prefix bool // the last word may go on
	fields fieldSet
}

// fieldSet is a set of fields, a bit for each.
type fieldSet uint8

func (s fieldSet) has(field int) bool { return s&(1<<field) != 0 }

const (
	plainFields    fieldSet = 1<<titleField | 1<<headingField | 1<<termField | 1<<textField
	accentedFields          = plainFields | 1<<accentedField
	exactFields    fieldSet = 1 << exactField
	stemFields     fieldSet = 1 << stemField
)

// weights are those of the fields. A word with accents that is asked for without
// them counts less, and one that is asked for with them counts more.
var weights = [fieldCount]float64{
	titleField: 10, headingField: 4, termField: 3, textField: 1, exactField: 1, accentedField: -0.5, stemField: 0.5,
}

// onlyTitle is added, and more of it the shorter the title is: a field's weight
// cannot make a word in a title worth more than many in the text, for BM25 lets no
// word be worth much more than two.
var onlyTitle = [fieldCount]float64{titleField: 10, stemField: 0.2}

// What the title's share is multiplied with is titleBonus / (titleLength + words in
// the title); the score of a page that is no author's is multiplied with madeShare.
const (
	titleBonus  = 6
	titleLength = 3
	madeShare   = 0.6
)

func planOf(q Query, languages []string) plan {
	var p plan
	together := together(q)
	for i := range q.Clauses {
		c := &q.Clauses[i]
		if c.Exclude {
			p.unwanted = append(p.unwanted, phrase{plainWords(c.tokens), c.Prefix, plainFields})
			continue
		}
		forms := alternatives(c, languages)
		if len(p.wanted) == 0 && len(together) > 0 {
			forms = append(forms, phrase{plainWords(together), false, plainFields})
		}
		p.wanted = append(p.wanted, forms)
	}
	return p
}

func plainWords(tokens []token) []string {
	words := make([]string, len(tokens))
	for i := range tokens {
		words[i] = tokens[i].folded
	}
	return words
}

// together are the words of a query as one phrase, nil if that would be nothing
// new. It changes nothing in what is found, for the words are wanted anyway; but
// pages in which they stand side by side come first.
func together(q Query) []token {
	var phrase []token
	clauses := 0
	for _, c := range q.Clauses {
		if !c.Exclude {
			phrase = append(phrase, c.tokens...)
			clauses++
		}
	}
	if clauses < 2 || len(phrase) > maxPhrase {
		return nil
	}
	return phrase
}

// alternatives are the forms in which a clause may be found.
func alternatives(c *Clause, languages []string) []phrase {
	words := plainWords(c.tokens)
	if len(c.tokens) > 1 || c.tokens[0].gram {
		return []phrase{{words, c.Prefix, plainFields}}
	}
	var list []phrase
	word := &c.tokens[0]
	if word.exact == word.folded {
		list = append(list, phrase{words, false, accentedFields})
	} else {
		list = append(list, phrase{words, false, plainFields}, phrase{[]string{word.exact}, false, exactFields})
	}
	if c.Prefix {
		list = append(list, phrase{words, true, plainFields})
	}
	if !c.Phrase {
		for _, stem := range stems(word, languages) {
			list = append(list, phrase{[]string{stem}, false, stemFields})
		}
	}
	return list
}

// stems are those of a word in each language, without doubles.
func stems(word *token, languages []string) []string {
	var list []string
	for _, language := range languages {
		if stem := stemmerFor(language).of(word); stem != "" && !slices.Contains(list, stem) {
			list = append(list, stem)
		}
	}
	return list
}
