package mathml

import (
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/markup"
)

// link has the attributes of the link that n is by its href; nil if it is none.
func (f *formula) link(n *cnxml.Node) []markup.Attr {
	if f.linked || f.page.Link == nil || n.Space != cnxml.MathML {
		return nil
	}
	for _, a := range n.Attrs {
		if a.Name != "href" || a.Space != "" && a.Space != "xlink" {
			continue
		}
		if attrs, ok := f.page.Link(a.Value); ok {
			return attrs
		}
	}
	return nil
}

// wholeLink is the link of a formula in a line that is one link: by its own href
// or that of the one group in it.
func (f *formula) wholeLink(n *cnxml.Node) []markup.Attr {
	if f.display {
		return nil
	}
	if link := f.link(n); link != nil {
		return link
	}
	if c := parts(n); len(c) == 1 {
		if isGroup(c[0]) {
			return f.wholeLink(c[0])
		}
		return f.link(c[0])
	}
	return nil
}

// linkedPart writes a part of a formula that is a link. MathML Core has no links;
// but a link of HTML may stand in words, and a formula in the link.
func (f *formula) linkedPart(n *cnxml.Node, variant string, link []markup.Attr) {
	attrs := []markup.Attr{{"xmlns", namespace}}
	if f.display {
		attrs = append(attrs, markup.Attr{"displaystyle", "true"})
	}
	f.linked = true
	f.w.Element("mtext", nil, func() {
		f.w.Element("a", link, func() {
			f.w.Element("math", attrs, func() { f.node(n, variant) })
		})
	})
	f.linked = false
}
