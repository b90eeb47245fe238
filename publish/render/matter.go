package render

import (
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// abstract writes the learning objectives before the text. An abstract without
// any text is none.
func (r *renderer) abstract(n *cnxml.Node) {
	if n == nil || strings.TrimSpace(n.PlainText()) == "" {
		return
	}
	r.w.Element("section", r.attrs(n, "abstract"), func() {
		end := r.heading(nil, func() { r.w.Text(r.Messages.Page.Abstract) })
		r.blocks(n)
		end()
	})
}

// glossaryOf writes the key terms.
func (r *renderer) glossaryOf(n *cnxml.Node) {
	if n.IsBlank() {
		return
	}
	r.w.Element("section", r.attrs(n, "glossary"), func() {
		var end func()
		if title := n.Child("title"); title.IsBlank() {
			end = r.heading(nil, func() { r.w.Text(r.Messages.Page.Glossary) })
		} else {
			end = r.titleHeading(n)
		}
		rest := n.Children
		for len(rest) > 0 {
			var list []*cnxml.Node
			for len(rest) > 0 && (rest[0].Is("definition") || blank(rest[:1])) {
				if rest[0].Is("definition") {
					list = append(list, rest[0])
				}
				rest = rest[1:]
			}
			if len(list) > 0 {
				r.definitions(list)
			}
			if len(rest) > 0 {
				if !rest[0].Is("title", "label") {
					r.node(rest[0])
				}
				rest = rest[1:]
			}
		}
		end()
	})
}

// definition writes one that stands by itself.
func (r *renderer) definition(n *cnxml.Node) { r.definitions([]*cnxml.Node{n}) }

func (r *renderer) definitions(list []*cnxml.Node) {
	r.w.Element("dl", nil, func() {
		for _, n := range list {
			r.w.Element("div", r.attrs(n, "definition"), func() { r.entryOf(n) })
		}
	})
}

// entryOf writes the term and its meanings; HTML wants a dt and a dd at least.
func (r *renderer) entryOf(n *cnxml.Node) {
	term := n.Child("term")
	r.w.Element("dt", nil, func() {
		if term != nil {
			r.line(func() { r.node(term) })
		}
	})
	r.meanings(n)
}

// meanings writes what a definition says of its term.
func (r *renderer) meanings(n *cnxml.Node) {
	term, written := n.Child("term"), false
	for _, c := range n.Children {
		if c == term || c.Is("label", "title") || blank([]*cnxml.Node{c}) {
			continue
		}
		written = true
		switch {
		case c.Is("meaning"):
			r.w.Element("dd", r.attrs(c), r.inside(c))
		case c.Is("seealso"):
			r.w.Element("dd", r.attrs(c, "see-also"), func() {
				r.w.Text(r.Messages.Page.SeeAlso + " ")
				r.children(c)
			})
		default:
			r.w.Element("dd", nil, func() { r.node(c) })
		}
	}
	if !written {
		r.w.Element("dd", nil, nil)
	}
}

// footnote is one whose text is written at the end of the page.
type footnote struct {
	node     *cnxml.Node
	src      *outline.ModuleText
	id, back string // of the text, and of the mark that refers to it
}

// isFootnote reports whether n is a footnote: one by name, or a reference,
// which is a note in a sentence with that class.
func isFootnote(n *cnxml.Node) bool {
	return n.Is("footnote") ||
		n.Is("note") && n.Attr("display") == "inline" && outline.HasClass(n.Attr("class"), "reference")
}

// footnote writes the mark in the text.
func (r *renderer) footnote(n *cnxml.Node) {
	if r.quiet {
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
	mark := ordinal(number, "arabic")
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
