package outline

import (
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// Definition is one of a glossary, with the page of the module that it is from.
type Definition struct {
	Node *cnxml.Node
	From *Page
}

// Term returns the defined term as text.
func (d *Definition) Term() string { return OneLine(d.Node.Child("term").ReadableText()) }

// DefinitionsIn are the definitions that a generated page shows, in the order of
// the language.
func (p *Page) DefinitionsIn(c *Collation) []Definition {
	var all []Definition
	for _, e := range p.Excerpts {
		for _, n := range e.Of.Definitions() {
			all = append(all, Definition{n, e.Of})
		}
	}
	sortBy(c, all, (*Definition).Term, func(x, y *Definition) int { return InOrder(x.From, y.From) })
	return all
}

// Headword is a term of the book's glossary, with all that define it.
type Headword struct {
	Term        string
	Definitions []Definition
}

// Headwords are the terms of the book's glossary in the order of the language.
func (p *Page) Headwords(c *Collation) []Headword {
	var words []Headword
	at := map[string]int{}
	for _, d := range p.DefinitionsIn(c) {
		term := d.Term()
		key := termKey(term)
		if i, ok := at[key]; ok {
			words[i].Definitions = append(words[i].Definitions, d)
			continue
		}
		at[key] = len(words)
		words = append(words, Headword{term, []Definition{d}})
	}
	return words
}

// Occurrence is the place of a term: the module's page, and an id of the module,
// which may be empty.
type Occurrence struct {
	Page *Page
	ID   string
}

// Introduced is where the module has a term in its text, or else the page itself.
func (p *Page) Introduced(term string) Occurrence {
	return Occurrence{p, p.termIDs()[termKey(term)]}
}

// introductions are the ids of the terms in the text, of each term the first.
func (p *Page) introductions() map[string]string {
	ids := map[string]string{}
	if !p.scan.indexed {
		return ids
	}
	for _, t := range unpack(p.scan.terms, codeIndexed) {
		if key := termKey(t.node.ReadableText()); t.id != "" && ids[key] == "" {
			ids[key] = t.id
		}
	}
	return ids
}

// termKey is the same for terms that are one entry: it ignores case, white space
// and punctuation at the end.
func termKey(term string) string {
	return strings.TrimRight(strings.ToLower(OneLine(term)), ".,;:")
}
