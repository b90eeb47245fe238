package render

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

const mathNamespace = "http://www.w3.org/1998/Math/MathML"

// math writes a formula in MathML Core, which browsers show by themselves.
// What Core has left out of MathML 3 is written in other words: fences as
// operators, bold and script letters as the characters of their own that
// Unicode has for them, enclosures as classes.
func (r *renderer) math(n *cnxml.Node) {
	attrs := []attr{{"xmlns", mathNamespace}}
	attrs = append(attrs, r.attrs(n)...)
	if r.display || n.Attr("display") == "block" || n.Attr("mode") == "display" {
		attrs = append(attrs, attr{"display", "block"})
	}
	if text := strings.TrimSpace(n.Attr("alttext")); text != "" {
		attrs = append(attrs, attr{"alttext", text})
	}
	f := &formula{renderer: r}
	attrs = append(attrs, style(n)...)
	r.w.element("math", attrs, func() { f.inferred(n, variantOf(n, "")) })
}

// formula writes what is in one math element.
type formula struct {
	*renderer
}

// mathFunc writes an element; variant is the mathvariant that it inherits.
type mathFunc func(f *formula, n *cnxml.Node, variant string)

// mathElement is a row of the table: how many children there must be (any
// number if negative), and the function.
type mathElement struct {
	children int
	write    mathFunc
}

// mathElements is the table of presentation MathML.
func mathElements(name string) (mathElement, bool) {
	switch name {
	case "mi", "mn", "mo", "mtext", "ms":
		return mathElement{-1, (*formula).token}, true
	case "mrow", "merror", "mphantom":
		return mathElement{-1, same(name)}, true
	case "msqrt":
		return mathElement{-1, same(name)}, true
	case "mroot", "msub", "msup":
		return mathElement{2, same(name)}, true
	case "msubsup":
		return mathElement{3, same(name)}, true
	case "munder", "mover":
		return mathElement{2, (*formula).scripts}, true
	case "munderover":
		return mathElement{3, (*formula).scripts}, true
	case "mmultiscripts":
		return mathElement{-1, (*formula).multiscripts}, true
	case "mfrac":
		return mathElement{2, (*formula).fraction}, true
	case "mstyle":
		return mathElement{-1, (*formula).styled}, true
	case "mpadded":
		return mathElement{-1, (*formula).padded}, true
	case "mspace":
		return mathElement{-1, (*formula).gap}, true
	case "mfenced":
		return mathElement{-1, (*formula).fenced}, true
	case "menclose":
		return mathElement{-1, (*formula).enclosed}, true
	case "mtable":
		return mathElement{-1, (*formula).matrix}, true
	case "none":
		return mathElement{-1, func(f *formula, _ *cnxml.Node, _ string) { f.w.element("mrow", nil, nil) }}, true
	case "semantics":
		return mathElement{-1, (*formula).semantics}, true
	case "maction":
		return mathElement{-1, (*formula).firstChild}, true
	case "mglyph":
		return mathElement{-1, func(f *formula, n *cnxml.Node, _ string) { f.word(n.Attr("alt")) }}, true
	case "annotation", "annotation-xml", "malignmark", "maligngroup", "mprescripts":
		return mathElement{-1, func(*formula, *cnxml.Node, string) {}}, true
	}
	return mathElement{}, false
}

// node writes one node of a formula.
func (f *formula) node(n *cnxml.Node, variant string) {
	switch {
	case n.Space == cnxml.Text:
		f.word(n.Data)
		return
	case n.Space != cnxml.MathML, f.w.depth > maxDepth:
		f.word(readable(n))
		return
	}
	variant = variantOf(n, variant)
	if e, ok := mathElements(n.Name); ok {
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
	f.warn(n, "element-unknown", "<%s> is not an element of MathML; only what is in it is shown", strings.Trim(cnxml.Quote(n.Name), `"`))
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
	if len(c) < 2 || !slices.ContainsFunc(c, isFence) || !slices.ContainsFunc(c, isTall) {
		f.all(n, variant)
		return
	}
	f.w.element("mrow", nil, func() { f.all(n, variant) })
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
	before := len(f.w.b)
	f.node(n, variant)
	if len(f.w.b) == before {
		f.w.element("mrow", nil, nil)
	}
}

// row writes the children as a group.
func (f *formula) row(n *cnxml.Node, variant string) {
	f.w.element("mrow", f.mathAttrs(n), func() { f.all(n, variant) })
}

// same writes the element under its own name.
func same(name string) mathFunc {
	return func(f *formula, n *cnxml.Node, variant string) {
		f.w.element(name, f.mathAttrs(n), func() { f.all(n, variant) })
	}
}

// mathAttrs are the attributes that all elements of MathML Core share.
func (f *formula) mathAttrs(n *cnxml.Node, classes ...string) []attr {
	return append(f.attrs(n, classes...), style(n)...)
}

// sizes are those that MathML 3 has names for.
var sizes = map[string]string{"small": "80%", "big": "125%"}

// sizePattern matches sizes that go by the text around them. Others (12pt) are
// those of the text that somebody has converted, and not of ours.
var sizePattern = regexp.MustCompile(`^(?:[5-9][0-9]|1[0-9][0-9]|2[0-4][0-9])(?:\.[0-9]{1,3})?%$|^(?:0?\.[5-9]|1|1\.[0-9]|2|2\.[0-4])[0-9]{0,2}em$`)

// colorPattern matches colours by name or as #rgb and #rrggbb.
var colorPattern = regexp.MustCompile(`^(?:[a-zA-Z]{3,20}|#[0-9a-fA-F]{3}|#[0-9a-fA-F]{6})$`)

// style is how large a formula is set, and in which colour. Black is the
// colour of the text by another name.
func style(n *cnxml.Node) []attr {
	var out []attr
	switch v := n.Attr("displaystyle"); v {
	case "true", "false":
		out = append(out, attr{"displaystyle", v})
	}
	level := strings.TrimSpace(n.Attr("scriptlevel"))
	if v, err := strconv.Atoi(level); err == nil && v > -100 && v < 100 {
		out = append(out, attr{"scriptlevel", level})
	}
	size := strings.Join(strings.Fields(n.Attr("mathsize")), "")
	if named := sizes[size]; named != "" {
		size = named
	}
	if sizePattern.MatchString(size) && size != "100%" && size != "1em" {
		out = append(out, attr{"mathsize", size})
	}
	color := strings.TrimSpace(cmp.Or(n.Attr("mathcolor"), n.Attr("color")))
	switch strings.ToLower(color) {
	case "black", "#000", "#000000":
	default:
		if colorPattern.MatchString(color) {
			out = append(out, attr{"mathcolor", color})
		}
	}
	return out
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

// scripts writes what stands over or under something. What is an accent by its
// sign must say so: MathML 3 went by the operator, Core does not.
func (f *formula) scripts(n *cnxml.Node, variant string) {
	c := parts(n)
	attrs := f.mathAttrs(n, barClass(n, c)...)
	places := map[string]int{} // of the scripts, by the attribute that is about them
	if n.Name != "mover" {
		places["accentunder"] = 1
	}
	if n.Name != "munder" {
		places["accent"] = len(c) - 1
	}
	for _, name := range []string{"accent", "accentunder"} {
		at, ok := places[name]
		if !ok {
			continue
		}
		switch v := n.Attr(name); {
		case v == "true" || v == "false":
			attrs = append(attrs, attr{name, v})
		case isAccent(c[at]):
			attrs = append(attrs, attr{name, "true"})
		}
	}
	f.w.element(n.Name, attrs, func() { f.all(n, variant) })
}

// accents are operators that are accents in the dictionary of MathML 3
// (appendix C), without the arrows that may as well stand for themselves.
const accents = "^_`~¨¯´¸ˆˇˉˊˋˍ˘˙˚˜˝̂̑‾⃛⃜→←↔⇀↼⃗⏜⏝⏞⏟⎴⎵︷︸︵︶"

func isAccent(n *cnxml.Node) bool {
	if n.Space != cnxml.MathML || n.Name != "mo" {
		return false
	}
	if v := n.Attr("accent"); v != "" {
		return v == "true"
	}
	text := strings.TrimSpace(n.PlainText())
	return text != "" && len(text) <= 4 && strings.Contains(accents, text)
}

// barClass is the class for a bar over or under more than one sign, which the
// style sheet draws.
func barClass(n *cnxml.Node, parts []*cnxml.Node) []string {
	mark := parts[1]
	if n.Name == "munderover" || mark.Space != cnxml.MathML || mark.Name != "mo" || mark.Attr("stretchy") == "false" {
		return nil
	}
	sign, base := []rune(strings.TrimSpace(mark.PlainText())), strings.Join(strings.Fields(readable(parts[0])), "")
	if len(sign) != 1 || !strings.ContainsRune("¯‾ˉ_―—–", sign[0]) || utf8.RuneCountInString(base) < 2 {
		return nil
	}
	return []string{"wide-bar"}
}

// multiscripts keeps the pairs complete: a base, then scripts two by two, on
// both sides of mprescripts.
func (f *formula) multiscripts(n *cnxml.Node, variant string) {
	f.w.element("mmultiscripts", f.mathAttrs(n), func() {
		written, before := 0, false // scripts since the base or mprescripts
		pair := func() {
			if written%2 == 1 {
				f.w.element("mrow", nil, nil)
			}
			written = 0
		}
		for i, c := range parts(n) {
			if c.Space == cnxml.MathML && c.Name == "mprescripts" {
				if i == 0 {
					f.w.element("mrow", nil, nil)
				}
				if !before {
					before = true
					pair()
					f.w.element("mprescripts", nil, nil)
				}
				continue
			}
			f.one(c, variant)
			if i > 0 {
				written++
			}
		}
		pair()
	})
}

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
		attrs = append(attrs, attr{"linethickness", thickness})
	}
	f.w.element("mfrac", attrs, func() { f.all(n, variant) })
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
		f.w.element(script, nil, func() {
			f.w.element("mrow", nil, nil)
			f.one(n, variant)
		})
	}
	f.w.element("mrow", f.mathAttrs(n, "bevelled"), func() {
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

// styled keeps the size of an mstyle; what it says of fonts has already been
// handed down.
func (f *formula) styled(n *cnxml.Node, variant string) {
	name := "mrow"
	if len(style(n)) > 0 {
		name = "mstyle"
	}
	f.w.element(name, f.mathAttrs(n), func() { f.all(n, variant) })
}

func (f *formula) padded(n *cnxml.Node, variant string) {
	attrs := f.lengths(n, "width", "height", "depth", "lspace", "voffset")
	attrs = slices.DeleteFunc(attrs, func(a attr) bool { // parts of its own size, which Core does not know
		return strings.HasSuffix(a.value, "%") || a.value[0] == '-' && a.name != "voffset" && a.name != "lspace"
	})
	f.w.element("mpadded", append(f.mathAttrs(n), attrs...), func() { f.all(n, variant) })
}

func (f *formula) gap(n *cnxml.Node, _ string) {
	f.w.element("mspace", append(f.mathAttrs(n), f.lengths(n, "width", "height", "depth")...), nil)
}

func (f *formula) lengths(n *cnxml.Node, names ...string) []attr {
	var out []attr
	for _, name := range names {
		if v := length(n.Attr(name)); v != "" {
			out = append(out, attr{name, v})
		}
	}
	return out
}

// fenced writes the fences and separators of mfenced as the operators that
// they stand for (MathML 3, section 3.3.8).
func (f *formula) fenced(n *cnxml.Node, variant string) {
	open, close, separators := "(", ")", ","
	for name, v := range map[string]*string{"open": &open, "close": &close, "separators": &separators} {
		if own, ok := n.Lookup(name); ok {
			*v = strings.Join(strings.Fields(own), "")
		}
	}
	f.w.element("mrow", f.mathAttrs(n), func() {
		f.fence(open, "prefix")
		marks := []rune(separators)
		for i, c := range parts(n) {
			if i > 0 && len(marks) > 0 {
				f.w.element("mo", []attr{{"separator", "true"}}, func() { f.w.text(string(marks[min(i, len(marks))-1])) })
			}
			f.one(c, variant)
		}
		f.fence(close, "postfix")
	})
}

func (f *formula) fence(s, form string) {
	if s != "" {
		f.w.element("mo", []attr{{"fence", "true"}, {"form", form}, {"stretchy", "true"}}, func() { f.w.text(s) })
	}
}

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
	write := func() { f.all(n, variant) }
	switch {
	case radical && len(classes) == 1:
		f.w.element("msqrt", f.mathAttrs(n), write)
	case radical:
		f.w.element("mrow", f.mathAttrs(n, classes...), func() { f.w.element("msqrt", nil, write) })
	default:
		f.w.element("mrow", f.mathAttrs(n, classes...), write)
	}
}

// otherNotations are drawn like another one.
var otherNotations = map[string]string{
	"updiagonalarrow": "updiagonalstrike", "northeastarrow": "updiagonalstrike", "southeastarrow": "downdiagonalstrike",
}
