package render

import (
	"strings"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// equation writes a formula that stands by itself, with its number.
func (r *renderer) equation(n *cnxml.Node) {
	r.w.Element("div", append(r.attrs(n, "equation"), scrolls(formulaWidth(n) > narrowFormula)...), func() {
		r.displayed(func() { r.line(r.inside(n, "label")) })
		if number := r.equationNumber(n); number != "" {
			r.w.Element("span", []attr{{"class", "number"}}, func() { r.w.Text(number) })
		}
	})
}

// formulaWidth is about how many signs a formula is wide. Operators have space
// around them.
func formulaWidth(n *cnxml.Node) int {
	width, widest := 0, 0
	switch {
	case n.Space == cnxml.Text:
		return utf8.RuneCountInString(strings.TrimSpace(n.Data))
	case n.Space == cnxml.MathML && strings.HasPrefix(n.Name, "annotation"):
		return 0
	case n.Space == cnxml.MathML && n.Name == "mo":
		width = 1
	}
	for _, c := range n.Children {
		w := formulaWidth(c)
		width, widest = width+w, max(widest, w)
	}
	if n.Space == cnxml.MathML && (n.Name == "mfrac" || n.Name == "mtable") { // one above the other
		return widest
	}
	return width
}

func (r *renderer) equationInLine(n *cnxml.Node) {
	r.w.Element("span", r.attrs(n, "equation"), r.inside(n, "label"))
}

func (r *renderer) equationNumber(n *cnxml.Node) string {
	if l := n.Child("label"); !l.IsBlank() {
		return outline.OneLine(l.PlainText())
	}
	if number := r.src.Numbers[n]; number != "" {
		return "(" + number + ")"
	}
	return ""
}

func (r *renderer) displayed(write func()) {
	before := r.display
	r.display = true
	write()
	r.display = before
}
