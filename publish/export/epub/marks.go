package epub

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/rhaptos/rhaptos/publish/export/content"
	"github.com/rhaptos/rhaptos/publish/listmark"
	"github.com/rhaptos/rhaptos/publish/messages"
)

// Style sheets draw marks of lists by @counter-style and by strings (CSS Counter
// Styles 3, CSS Lists 3). EPUB 3.2 asks that of no reading system (Content
// Documents, section 4.4), and those that do not know it show "1." for "(a)". So
// the marks that CSS 2.1 does not have are text in an EPUB.

// writeMarks writes such marks of the lists below n. The language is that around
// n.
func writeMarks(n *html.Node, language string) {
	language = cmp.Or(content.Attribute(n, "lang"), language)
	if kind, drawn := drawnMark(n); drawn {
		markItems(n, kind, language)
	}
	for c := range n.ChildNodes() {
		if c.Type == html.ElementNode {
			writeMarks(c, language)
		}
	}
}

// drawnMark is the class by which a style sheet draws the marks of a list, if that
// takes more than CSS 2.1.
func drawnMark(n *html.Node) (kind string, drawn bool) {
	if content.HasClass(n, "mark-own") || slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "reversed" }) {
		return "", false
	}
	var kinds []string
	switch n.DataAtom {
	case atom.Ol:
		kinds = []string{listmark.Paren, listmark.Parens, listmark.Bare, listmark.Circled, listmark.Stepwise}
	case atom.Ul:
		kinds = []string{"bullet-dash", "bullet-asterisk", "bullet-section", "bullet-pilcrow", "bullet-rpilcrow"}
	}
	i := slices.IndexFunc(kinds, func(k string) bool { return content.HasClass(n, k) })
	if i < 0 {
		return "", false
	}
	return kinds[i], true
}

// markItems writes the marks of a list of a kind into its items, as render does
// for marks that no style sheet has.
func markItems(list *html.Node, kind, language string) {
	style := ""
	for _, s := range []string{"lower-alpha", "upper-alpha", "lower-roman", "upper-roman"} {
		if content.HasClass(list, s) {
			style = s
		}
	}
	number := count(list, "start", 1)
	for item := range list.ChildNodes() {
		if item.DataAtom != atom.Li {
			continue
		}
		text := listmark.Bullets[kind]
		if list.DataAtom == atom.Ol {
			number = count(item, "value", number)
			text = listmark.Numbered(kind, style, messages.For(language).Page.Step, number)
			number++
		}
		mark := content.NewElement(atom.Span, html.Attribute{Key: "class", Val: "mark"})
		mark.AppendChild(content.NewText(text))
		item.InsertBefore(content.NewText(" "), item.FirstChild)
		item.InsertBefore(mark, item.FirstChild)
	}
	setAttribute(list, "class", strings.TrimSpace(content.Attribute(list, "class")+" mark-own"))
	setAttribute(list, "role", "list")
	list.Attr = slices.DeleteFunc(list.Attr, func(a html.Attribute) bool { return a.Key == "start" || a.Key == "type" })
}

// count is a number in an attribute, or another if there is none.
func count(n *html.Node, attribute string, usual int) int {
	if v, err := strconv.Atoi(content.Attribute(n, attribute)); err == nil && -1_000_000 <= v && v <= 1_000_000 {
		return v
	}
	return usual
}

func setAttribute(n *html.Node, key, value string) {
	for i := range n.Attr {
		if n.Attr[i].Key == key && n.Attr[i].Namespace == "" {
			n.Attr[i].Val = value
			return
		}
	}
	n.Attr = append(n.Attr, html.Attribute{Key: key, Val: value})
}
