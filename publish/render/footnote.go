package render

import (
	"strconv"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// footnote has its text at the end of the page.
type footnote struct {
	node     *cnxml.Node
	src      *outline.ModuleText
	id, back string // of the text, and of the mark that refers to it
}

// isFootnote reports whether n is a footnote: one by name, or a reference.
func isFootnote(n *cnxml.Node) bool { return n.Is("footnote") || outline.IsReference(n) }

// footnote writes the mark in the text.
func (r *renderer) footnote(n *cnxml.Node) {
	if r.quiet {
		return
	}
	if number := r.src.Numbers[n]; number != "" {
		r.reference(n, number)
		return
	}
	number := len(r.footnotes) + 1
	f := footnote{node: n, src: r.src, back: r.newID("fnref-", number)}
	if id := r.here(n.ID()); r.claim(id) {
		f.id = id
	} else {
		f.id = r.newID("fn-", number)
	}
	r.footnotes = append(r.footnotes, f)
	mark := strconv.Itoa(number)
	r.w.Element("sup", []attr{{"class", "footnote-mark"}, {"id", f.back}}, func() {
		if r.inLink {
			r.w.Text(mark)
			return
		}
		r.w.Element("a", []attr{{"href", fragment(f.id)}, {"role", "doc-noteref"}}, func() { r.w.Text(mark) })
	})
}

// footnoteSection writes the footnotes below the text. One may hold others,
// which come behind it.
func (r *renderer) footnoteSection() {
	if len(r.footnotes) == 0 {
		return
	}
	r.w.Element("section", []attr{{"class", "footnotes"}, {"role", "doc-endnotes"}}, func() {
		end := r.heading(nil, func() { r.w.Text(r.Messages.Page.Footnotes) })
		r.w.Element("ol", nil, func() {
			for i := 0; i < len(r.footnotes); i++ {
				f := r.footnotes[i]
				r.src = f.src
				r.w.Element("li", []attr{{"id", f.id}}, func() {
					r.children(f.node, "label")
					r.w.Text(" ")
					r.w.Element("a", []attr{{"href", fragment(f.back)}, {"role", "doc-backlink"}, {"aria-label", r.Messages.Page.BackToText}},
						func() { r.w.Text("↩") })
				})
			}
		})
		end()
	})
}
