package render

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// list writes a list. A title stands before it.
func (r *renderer) list(n *cnxml.Node) {
	if title := n.Child("title"); title != nil {
		r.w.Element("div", r.attrs(title, "list-title"), r.lineInside(title))
	}
	m := r.markOf(n)
	name, attrs, number := "ul", r.attrs(n, m.classes()...), startValue(n)
	if m.own {
		attrs = append(attrs, attr{"role", "list"}) // which some browsers forget where there are no marks
	}
	if m.enumerated {
		name = "ol"
		if letter := numberTypes[m.style]; letter != "" && !m.own {
			attrs = append(attrs, attr{"type", letter})
		}
		if number != 1 && !m.own {
			attrs = append(attrs, attr{"start", strconv.Itoa(number)})
		}
	}
	r.w.Element(name, attrs, func() {
		for _, c := range n.Children {
			switch {
			case c.Is("item"):
				r.w.Element("li", r.attrs(c), func() {
					if m.own {
						r.w.Element("span", []attr{{"class", "mark"}}, func() { r.w.Text(m.text(number)) })
						r.w.Text(" ")
					}
					number++
					r.item(c, m)
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

// item writes what is in an item: its label, then the rest.
func (r *renderer) item(n *cnxml.Node, m mark) {
	if l := n.Child("label"); l != nil && strings.TrimSpace(l.PlainText()) != "" {
		r.w.Element("span", []attr{{"class", "item-label"}}, func() {
			r.w.Text(m.labelPrefix)
			r.line(r.inside(l))
			r.w.Text(m.labelSuffix)
		})
		r.w.Text(" ")
	}
	r.children(n, "label")
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
		if listType(n) == "labeled-item" {
			separator = ""
		}
	}
	number, m := startValue(n), r.markOf(n)
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
				if m.enumerated {
					r.w.Text(m.text(number) + " ")
					number++
				}
				r.item(c, m)
			})
		}
	})
}
