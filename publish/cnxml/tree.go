// Package cnxml reads the text of a module into a typed tree, and checks it.
//
// Parse says what breaks the grammar of XML, Check what breaks that of CNXML,
// MathML, their metadata and collections. Both need one file and nothing else.
//
// The tree is the one form in which the rest of the program sees a module:
// CNXML is parsed into it element by element, and Markdown is converted into
// the same elements, so checking, numbering, rendering and exporting exist once.
//
// Parser and checks stay in one package: both report Faults, with the places in
// the one tree that the parser alone makes.
package cnxml

import (
	"strings"
	"unicode/utf8"
)

// Space says which vocabulary an element belongs to.
type Space uint8

// The vocabularies. Text marks a run of characters, which has no name.
const (
	Text    Space = iota
	CNXML         // http://cnx.rice.edu/cnxml
	MathML        // http://www.w3.org/1998/Math/MathML
	MDML          // http://cnx.rice.edu/mdml
	HTML          // elements that an author wrote as HTML in Markdown
	Other         // anything else; Attr and Children are kept
	CollXML       // http://cnx.rice.edu/collxml
)

// Pos is a place in a source file: line and column count from 1, the column in
// characters (not bytes). The zero Pos means that the place is not known.
type Pos struct {
	Line   int
	Column int
}

// Attr is an attribute. Space is empty for the usual attribute without a
// prefix, "xml" for xml:lang, and the namespace URI for any other.
type Attr struct {
	Space string
	Name  string
	Value string
	Pos   Pos // where the name begins
	End   Pos // just behind the closing quote
}

// Node is an element, or a run of text.
type Node struct {
	Space    Space
	Prefix   string // of the name as it is written; often empty
	Name     string // local name of the element; empty for text
	NS       string // namespace URI of the element; set for Other only
	Data     string // the characters of a text node, references resolved
	Attrs    []Attr
	Children []*Node
	Pos      Pos // where the start tag or the text begins
	End      Pos // just behind the element or the text
}

// Tag is the name of the element as it is written, with its prefix.
func (n *Node) Tag() string {
	if n.Prefix == "" {
		return n.Name
	}
	return n.Prefix + ":" + n.Name
}

// nameEnd is the place just behind the name in the start tag.
func (n *Node) nameEnd() Pos {
	return Pos{n.Pos.Line, n.Pos.Column + 1 + utf8.RuneCountInString(n.Tag())}
}

// Is reports whether n is a CNXML element with one of the names.
func (n *Node) Is(names ...string) bool {
	if n == nil || n.Space != CNXML {
		return false
	}
	for _, name := range names {
		if n.Name == name {
			return true
		}
	}
	return false
}

// Attr is the value of the attribute without a namespace, empty if absent.
func (n *Node) Attr(name string) string {
	v, _ := n.Lookup(name)
	return v
}

// Lookup is the value of the attribute without a namespace and whether it is there.
func (n *Node) Lookup(name string) (string, bool) {
	for i := range n.Attrs {
		if n.Attrs[i].Space == "" && n.Attrs[i].Name == name {
			return n.Attrs[i].Value, true
		}
	}
	return "", false
}

// ID is the id attribute.
func (n *Node) ID() string { return n.Attr("id") }

// Child is the first child element of CNXML with the name, or nil.
func (n *Node) Child(name string) *Node {
	for _, c := range n.Children {
		if c.Is(name) {
			return c
		}
	}
	return nil
}

// ChildIn is the first child element of the vocabulary with the name, or nil.
func (n *Node) ChildIn(space Space, name string) *Node {
	for _, c := range n.Children {
		if c.Space == space && c.Name == name {
			return c
		}
	}
	return nil
}

// Walk calls f for n and everything below it in document order; f returns
// false to leave out what is below the node.
func (n *Node) Walk(f func(*Node) bool) {
	if n == nil || !f(n) {
		return
	}
	for _, c := range n.Children {
		c.Walk(f)
	}
}

// PlainText is all text below n, joined, white space as it stands.
func (n *Node) PlainText() string {
	if n == nil {
		return ""
	}
	if n.Space == Text {
		return n.Data
	}
	var b []byte
	n.Walk(func(c *Node) bool {
		if c.Space == Text {
			b = append(b, c.Data...)
		}
		return true
	})
	return string(b)
}

// ReadableText is the text below n as it is read in another place, such as a
// title in a table of contents: line breaks and gaps are spaces, and footnotes
// and the annotations of formulas are left out.
func (n *Node) ReadableText() string {
	var b strings.Builder
	n.Walk(func(c *Node) bool {
		switch {
		case c.Space == Text:
			b.WriteString(c.Data)
		case c.Is("newline", "space"):
			b.WriteByte(' ')
		case c.Is("footnote"), c.Space == MathML && (c.Name == "annotation" || c.Name == "annotation-xml"):
			return false
		}
		return true
	})
	return b.String()
}

// IsBlank reports whether nothing of n would be seen: it is absent, or holds
// white space only.
func (n *Node) IsBlank() bool {
	if n == nil {
		return true
	}
	for _, c := range n.Children {
		if c.Space != Text || strings.TrimSpace(c.Data) != "" {
			return false
		}
	}
	return true
}
