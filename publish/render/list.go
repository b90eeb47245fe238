package render

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// numberStyles are the types of ol for number-style.
var numberStyles = map[string]string{
	"": "1", "arabic": "1", "lower-alpha": "a", "upper-alpha": "A", "lower-roman": "i", "upper-roman": "I",
}

// list writes a list. A title stands before it.
func (r *renderer) list(n *cnxml.Node) {
	if title := n.Child("title"); title != nil {
		r.w.Element("div", r.attrs(title, "list-title"), r.lineInside(title))
	}
	name, attrs, m := "ul", r.attrs(n, listClasses(n)...), markOf(n)
	if listType(n) == "enumerated" {
		name = "ol"
		if m.kind == markOwn {
			attrs = append(attrs, attr{"role", "list"}) // which some browsers forget where there are no marks
		} else if style := numberStyles[n.Attr("number-style")]; style != "" && style != "1" {
			attrs = append(attrs, attr{"type", style})
		}
		if start := startValue(n); start != 1 && m.kind != markOwn {
			attrs = append(attrs, attr{"start", strconv.Itoa(start)})
		}
	}
	number := startValue(n)
	r.w.Element(name, attrs, func() {
		for _, c := range n.Children {
			switch {
			case c.Is("item"):
				r.w.Element("li", r.attrs(c), func() {
					if name == "ol" && m.kind == markOwn {
						mark := m.text(number)
						r.w.Element("span", []attr{{"class", "mark"}}, func() { r.w.Text(mark) })
						r.w.Text(" ")
					}
					number++
					r.item(c)
				})
			case c.Is("title", "label"), c.Space == cnxml.Text && strings.TrimSpace(c.Data) == "":
			default:
				r.w.Element("li", nil, func() { r.node(c) })
			}
		}
	})
}

// listType is the kind of a list, which older CNXML says in another attribute.
func listType(n *cnxml.Node) string { return cmp.Or(n.Attr("list-type"), n.Attr("type")) }

// mark is the style of marks of an enumerated list.
type mark struct {
	kind                  markKind
	prefix, suffix, style string
	circled               bool
}

type markKind int

const (
	markUsual  markKind = iota // "1."
	markParen                  // "1)"
	markParens                 // "(1)"
	markBare                   // "1"
	markOwn                    // in words of its own, which are written as text
)

func markOf(n *cnxml.Node) mark {
	prefix, hasPrefix := n.Lookup("mark-prefix")
	suffix, hasSuffix := n.Lookup("mark-suffix")
	m := mark{prefix: prefix, suffix: suffix, style: n.Attr("number-style"), circled: outline.HasClass(n.Attr("class"), "circled")}
	if !hasSuffix && !m.circled {
		m.suffix = "."
	}
	switch {
	case m.circled, !hasPrefix && !hasSuffix, prefix == "" && m.suffix == ".":
		m.kind = markUsual
	case prefix == "(" && suffix == ")":
		m.kind = markParens
	case prefix == "" && suffix == ")":
		m.kind = markParen
	case prefix == "" && suffix == "":
		m.kind = markBare
	default:
		m.kind = markOwn
	}
	return m
}

// text is the mark of an item by its number.
func (m mark) text(number int) string {
	s := ordinal(number, m.style)
	if m.circled {
		s = circled(s)
	}
	return m.prefix + s + m.suffix
}

// circled is a letter or a number up to 20 in a circle (Unicode's Enclosed
// Alphanumerics); others as they are.
func circled(s string) string {
	if n, err := strconv.Atoi(s); err == nil && n >= 1 && n <= 20 {
		return string(rune('①' + n - 1))
	}
	if len(s) != 1 {
		return s
	}
	switch c := rune(s[0]); {
	case c >= 'a' && c <= 'z':
		return string('ⓐ' + c - 'a')
	case c >= 'A' && c <= 'Z':
		return string('Ⓐ' + c - 'A')
	}
	return s
}

// item writes what is in an item: its label, then the rest.
func (r *renderer) item(n *cnxml.Node) {
	if l := n.Child("label"); l != nil && strings.TrimSpace(l.PlainText()) != "" {
		r.w.Element("span", []attr{{"class", "item-label"}}, r.lineInside(l))
		r.w.Text(" ")
	}
	r.children(n, "label")
}

// listClasses say what the marks look like; the style sheet does the rest.
func listClasses(n *cnxml.Node) []string {
	var out []string
	switch listType(n) {
	case "enumerated":
		out = append(out, markClasses[markOf(n).kind]...)
	case "labeled-item":
		out = append(out, "labeled")
	default:
		switch style := n.Attr("bullet-style"); style {
		case "open-circle", "none", "dash":
			out = append(out, "bullet-"+style)
		}
	}
	return out
}

var markClasses = map[markKind][]string{
	markParen: {"mark-paren"}, markParens: {"mark-parens"}, markBare: {"mark-bare"}, markOwn: {"mark-own"},
}

// startValue is the number of the first item, 1 if the source does not say.
func startValue(n *cnxml.Node) int {
	start, err := strconv.Atoi(n.Attr("start-value"))
	if err != nil || start < 0 || start > 1_000_000 {
		return 1
	}
	return start
}

// listInLine writes a list as part of a sentence, marks included.
func (r *renderer) listInLine(n *cnxml.Node) {
	separator, ok := n.Lookup("item-sep")
	if !ok {
		separator = ";"
		if n.Attr("list-type") == "labeled-item" {
			separator = ""
		}
	}
	number, m := startValue(n), markOf(n)
	first := true
	r.w.Element("span", r.attrs(n, "list"), func() {
		for _, c := range n.Children {
			if !c.Is("item") {
				if !c.Is("label") && c.Space != cnxml.Text {
					r.node(c)
				}
				continue
			}
			if !first {
				r.w.Text(separator + " ")
			}
			first = false
			r.w.Element("span", r.attrs(c, "item"), func() {
				if listType(n) == "enumerated" {
					r.w.Text(m.text(number) + " ")
					number++
				}
				r.item(c)
			})
		}
	})
}

// ordinal writes the number in a style.
func ordinal(n int, style string) string {
	switch style {
	case "lower-alpha":
		return strings.ToLower(outline.Letters(n))
	case "upper-alpha":
		return outline.Letters(n)
	case "lower-roman":
		return strings.ToLower(roman(n))
	case "upper-roman":
		return roman(n)
	}
	return strconv.Itoa(n)
}

// roman writes 1 to 3999 in Roman numerals, other numbers as they are.
func roman(n int) string {
	if n < 1 || n > 3999 {
		return strconv.Itoa(n)
	}
	var b strings.Builder
	for _, d := range []struct {
		value  int
		letter string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; n >= d.value; n -= d.value {
			b.WriteString(d.letter)
		}
	}
	return b.String()
}
