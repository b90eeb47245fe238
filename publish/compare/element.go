package compare

import (
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// blocks are the elements that are compared as blocks. Everything else is part
// of a line of text, unless it holds a block.
var blocks = set(
	atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Caption, atom.Center, atom.Colgroup, atom.Dd, atom.Details,
	atom.Div, atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Form, atom.H1, atom.H2,
	atom.H3, atom.H4, atom.H5, atom.H6, atom.Header, atom.Hgroup, atom.Hr, atom.Li, atom.Main, atom.Menu, atom.Nav, atom.Ol, atom.P,
	atom.Pre, atom.Search, atom.Section, atom.Summary, atom.Table, atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead,
	atom.Tr, atom.Ul,
)

// wholes are the elements of a line that are one thing, never looked into.
var wholes = set(
	atom.Audio, atom.Br, atom.Button, atom.Canvas, atom.Embed, atom.Iframe, atom.Img, atom.Input, atom.Math, atom.Meter,
	atom.Object, atom.Picture, atom.Progress, atom.Ruby, atom.Script, atom.Select, atom.Style, atom.Svg, atom.Template,
	atom.Textarea, atom.Video,
)

// formatting are the elements of a line that say how its words are meant: a
// word that becomes an index is another one.
var formatting = set(
	atom.B, atom.Code, atom.Del, atom.Dfn, atom.Em, atom.I, atom.Ins, atom.Kbd, atom.Mark, atom.Q, atom.S, atom.Samp, atom.Small,
	atom.Strong, atom.Sub, atom.Sup, atom.U, atom.Var,
)

// filled are the elements that have to stay where they are in their parent, so
// that a mark stands within them.
var filled = set(atom.Li, atom.Dt, atom.Dd, atom.Td, atom.Th, atom.Caption, atom.Figcaption, atom.Summary)

// framing are the elements that hold nothing but filled ones or each other.
var framing = set(atom.Tr, atom.Thead, atom.Tbody, atom.Tfoot, atom.Colgroup)

func set(atoms ...atom.Atom) map[atom.Atom]bool {
	m := map[atom.Atom]bool{}
	for _, a := range atoms {
		m[a] = true
	}
	return m
}

func is(n *html.Node, a ...atom.Atom) bool {
	if n == nil || n.Type != html.ElementNode || n.Namespace != "" {
		return false
	}
	for _, one := range a {
		if n.DataAtom == one {
			return true
		}
	}
	return false
}

func in(n *html.Node, kinds map[atom.Atom]bool) bool {
	return n.Type == html.ElementNode && n.Namespace == "" && kinds[n.DataAtom]
}

// isWhole reports whether the element is one thing: formulas and drawings stand
// in name spaces of their own.
func isWhole(n *html.Node) bool {
	return n.Type == html.ElementNode && (n.Namespace != "" || in(n, wholes))
}

func attribute(n *html.Node, key string) string {
	for i := range n.Attr {
		if n.Attr[i].Key == key && n.Attr[i].Namespace == "" {
			return n.Attr[i].Val
		}
	}
	return ""
}

// shell is the element without what is in it.
func shell(n *html.Node) *html.Node {
	return &html.Node{Type: n.Type, DataAtom: n.DataAtom, Data: n.Data, Namespace: n.Namespace, Attr: n.Attr}
}

func element(a atom.Atom, attrs ...string) *html.Node {
	n := &html.Node{Type: html.ElementNode, DataAtom: a, Data: a.String()}
	for i := 0; i+1 < len(attrs); i += 2 {
		if attrs[i+1] != "" {
			n.Attr = append(n.Attr, html.Attribute{Key: attrs[i], Val: attrs[i+1]})
		}
	}
	return n
}

func text(s string) *html.Node { return &html.Node{Type: html.TextNode, Data: s} }

func take(n *html.Node) *html.Node {
	if n.Parent != nil {
		n.Parent.RemoveChild(n)
	}
	return n
}
