package render

import (
	"strconv"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// reference writes the number of a reference in the text. It leads to the page of
// the book's references.
func (r *renderer) reference(n *cnxml.Node, number string) {
	to := r.ReferencePage()
	chapter := r.ByModule[r.src.Module.ID].In
	own := citationID(n, chapter, number)
	attrs := []attr{{"class", "footnote-mark"}}
	if id := r.here(own); r.claim(id) {
		attrs = append(attrs, attr{"id", id})
	}
	r.w.Element("sup", attrs, func() {
		if r.inLink || to == nil {
			r.w.Text(number)
			return
		}
		href := address(to.Slug) + fragment(referenceID(chapter, number))
		r.w.Element("a", []attr{{"href", href}, {"role", "doc-biblioref"}}, func() { r.w.Text(number) })
	})
}

// referenceID is the id of a reference on the page of references.
func referenceID(chapter *outline.Chapter, number string) string {
	return "ref-" + chapter.Number + "-" + number
}

// citationID is the id of a reference's number in the text: the author's for the
// reference, or one made of the number.
func citationID(n *cnxml.Node, chapter *outline.Chapter, number string) string {
	if id := n.ID(); outline.ValidID(id) {
		return id
	}
	return "cite-" + chapter.Number + "-" + number
}

// citationHref is the address of a reference's number in the text.
func (r *renderer) citationHref(ref outline.Reference, chapter *outline.Chapter) string {
	id := ref.Note.ID()
	if !outline.ValidID(id) && ref.At == ref.From {
		return address(ref.At.Slug) + fragment(citationID(ref.Note, chapter, ref.Number))
	}
	return r.hrefOf(ref.At, ref.From.Module.ID, id)
}

// collectedOfBook writes what a page at the end of the book shows of each
// chapter: sections of its modules, and references.
func (r *renderer) collectedOfBook(sections func(outline.Excerpt) error) error {
	parts := r.page.Excerpts
	for len(parts) > 0 {
		chapter, n := parts[0].Of.In, 1
		for n < len(parts) && parts[n].Of.In == chapter {
			n++
		}
		end := r.heading(nil, func() { r.chapterLink(chapter) })
		for _, part := range parts[:n] {
			if len(part.Sections) == 0 {
				continue
			}
			if err := sections(part); err != nil {
				return err
			}
		}
		if list := r.ReferencesIn(r.page, chapter); len(list) > 0 {
			r.references(chapter, list)
		}
		end()
		parts = parts[n:]
	}
	return nil
}

// chapterLink leads to the first page of a chapter by the chapter's number and
// title.
func (r *renderer) chapterLink(c *outline.Chapter) {
	r.w.Element("a", []attr{{"href", address(c.Pages[0].Slug)}}, func() {
		r.w.Element("span", []attr{{"class", "number"}}, func() { r.w.Text(c.Number) })
		r.w.Text(" " + c.Title)
	})
}

// references writes those of a chapter, by their numbers in the text.
func (r *renderer) references(chapter *outline.Chapter, list []outline.Reference) {
	r.w.Element("ol", []attr{{"class", "references"}}, func() {
		for i, ref := range list {
			r.src = &outline.ModuleText{Module: ref.From.Module, Page: ref.From}
			id := referenceID(chapter, ref.Number)
			attrs := []attr{{"id", id}}
			if ref.Number != strconv.Itoa(i+1) {
				attrs = append(attrs, attr{"value", ref.Number})
			}
			r.seen[id] = true
			r.w.Element("li", attrs, func() {
				r.bare++
				r.children(ref.Note, "label")
				r.bare--
				r.w.Text(" ")
				r.w.Element("a", []attr{{"href", r.citationHref(ref, chapter)}, {"role", "doc-backlink"}, {"aria-label", r.Messages.Page.BackToText}},
					func() { r.w.Text("↩") })
			})
		}
	})
}
