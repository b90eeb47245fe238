package collection

import "github.com/rhaptos/rhaptos/publish/cnxml"

// Place is a part of a file: from Pos to just before End, which is zero if it
// is not known.
type Place struct {
	Pos, End cnxml.Pos
}

// PlaceOf is the place of an element's attribute, or of the element's beginning if
// it has no such attribute.
func PlaceOf(n *cnxml.Node, attribute string) Place {
	for _, a := range n.Attrs {
		if a.Space == "" && a.Name == attribute {
			return Place{a.Pos, a.End}
		}
	}
	return Place{Pos: n.Pos}
}
