package mathml

import (
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"strings"
)

// notations are the forms of menclose that the style sheet draws.
var notations = map[string]bool{
	"longdiv": true, "actuarial": true, "box": true, "roundedbox": true, "circle": true, "left": true,
	"right": true, "top": true, "bottom": true, "updiagonalstrike": true, "downdiagonalstrike": true,
	"verticalstrike": true, "horizontalstrike": true, "madruwb": true, "phasorangle": true,
}

func (f *formula) enclosed(n *cnxml.Node, variant string) {
	names := strings.Fields(n.Attr("notation"))
	if len(names) == 0 {
		names = []string{"longdiv"}
	}
	classes, radical := []string{"menclose"}, false
	for _, name := range names {
		if other := otherNotations[name]; other != "" {
			name = other
		}
		if notations[name] {
			classes = append(classes, name)
		}
		radical = radical || name == "radical"
	}
	write := func() { f.inside(n, variant) }
	switch {
	case radical && len(classes) == 1:
		f.w.Element("msqrt", f.mathAttrs(n), write)
	case radical:
		f.w.Element("mrow", f.mathAttrs(n, classes...), func() { f.w.Element("msqrt", nil, write) })
	default:
		f.w.Element("mrow", f.mathAttrs(n, classes...), write)
	}
}

// otherNotations are drawn like another one.
var otherNotations = map[string]string{
	"updiagonalarrow": "updiagonalstrike", "northeastarrow": "updiagonalstrike", "southeastarrow": "downdiagonalstrike",
}
