package content

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Find is the first element of the kind at or below n, nil if there is none.
func Find(n *html.Node, kind atom.Atom) *html.Node {
	if n.DataAtom == kind && n.Type == html.ElementNode {
		return n
	}
	for c := range n.ChildNodes() {
		if found := Find(c, kind); found != nil {
			return found
		}
	}
	return nil
}

// Text returns the text at and below n.
func Text(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// Attribute is the value of an attribute, empty if there is none.
func Attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name && a.Namespace == "" {
			return a.Val
		}
	}
	return ""
}

// HasClass reports whether an element has the class.
func HasClass(n *html.Node, class string) bool {
	return slices.Contains(strings.Fields(Attribute(n, "class")), class)
}

// HoldsSections reports whether n is a mere wrapper around sections.
func HoldsSections(n *html.Node) bool {
	if n.DataAtom != atom.Div {
		return false
	}
	for c := range n.ChildNodes() {
		if c.DataAtom == atom.Section {
			return true
		}
	}
	return false
}

// NewElement returns an element of HTML.
func NewElement(kind atom.Atom, attrs ...html.Attribute) *html.Node {
	return &html.Node{Type: html.ElementNode, Data: kind.String(), DataAtom: kind, Attr: attrs}
}

// NewText returns a node of text.
func NewText(s string) *html.Node { return &html.Node{Type: html.TextNode, Data: s} }

// Unescape undoes the percent-encoding of a path; one that is not valid stays as it is.
func Unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}
