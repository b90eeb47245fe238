package render

import (
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// numberStyles are the types of ol for number-style.
var numberStyles = map[string]string{
	"": "1", "arabic": "1", "lower-alpha": "a", "upper-alpha": "A", "lower-roman": "i", "upper-roman": "I",
}

// list writes a list. A title stands before it.
func (r *renderer) list(n *cnxml.Node) {
	if title := n.Child("title"); title != nil {
		r.w.element("div", r.attrs(title, "list-title"), r.lineInside(title))
	}
	name, attrs := "ul", r.attrs(n, listClasses(n)...)
	if n.Attr("list-type") == "enumerated" {
		name = "ol"
		if style := numberStyles[n.Attr("number-style")]; style != "" && style != "1" {
			attrs = append(attrs, attr{"type", style})
		}
		if start := startValue(n); start != 1 {
			attrs = append(attrs, attr{"start", strconv.Itoa(start)})
		}
	}
	r.w.element(name, attrs, func() {
		for _, c := range n.Children {
			switch {
			case c.Is("item"):
				r.w.element("li", r.attrs(c), func() { r.item(c) })
			case c.Is("title", "label"), c.Space == cnxml.Text && strings.TrimSpace(c.Data) == "":
			default:
				r.w.element("li", nil, func() { r.node(c) })
			}
		}
	})
}

// item writes what is in an item: its label, then the rest.
func (r *renderer) item(n *cnxml.Node) {
	if l := n.Child("label"); l != nil && strings.TrimSpace(l.PlainText()) != "" {
		r.w.element("span", []attr{{"class", "item-label"}}, r.lineInside(l))
		r.w.text(" ")
	}
	r.children(n, "label")
}

// listClasses say what the marks look like; the style sheet does the rest.
func listClasses(n *cnxml.Node) []string {
	var out []string
	switch n.Attr("list-type") {
	case "enumerated":
		prefix, hasPrefix := n.Lookup("mark-prefix")
		suffix, hasSuffix := n.Lookup("mark-suffix")
		switch {
		case prefix == "(" && suffix == ")":
			out = append(out, "mark-parens")
		case suffix == ")":
			out = append(out, "mark-paren")
		case (hasPrefix || hasSuffix) && prefix == "" && suffix == "":
			out = append(out, "mark-bare")
		}
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
	number := startValue(n)
	first := true
	r.w.element("span", r.attrs(n, "list"), func() {
		for _, c := range n.Children {
			if !c.Is("item") {
				if !c.Is("label") && c.Space != cnxml.Text {
					r.node(c)
				}
				continue
			}
			if !first {
				r.w.text(separator + " ")
			}
			first = false
			r.w.element("span", r.attrs(c, "item"), func() {
				if n.Attr("list-type") == "enumerated" {
					r.w.text(n.Attr("mark-prefix") + ordinal(number, n.Attr("number-style")) + markSuffix(n) + " ")
					number++
				}
				r.item(c)
			})
		}
	})
}

func markSuffix(n *cnxml.Node) string {
	if suffix, ok := n.Lookup("mark-suffix"); ok {
		return suffix
	}
	return "."
}

// ordinal writes the number in a style.
func ordinal(n int, style string) string {
	switch style {
	case "lower-alpha":
		return strings.ToLower(letters(n))
	case "upper-alpha":
		return letters(n)
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
