package render

import (
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// defined is a definition and the page of the module that it is from.
type defined struct {
	node *cnxml.Node
	from *Page
}

// term is what is defined, as text.
func (d *defined) term() string { return oneLine(d.node.Child("term").ReadableText()) }

// definitionsOf are the definitions that a page shows, in the order of the
// language.
func (r *renderer) definitionsOf(c *collation) []defined {
	var all []defined
	for _, p := range r.page.parts {
		for _, n := range unpack(p.of.facts.definitions, codeNode) {
			all = append(all, defined{n, p.of})
		}
	}
	sortBy(c, all, (*defined).term, func(x, y *defined) int { return x.from.order - y.from.order })
	return all
}

// keyTerms writes the definitions of a chapter.
func (r *renderer) keyTerms() {
	c := newCollation(r.book.Language)
	byLetters(r, c, r.definitionsOf(c), (*defined).term, func(list []defined) {
		r.w.Element("dl", []attr{{"class", "glossary"}}, func() {
			for _, d := range list {
				r.src = &source{module: d.from.Module, page: d.from}
				r.w.Element("div", r.attrs(d.node, "definition"), func() { r.entryOf(d.node) })
			}
		})
	})
}

// headword is a term of the book's glossary, with all that define it.
type headword struct {
	term string
	list []defined
}

// bookGlossary writes the definitions of the book, each with the places where
// its term is introduced.
func (r *renderer) bookGlossary() {
	c := newCollation(r.book.Language)
	var words []headword
	at := map[string]int{}
	for _, d := range r.definitionsOf(c) {
		term := d.term()
		key := indexKey(term)
		if i, ok := at[key]; ok {
			words[i].list = append(words[i].list, d)
			continue
		}
		at[key] = len(words)
		words = append(words, headword{term, []defined{d}})
	}
	byLetters(r, c, words, func(w *headword) string { return w.term }, func(list []headword) {
		r.w.Element("dl", []attr{{"class", "glossary"}}, func() {
			for _, w := range list {
				r.headword(w)
			}
		})
	})
}

func (r *renderer) headword(w headword) {
	id := "term-" + slugOf(w.term)
	attrs := []attr{{"class", "definition"}}
	if r.claim(id) {
		attrs = append([]attr{{"id", id}}, attrs...)
	}
	r.w.Element("div", attrs, func() {
		r.bare++
		for i, d := range w.list {
			r.src = &source{module: d.from.Module, page: d.from}
			if i == 0 {
				r.w.Element("dt", nil, func() {
					if term := d.node.Child("term"); term != nil {
						r.line(r.inside(term))
					}
				})
			}
			r.meanings(d.node)
		}
		r.bare--
		r.w.Element("dd", []attr{{"class", "places"}}, func() {
			var places []pagePlace
			for _, d := range w.list {
				places = append(places, r.introduced(d.from, w.term))
			}
			r.places(places)
		})
	})
}

// introduced is where a page has a term in its text, or the page itself.
func (r *renderer) introduced(p *Page, term string) pagePlace {
	return pagePlace{p, p.termIDs()[indexKey(term)]}
}

// introductions are the ids of the terms in the text, of each term the first.
func (p *Page) introductions() map[string]string {
	ids := map[string]string{}
	if !p.facts.indexed {
		return ids
	}
	for _, t := range unpack(p.facts.terms, codeIndexed) {
		if key := indexKey(t.node.ReadableText()); t.id != "" && ids[key] == "" {
			ids[key] = t.id
		}
	}
	return ids
}

// pagePlace is an id of a module's, which may be empty, and the module's page.
type pagePlace struct {
	page *Page
	id   string
}

// places writes links to places, one for each page, by the numbers of the pages.
func (r *renderer) places(list []pagePlace) {
	seen := map[*Page]bool{}
	for _, p := range list {
		if seen[p.page] {
			continue
		}
		if len(seen) > 0 {
			r.w.Text(", ")
		}
		seen[p.page] = true
		name := p.page.Number
		if name == "" {
			name = p.page.PlainTitle
			if p.page.chapter != "" {
				name = p.page.chapter + " " + name
			}
		}
		r.w.Element("a", []attr{{"href", r.hrefOf(p.page, p.page.Module.ID, p.id)}}, func() { r.w.Text(name) })
	}
}

// indexKey is the same for terms that are one entry: it does not mind case,
// white space and punctuation at the end.
func indexKey(term string) string {
	return strings.TrimRight(strings.ToLower(oneLine(term)), ".,;:")
}
