package mathml

import (
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/markup"
)

// lineThickness are the named widths of a fraction's bar.
var lineThickness = map[string]string{"thin": "0.05em", "medium": "0.1em", "thick": "0.2em"}

func (f *formula) fraction(n *cnxml.Node, variant string) {
	if n.Attr("bevelled") == "true" {
		f.bevelled(n, variant)
		return
	}
	attrs := f.mathAttrs(n)
	thickness := n.Attr("linethickness")
	if named := lineThickness[thickness]; named != "" {
		thickness = named
	}
	if thickness = length(thickness); thickness != "" {
		attrs = append(attrs, markup.Attr{"linethickness", thickness})
	}
	f.w.Element("mfrac", attrs, func() { f.all(n, variant) })
}

// bevelled writes a fraction with a slanted bar. Where a part is more than one
// sign they are raised and lowered, for else "a + b / c" were another number.
func (f *formula) bevelled(n *cnxml.Node, variant string) {
	c := parts(n)
	simple := isToken(c[0]) && isToken(c[1])
	part := func(script string, n *cnxml.Node) {
		if simple {
			f.one(n, variant)
			return
		}
		f.w.Element(script, nil, func() {
			f.w.Element("mrow", nil, nil)
			f.one(n, variant)
		})
	}
	f.w.Element("mrow", f.mathAttrs(n, "bevelled"), func() {
		part("msup", c[0])
		f.operator("/")
		part("msub", c[1])
	})
}

// isToken reports whether n is one sign, or a group of one.
func isToken(n *cnxml.Node) bool {
	if n.Space == cnxml.MathML && n.Name == "mrow" {
		c := parts(n)
		return len(c) == 1 && isToken(c[0])
	}
	return n.Space == cnxml.MathML && (n.Name == "mi" || n.Name == "mn")
}
