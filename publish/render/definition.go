package render

import (
	"github.com/rhaptos/rhaptos/publish/cnxml"
)

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
