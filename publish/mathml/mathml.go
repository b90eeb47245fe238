// Package mathml writes formulas in MathML Core, the part of MathML that browsers
// display by themselves (W3C, MathML Core). The source may use presentation
// MathML 3, which is written in the words of Core: fences as operators, bold and
// script letters as characters of Unicode, enclosures and rules of tables as
// classes that the style sheet draws. Content MathML is written in a simple
// presentation.
package mathml

import (
	"slices"
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/markup"
)

const namespace = "http://www.w3.org/1998/Math/MathML"

// maxDepth bounds how deep elements are nested in the page; below it only text
// is kept. HTML parsers stop at 512.
const maxDepth = 300

// Page is the page that holds a formula.
type Page struct {
	// Display says that the formula stands by itself and not in a line of text.
	Display bool
	// Wide says that the formula may be wider than a screen, so that readers can
	// scroll it.
	Wide bool
	// Attrs are the attributes that every element may have (id, class, lang), of
	// those that the source gives it; the classes come before the author's.
	Attrs func(n *cnxml.Node, classes ...string) []markup.Attr
	// Link has the attributes of a link to an address, the href of an element (MathML
	// 3, section 2.1.6); false if it leads nowhere. It may be nil.
	Link func(href string) (attrs []markup.Attr, ok bool)
	// Warn reports a problem of the source at n under the rule.
	Warn func(n *cnxml.Node, rule, format string, args ...any)
}

// Write writes a math element of the source.
func Write(w *markup.Writer, n *cnxml.Node, page Page) {
	attrs := []markup.Attr{{"xmlns", namespace}}
	attrs = append(attrs, page.Attrs(n)...)
	display := page.Display || n.Attr("display") == "block" || n.Attr("mode") == "display"
	if display {
		attrs = append(attrs, markup.Attr{"display", "block"})
	}
	if text := strings.TrimSpace(n.Attr("alttext")); text != "" {
		attrs = append(attrs, markup.Attr{"alttext", text})
	}
	f := &formula{w: w, page: page, display: display, broken: holdsBreak(n)}
	attrs = append(attrs, style(n)...)
	if link := f.wholeLink(n); link != nil {
		f.linked = true
		w.Element("a", link, func() { f.math(n, attrs) })
		return
	}
	if page.Wide && !display {
		w.Element("span", scroller, func() { f.math(n, attrs) })
		return
	}
	f.math(n, attrs)
}

// scroller is around a formula that may be wider than its line: by it readers
// without a mouse scroll the formula. The math element itself cannot carry the tab
// stop, which HTML's checkers do not know there.
var scroller = []markup.Attr{{"class", "wide-formula"}, {"tabindex", "0"}}

func (f *formula) math(n *cnxml.Node, attrs []markup.Attr) {
	f.point = n.Attr("decimalpoint")
	f.w.Element("math", attrs, func() { f.inferred(n, variantOf(n, "")) })
}

// formula writes what is in one math element.
type formula struct {
	w       *markup.Writer
	page    Page
	display bool
	broken  bool   // a line is broken in it
	linked  bool   // in a link, where no other link may stand
	point   string // the decimal point, if the source says
}

// writeFunc writes an element; variant is the mathvariant that it inherits.
type writeFunc func(f *formula, n *cnxml.Node, variant string)

// element is a row of the table: the number of children (any if negative) and
// the function that writes it.
type element struct {
	children int
	write    writeFunc
}

// elementFor is the table of presentation MathML.
func elementFor(name string) (element, bool) {
	switch name {
	case "mi", "mn", "mo", "mtext", "ms":
		return element{-1, (*formula).token}, true
	case "mrow", "merror", "mphantom", "msqrt":
		return element{-1, rowNamed(name)}, true
	case "mroot", "msub", "msup":
		return element{2, same(name)}, true
	case "msubsup":
		return element{3, same(name)}, true
	case "munder", "mover":
		return element{2, (*formula).scripts}, true
	case "munderover":
		return element{3, (*formula).scripts}, true
	case "mmultiscripts":
		return element{-1, (*formula).multiscripts}, true
	case "mfrac":
		return element{2, (*formula).fraction}, true
	case "mstyle":
		return element{-1, (*formula).styled}, true
	case "mpadded":
		return element{-1, (*formula).padded}, true
	case "mspace":
		return element{-1, (*formula).gap}, true
	case "mfenced":
		return element{-1, (*formula).fenced}, true
	case "menclose":
		return element{-1, (*formula).enclosed}, true
	case "mtable":
		return element{-1, (*formula).matrix}, true
	case "none":
		return element{-1, func(f *formula, _ *cnxml.Node, _ string) { f.w.Element("mrow", nil, nil) }}, true
	case "semantics":
		return element{-1, (*formula).semantics}, true
	case "maction":
		return element{-1, (*formula).action}, true
	case "mstack", "mlongdiv":
		return element{-1, (*formula).elementary}, true
	case "msrow", "msgroup", "mscarries", "mscarry":
		return element{-1, (*formula).row}, true
	case "mglyph":
		return element{-1, func(f *formula, n *cnxml.Node, _ string) { f.word(n.Attr("alt")) }}, true
	case "annotation", "annotation-xml", "malignmark", "maligngroup", "mprescripts", "msline":
		return element{-1, func(*formula, *cnxml.Node, string) {}}, true
	}
	return element{}, false
}

// node writes one node of a formula.
func (f *formula) node(n *cnxml.Node, variant string) {
	switch {
	case n.Space == cnxml.Text:
		f.word(n.Data)
		return
	case n.Space != cnxml.MathML, f.w.Depth() > maxDepth:
		f.word(n.ReadableText())
		return
	}
	if link := f.link(n); link != nil {
		f.linkedPart(n, variant, link)
		return
	}
	variant = variantOf(n, variant)
	if point := strings.TrimSpace(n.Attr("decimalpoint")); point != "" {
		defer func(before string) { f.point = before }(f.point)
		f.point = point
	}
	if e, ok := elementFor(n.Name); ok {
		if e.children >= 0 && len(parts(n)) != e.children {
			f.row(n, variant)
			return
		}
		e.write(f, n, variant)
		return
	}
	if isContentMath(n.Name) {
		f.content(n, variant)
		return
	}
	f.page.Warn(n, "element-unknown", "<%s> is not an element of MathML; only its content is shown", strings.Trim(cnxml.Quote(n.Name), `"`))
	f.row(n, variant)
}

// parts are the children of an element of layout, without white space and
// without what leaves nothing behind.
func parts(n *cnxml.Node) []*cnxml.Node {
	var out []*cnxml.Node
	for _, c := range n.Children {
		switch {
		case c.Space == cnxml.Text && strings.TrimSpace(c.Data) == "":
		case c.Space == cnxml.MathML && (c.Name == "malignmark" || c.Name == "maligngroup" || strings.HasPrefix(c.Name, "annotation")):
		default:
			out = append(out, c)
		}
	}
	return out
}

func (f *formula) all(n *cnxml.Node, variant string) {
	for _, c := range parts(n) {
		f.one(c, variant)
	}
}

// inferred writes the row that math and mtd stand for. If fences have to grow in
// it the row is written out: Firefox lets them grow in no other.
func (f *formula) inferred(n *cnxml.Node, variant string) {
	c := parts(n)
	if len(f.linesOf(c)) > 1 {
		f.inside(n, variant, f.displayStyle(n)...)
		return
	}
	if len(c) < 2 || !slices.ContainsFunc(c, isFence) || !slices.ContainsFunc(c, isTall) {
		f.all(n, variant)
		return
	}
	f.w.Element("mrow", nil, func() { f.all(n, variant) })
}

// displayStyle keeps the size of a displayed formula in the lines of a table,
// which are smaller otherwise.
func (f *formula) displayStyle(n *cnxml.Node) []markup.Attr {
	if n.Name == "math" && f.display {
		return []markup.Attr{{"displaystyle", "true"}}
	}
	return nil
}

// isFence reports whether n is an operator that grows with what is beside it.
func isFence(n *cnxml.Node) bool {
	return n.Space == cnxml.MathML && n.Name == "mo" && n.Attr("stretchy") != "false" &&
		(n.Attr("stretchy") == "true" || strings.ContainsAny(n.PlainText(), "()[]{}|‖⌈⌉⌊⌋⟨⟩⟦⟧"))
}

// isTall reports whether n is, or holds, what is higher than a line.
func isTall(n *cnxml.Node) bool {
	if n.Space != cnxml.MathML {
		return false
	}
	switch n.Name {
	case "mfrac", "mtable", "msqrt", "mroot", "munder", "mover", "munderover":
		return true
	}
	return slices.ContainsFunc(n.Children, isTall)
}

// one writes a child so that exactly one element comes of it: the places of a
// fraction's or a script's children matter.
func (f *formula) one(n *cnxml.Node, variant string) {
	before := f.w.Len()
	f.node(n, variant)
	if f.w.Len() == before {
		f.w.Element("mrow", nil, nil)
	}
}

// row writes the children as a group.
func (f *formula) row(n *cnxml.Node, variant string) {
	f.w.Element("mrow", f.mathAttrs(n), func() { f.inside(n, variant) })
}

// rowNamed writes an element that holds a row under its own name.
func rowNamed(name string) writeFunc {
	return func(f *formula, n *cnxml.Node, variant string) {
		f.w.Element(name, f.mathAttrs(n), func() { f.inside(n, variant) })
	}
}

// same writes the element under its own name.
func same(name string) writeFunc {
	return func(f *formula, n *cnxml.Node, variant string) {
		f.w.Element(name, f.mathAttrs(n), func() { f.all(n, variant) })
	}
}

// action writes the child of an maction that is selected (MathML 3, section
// 3.7.1): the first one where the others are messages or other states.
func (f *formula) action(n *cnxml.Node, variant string) {
	c := parts(n)
	if len(c) == 0 {
		return
	}
	at, err := strconv.Atoi(strings.TrimSpace(n.Attr("selection")))
	switch n.Attr("actiontype") {
	case "tooltip", "statusline":
		at = 1
	}
	if err != nil || at < 1 || at > len(c) {
		at = 1
	}
	f.node(c[at-1], variant)
}

func (f *formula) firstChild(n *cnxml.Node, variant string) {
	if c := parts(n); len(c) > 0 {
		f.node(c[0], variant)
	}
}

// semantics writes the formula without its annotations, which would be read
// and found beside it. Where the formula is in content MathML and an annotation
// is its presentation, that is written.
func (f *formula) semantics(n *cnxml.Node, variant string) {
	c := parts(n)
	if len(c) > 0 && c[0].Space == cnxml.MathML && isContentMath(c[0].Name) {
		for _, a := range n.Children {
			if a.Space == cnxml.MathML && a.Name == "annotation-xml" && strings.Contains(a.Attr("encoding"), "Presentation") && len(parts(a)) > 0 {
				f.row(a, variant)
				return
			}
		}
	}
	f.firstChild(n, variant)
}
