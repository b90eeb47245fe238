package mathml

import (
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/markup"
	"slices"
	"strings"
)

// styled keeps the size of an mstyle; what it says of fonts has already been
// handed down.
func (f *formula) styled(n *cnxml.Node, variant string) {
	name := "mrow"
	if len(style(n)) > 0 {
		name = "mstyle"
	}
	f.w.Element(name, f.mathAttrs(n), func() { f.inside(n, variant) })
}

func (f *formula) padded(n *cnxml.Node, variant string) {
	attrs := f.lengths(n, "width", "height", "depth", "lspace", "voffset")
	attrs = slices.DeleteFunc(attrs, func(a markup.Attr) bool { // parts of its own size, which Core does not know
		name, value := a[0], a[1]
		return strings.HasSuffix(value, "%") || value[0] == '-' && name != "voffset" && name != "lspace"
	})
	f.w.Element("mpadded", append(f.mathAttrs(n), attrs...), func() { f.inside(n, variant) })
}

func (f *formula) gap(n *cnxml.Node, _ string) {
	f.w.Element("mspace", append(f.mathAttrs(n), f.lengths(n, "width", "height", "depth")...), nil)
}

func (f *formula) lengths(n *cnxml.Node, names ...string) []markup.Attr {
	var out []markup.Attr
	for _, name := range names {
		if v := length(n.Attr(name)); v != "" {
			out = append(out, markup.Attr{name, v})
		}
	}
	return out
}
