package render

import (
	"github.com/rhaptos/rhaptos/publish/outline"
)

// keyTerms writes the definitions of a chapter.
func (r *renderer) keyTerms() {
	c := outline.NewCollation(r.Source.Language)
	byLetters(r, c, r.page.DefinitionsIn(c), (*outline.Definition).Term, func(list []outline.Definition) {
		r.w.Element("dl", []attr{{"class", "glossary"}}, func() {
			for _, d := range list {
				r.src = &outline.ModuleText{Module: d.From.Module, Page: d.From}
				r.w.Element("div", r.attrs(d.Node, "definition"), func() { r.entryOf(d.Node) })
			}
		})
	})
}

// bookGlossary writes the definitions of the book, each with the places where
// its term is introduced.
func (r *renderer) bookGlossary() {
	c := outline.NewCollation(r.Source.Language)
	byLetters(r, c, r.page.Headwords(c), func(w *outline.Headword) string { return w.Term }, func(list []outline.Headword) {
		r.w.Element("dl", []attr{{"class", "glossary"}}, func() {
			for _, w := range list {
				r.headword(w)
			}
		})
	})
}

func (r *renderer) headword(w outline.Headword) {
	id := "term-" + outline.SlugOf(w.Term)
	attrs := []attr{{"class", "definition"}}
	if r.claim(id) {
		attrs = append([]attr{{"id", id}}, attrs...)
	}
	r.w.Element("div", attrs, func() {
		r.bare++
		for i, d := range w.Definitions {
			r.src = &outline.ModuleText{Module: d.From.Module, Page: d.From}
			if i == 0 {
				r.w.Element("dt", nil, func() {
					if term := d.Node.Child("term"); term != nil {
						r.line(r.inside(term))
					}
				})
			}
			r.meanings(d.Node)
		}
		r.bare--
		r.w.Element("dd", []attr{{"class", "places"}}, func() {
			var places []outline.Occurrence
			for _, d := range w.Definitions {
				places = append(places, d.From.Introduced(w.Term))
			}
			r.places(places)
		})
	})
}

// places writes links to places, one for each page, by the numbers of the pages.
func (r *renderer) places(list []outline.Occurrence) {
	seen := map[*outline.Page]bool{}
	for _, p := range list {
		if seen[p.Page] {
			continue
		}
		if len(seen) > 0 {
			r.w.Text(", ")
		}
		seen[p.Page] = true
		name := p.Page.Number
		if name == "" {
			name = p.Page.PlainTitle
			if p.Page.Chapter != "" {
				name = p.Page.Chapter + " " + name
			}
		}
		r.w.Element("a", []attr{{"href", r.hrefOf(p.Page, p.Page.Module.ID, p.ID)}}, func() { r.w.Text(name) })
	}
}
