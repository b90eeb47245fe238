package render

import (
	"slices"
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// effects says how the effects of emphasis are written.
var effects = map[string]struct{ element, class string }{
	"":                 {"strong", ""},
	"bold":             {"strong", ""},
	"strong":           {"strong", ""},
	"italics":          {"em", ""},
	"italic":           {"em", ""},
	"underline":        {"u", ""},
	"double-underline": {"u", "double"},
	"smallcaps":        {"span", "small-caps"},
	"line-through":     {"s", ""},
	"normal":           {"span", "normal"},
}

// emphasis falls back to em for an effect that is not known.
func (r *renderer) emphasis(n *cnxml.Node) {
	e, ok := effects[n.Attr("effect")]
	if !ok {
		e.element = "em"
	}
	r.w.Element(e.element, r.attrs(n, e.class), r.inside(n))
}

func (r *renderer) term(n *cnxml.Node) {
	name := "dfn"
	if outline.HasClass(n.Attr("class"), "no-emphasis") || r.inLink {
		name = "span"
	}
	_, document := n.Lookup("document")
	_, url := n.Lookup("url")
	_, target := n.Lookup("target-id")
	if document || url || target {
		r.w.Element(name, r.attrs(n, "term"), func() { r.anchor(n, nil, r.inside(n)) })
		return
	}
	r.w.Element(name, r.attrs(n, "term"), r.inside(n))
}

func (r *renderer) foreign(n *cnxml.Node) {
	r.w.Element("i", r.attrs(n, "foreign"), r.inside(n))
}

// cite is a citation; with the title of a work in it, only that is cite.
func (r *renderer) cite(n *cnxml.Node) {
	name := "cite"
	if n.Child("cite-title") != nil {
		name = "span"
	}
	r.w.Element(name, r.attrs(n), r.inside(n))
}

// newline writes line breaks, as many as count says and no more than six.
func (r *renderer) newline(n *cnxml.Node) {
	for range count(n, 6) {
		r.w.Void("br")
	}
}

// space writes a gap of so many characters; underlined it is a blank to fill in.
func (r *renderer) space(n *cnxml.Node) {
	class := "space"
	if n.Attr("effect") == "underline" {
		class = "blank"
	}
	r.w.Element("span", []attr{{"class", class}}, func() { r.w.Text(strings.Repeat("\u00A0", count(n, 40))) })
}

// count is the element's count attribute: 1 if it is not a number, and no more
// than most.
func count(n *cnxml.Node, most int) int {
	c, err := strconv.Atoi(n.Attr("count"))
	if err != nil || c < 1 {
		return 1
	}
	return min(c, most)
}

// strayTitle is a title whose parent does not ask for it: that of a paragraph,
// which runs into the text.
func (r *renderer) strayTitle(n *cnxml.Node) {
	if strings.TrimSpace(n.PlainText()) == "" && len(n.Children) < 2 && n.ID() == "" {
		return
	}
	r.w.Element("strong", r.attrs(n, "title"), r.inside(n))
}

// para writes a paragraph. One that holds blocks, which HTML does not allow,
// is a div with its runs of text as paragraphs.
func (r *renderer) para(n *cnxml.Node) {
	if !r.rules.holdsBlock(n) {
		r.w.Element("p", r.attrs(n), r.lineInside(n))
		return
	}
	r.w.Element("div", r.attrs(n, "para"), func() { r.blocks(n) })
}

// blocks writes the children of an element that holds blocks, except those of
// CNXML with the names.
func (r *renderer) blocks(n *cnxml.Node, except ...string) {
	children := n.Children
	if len(except) > 0 {
		children = slices.DeleteFunc(slices.Clone(children), func(c *cnxml.Node) bool { return c.Is(except...) })
	}
	r.runs(children)
}

// runs writes blocks as they are, and each run of text between them as a
// paragraph.
func (r *renderer) runs(children []*cnxml.Node) {
	for len(children) > 0 {
		n := 0
		for n < len(children) && !r.rules.blocky(children[n]) {
			n++
		}
		if run := children[:n]; !blank(run) {
			r.w.Element("p", nil, func() {
				r.line(func() {
					for _, c := range run {
						r.node(c)
					}
				})
			})
		}
		if n < len(children) {
			r.node(children[n])
			n++
		}
		children = children[n:]
	}
}

// blank reports whether nothing of the nodes is seen: they are white space, or
// hidden.
func blank(nodes []*cnxml.Node) bool {
	for _, n := range nodes {
		if !outline.IsHidden(n) && (n.Space != cnxml.Text || strings.TrimSpace(n.Data) != "") {
			return false
		}
	}
	return true
}

// abstract writes the learning objectives before the text. An abstract without
// any text is none.
func (r *renderer) abstract(n *cnxml.Node) {
	if n == nil || strings.TrimSpace(n.PlainText()) == "" {
		return
	}
	r.w.Element("section", r.attrs(n, "abstract"), func() {
		end := r.heading(nil, func() { r.w.Text(r.Messages.Page.Abstract) })
		r.blocks(n)
		end()
	})
}

// section writes a section; without a title it is no level of its own.
func (r *renderer) section(n *cnxml.Node) {
	if r.away[n] {
		return
	}
	name := "section"
	if n.Child("title").IsBlank() {
		name = "div" // a section of HTML has a heading
	}
	r.w.Element(name, r.attrs(n), func() {
		end := r.titleHeading(n)
		r.blocks(n, "title", "label")
		end()
	})
}

// titleHeading writes the title of n as a heading, if it has one, and returns
// a function that ends what it heads.
func (r *renderer) titleHeading(n *cnxml.Node) (end func()) {
	title := n.Child("title")
	if title == nil || strings.TrimSpace(title.PlainText()) == "" && title.ID() == "" {
		return func() {}
	}
	return r.heading(r.attrs(title), r.inside(title))
}

func (r *renderer) quote(n *cnxml.Node) {
	r.w.Element("blockquote", r.attrs(n), func() { r.blocks(n) })
}

// isInlineCode reports whether code stands in a line: unless it says that it
// is a block, or has several lines. Code without a language may have been
// wrapped within a sentence, so there one line end is not enough.
func isInlineCode(n *cnxml.Node) bool {
	switch n.Attr("display") {
	case "block":
		return false
	case "inline":
		return true
	}
	if outline.HasClass(n.Attr("class"), "inline-code") {
		return true
	}
	lineEnds := strings.Count(strings.TrimSpace(n.PlainText()), "\n")
	return lineEnds == 0 || lineEnds == 1 && n.Attr("lang") == ""
}

// code writes a block of code. The class of its code element says the
// language, in the form that HTML suggests.
func (r *renderer) code(n *cnxml.Node) {
	if title := n.Child("title"); title != nil {
		r.w.Element("div", r.attrs(title, "code-title"), r.lineInside(title))
	}
	var class []attr
	language := codeLanguage(n)
	if language != "" {
		class = []attr{{"class", "language-" + language}}
	}
	text := codeText(n)
	r.w.Element("pre", append(r.attrs(n, "code"), scrolls(codeWidth(text) > narrowCode)...), func() {
		r.w.Element("code", class, func() {
			if r.highlighted(n, language, text) {
				return
			}
			r.line(func() {
				for _, c := range text {
					r.node(c)
				}
			})
		})
	})
}

// Widths, in signs, from which an element may be wider than the narrowest screen
// that pages are made for (320 pixels; WCAG 2.1, 1.4.10).
const (
	narrowCode    = 28
	narrowFormula = 20
)

// scrolls are the attributes by which readers without a mouse scroll an element
// that is too wide (WCAG 2.1.1) in browsers that do not see to that themselves.
// Where it cannot be too wide it would be one more stop on the way for nothing.
func scrolls(wide bool) []attr {
	if !wide {
		return nil
	}
	return []attr{{"tabindex", "0"}}
}

// codeWidth is the length of the longest line of code.
func codeWidth(nodes []*cnxml.Node) int {
	most, line := 0, 0
	for _, n := range nodes {
		n.Walk(func(c *cnxml.Node) bool {
			if c.Is("newline") || isHTML(c, "br") {
				line = 0
			}
			if c.Space != cnxml.Text {
				return true
			}
			for _, sign := range c.Data {
				switch line++; sign {
				case '\n':
					line = 0
				case '\t':
					line += 3
				}
				most = max(most, line)
			}
			return true
		})
	}
	return most
}

// codeLanguage is the language of code by its lang attribute or by a class of
// the form that HTML suggests; empty if it does not say.
func codeLanguage(n *cnxml.Node) string {
	if lang := n.Attr("lang"); isClass(lang) {
		return lang
	}
	for _, class := range strings.Fields(n.Attr("class")) {
		if lang, ok := strings.CutPrefix(class, "language-"); ok && isClass(lang) {
			return lang
		}
	}
	return ""
}

// codeText returns the content of a block of code, without an empty line at its
// start and white space at its end.
func codeText(n *cnxml.Node) []*cnxml.Node {
	out := slices.DeleteFunc(slices.Clone(n.Children), func(c *cnxml.Node) bool { return c.Is("title", "label") })
	trim := func(i int, cut func(string) string) {
		if len(out) > 0 && out[i].Space == cnxml.Text {
			own := *out[i]
			own.Data = cut(own.Data)
			out[i] = &own
		}
	}
	trim(0, func(s string) string {
		if first, rest, ok := strings.Cut(s, "\n"); ok && strings.TrimSpace(first) == "" {
			return rest
		}
		return s
	})
	trim(max(len(out)-1, 0), func(s string) string { return strings.TrimRight(s, " \t\r\n") })
	return out
}

func (r *renderer) linkGroup(n *cnxml.Node) {
	r.w.Element("ul", r.attrs(n, "link-group"), func() {
		for _, c := range n.Children {
			if c.Space != cnxml.Text {
				r.w.Element("li", nil, func() { r.node(c) })
			}
		}
	})
}
