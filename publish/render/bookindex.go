package render

import "github.com/rhaptos/rhaptos/publish/outline"

// bookIndex writes the terms of the book's text and where they stand.
func (r *renderer) bookIndex() {
	c := outline.NewCollation(r.Source.Language)
	entries := r.page.IndexEntries()
	outline.SortEntries(c, entries)
	byLetters(r, c, entries, func(e *outline.IndexEntry) string { return e.Word }, func(list []outline.IndexEntry) {
		r.w.Element("ul", []attr{{"class", "index"}}, func() {
			for _, e := range list {
				r.w.Element("li", nil, func() {
					r.w.Element("span", []attr{{"class", "term"}}, func() { r.indexTerm(&e) })
					r.w.Text(" ")
					r.places(e.Places)
				})
			}
		})
	})
}

func (r *renderer) indexTerm(e *outline.IndexEntry) {
	if e.Node == nil {
		r.w.Text(e.Word)
		return
	}
	before := r.inLink
	r.inLink = true // links stand behind the term, not in it
	r.copyOf(e.Node)
	r.inLink = before
}
