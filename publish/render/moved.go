package render

import "github.com/rhaptos/rhaptos/publish/outline"

// elsewhere says at the end of a module's page what of it is at the end of the
// chapter, and of the book. Whoever comes by an old address finds the way from
// here.
func (r *renderer) elsewhere() {
	var chapter, book []*outline.Page
	for _, p := range r.page.Elsewhere() {
		if p.Kind == outline.Collected && p.OfBook() {
			book = append(book, p)
		} else {
			chapter = append(chapter, p)
		}
	}
	r.pointers(chapter, r.Messages.Page.Moved)
	r.pointers(book, r.Messages.Page.MovedToEnd)
}

func (r *renderer) pointers(pages []*outline.Page, title string) {
	if len(pages) == 0 {
		return
	}
	r.w.Element("section", []attr{{"class", "elsewhere"}}, func() {
		end := r.heading(nil, func() { r.w.Text(title) })
		r.w.Element("ul", nil, func() {
			ids := r.page.MovedIDs(r.names(r.page.Module.ID))
			for _, to := range pages {
				r.pointer(to, ids[to])
			}
		})
		end()
	})
}

// pointer leads to what the page has on another one, and stands for the ids of
// the sections and numbered elements there.
func (r *renderer) pointer(to *outline.Page, ids []string) {
	first := ""
	r.w.Element("li", nil, func() {
		for i, id := range ids {
			if i == 0 {
				first = fragment(r.names(r.page.Module.ID).Moved[id].ID)
			}
			if r.claim(id) {
				r.w.Element("span", []attr{{"id", id}}, nil)
			}
		}
		r.w.Element("a", []attr{{"href", address(to.Slug) + first}}, func() { r.w.Text(to.PlainTitle) })
	})
}
