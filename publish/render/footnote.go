package render

import (
	"slices"
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// footnote has its text at the end of the page.
type footnote struct {
	node  *cnxml.Node
	src   *outline.ModuleText
	id    string   // of the text
	backs []string // ids of the marks that refer to it
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
	f := footnote{node: n, src: r.src}
	if id := r.here(n.ID()); r.claim(id) {
		f.id = id
	} else {
		f.id = r.newID("fn-", number)
	}
	r.footnotes = append(r.footnotes, f)
	r.footnoteMark(number-1, n.Attr("reference-id"))
}

// footnoteMark writes a mark that refers to a footnote, with the id if it is free.
func (r *renderer) footnoteMark(i int, id string) {
	f := &r.footnotes[i]
	if id = r.here(id); !r.claim(id) {
		id = r.newID("fnref-", i+1)
	}
	f.backs = append(f.backs, id)
	mark := strconv.Itoa(i + 1)
	r.w.Element("sup", []attr{{"class", "footnote-mark"}, {"id", id}}, func() {
		if r.inLink {
			r.w.Text(mark)
			return
		}
		r.w.Element("a", []attr{{"href", fragment(f.id)}, {"role", "doc-noteref"}}, func() { r.w.Text(mark) })
	})
}

// footnoteAgain writes a link that is a further reference to a footnote of the
// page, and reports whether n is one.
func (r *renderer) footnoteAgain(n *cnxml.Node) bool {
	if r.quiet || r.bare > 0 || !outline.HasClass(n.Attr("class"), "footnote-reference") {
		return false
	}
	id := r.here(n.Attr("target-id"))
	i := slices.IndexFunc(r.footnotes, func(f footnote) bool { return f.id == id })
	if i < 0 {
		return false
	}
	r.footnoteMark(i, n.ID())
	return true
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
					for j, back := range r.footnotes[i].backs {
						r.wayBack(back, j+1)
					}
				})
			}
		})
		end()
	})
}

// wayBack writes the link from a footnote to the nth mark that refers to it.
func (r *renderer) wayBack(id string, nth int) {
	which := ""
	if nth > 1 {
		which = strconv.Itoa(nth)
	}
	r.w.Text(" ")
	r.w.Element("a", []attr{{"href", fragment(id)}, {"role", "doc-backlink"}, {"aria-label", strings.TrimSpace(r.Messages.Page.BackToText + " " + which)}},
		func() { r.w.Text("↩" + which) })
}
