// Package mathmltest checks that formulas are MathML Core.
package mathmltest

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// mathCore are the elements of MathML Core with their attributes (W3C, MathML
// Core, sections 2 and 3); all may have those of mathGlobal (section 2.1.3). It
// stands apart from the table of package mathml on purpose. mathvariant is for mi
// alone, and then "normal" (section 4.2.1).
var (
	mathGlobal = strings.Fields("class dir displaystyle id mathbackground mathcolor mathsize scriptlevel tabindex")
	mathCore   = map[string]string{
		"math": "display alttext xmlns", "merror": "", "mphantom": "", "mrow": "", "mstyle": "",
		"mi": "mathvariant", "mn": "", "mtext": "", "ms": "",
		"mo":      "form fence separator lspace rspace stretchy symmetric maxsize minsize largeop movablelimits",
		"mspace":  "width height depth",
		"mpadded": "width height depth lspace voffset",
		"mfrac":   "linethickness",
		"msqrt":   "", "mroot": "", "msub": "", "msup": "", "msubsup": "", "mmultiscripts": "", "mprescripts": "",
		"munder": "accentunder", "mover": "accent", "munderover": "accent accentunder",
		"mtable": "", "mtr": "", "mtd": "columnspan rowspan",
	}
)

// Check fails the test where an element of a formula, as the HTML parser reads
// it, is not one of MathML Core with its attributes and number of children.
func Check(t testing.TB, n *html.Node) {
	t.Helper()
	if n.Data == "a" && n.Namespace == "" && n.Parent != nil && n.Parent.Data == "mtext" && n.Parent.Namespace == "math" {
		return // HTML may stand in text (section 3.2.2)
	}
	own, ok := mathCore[n.Data]
	if !ok {
		t.Errorf("<%s> is no element of MathML Core", n.Data)
	}
	for _, a := range n.Attr {
		switch {
		case a.Key == "mathvariant" && a.Val != "normal":
			t.Errorf("<%s mathvariant=%q>", n.Data, a.Val)
		case !slices.Contains(mathGlobal, a.Key) && !slices.Contains(strings.Fields(own), a.Key) && a.Key != "lang":
			t.Errorf("<%s %s=%q> is no attribute of MathML Core", n.Data, a.Key, a.Val)
		}
	}
	if want := map[string]int{"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3}[n.Data]; want > 0 {
		got := 0
		for c := range n.ChildNodes() {
			if c.Type == html.ElementNode {
				got++
			}
		}
		if got != want {
			t.Errorf("<%s> has %d parts, which makes it invalid", n.Data, got)
		}
	}
}
