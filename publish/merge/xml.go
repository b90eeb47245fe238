package merge

import (
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// parseXML reads an XML file into nodes that keep every byte. Files that are not
// well-formed are refused: nil.
func parseXML(s string) *node {
	_, faults := cnxml.Parse([]byte(s), cnxml.Limits{Faults: 1000})
	if slices.ContainsFunc(faults, func(f cnxml.Fault) bool { return f.Rule != "conflict-marker" }) || len(faults) > 0 && strings.Contains(s, "\n<<<<<<< ") {
		return nil
	}
	x := &xmlReader{s: s}
	root := &node{kind: "document", raw: s, flow: blocks}
	if strings.HasPrefix(s, "\ufeff") {
		x.at, x.space = len("\ufeff"), "\ufeff"
	}
	x.content(root)
	if x.at < len(s) {
		return nil
	}
	root.finish()
	return root
}

// xmlReader takes a file apart that is known to be well-formed.
type xmlReader struct {
	s     string
	at    int
	space string // since the last node
	exact bool   // in an element that keeps white space
}

// content reads what is in an element, up to its end tag, or the whole file.
func (x *xmlReader) content(n *node) {
	for x.at < len(x.s) {
		rest := x.s[x.at:]
		switch {
		case strings.HasPrefix(rest, "</"):
			settleFlow(n)
			return
		case strings.HasPrefix(rest, "<!--"):
			x.token(n, "comment", "-->")
		case strings.HasPrefix(rest, "<![CDATA["):
			x.token(n, "cdata", "]]>")
			n.flow = words
		case strings.HasPrefix(rest, "<?"):
			x.token(n, "instruction", "?>")
		case rest[0] == '<':
			x.element(n)
		default:
			x.text(n)
		}
	}
	settleFlow(n)
	n.end, x.space = x.space, ""
}

// settleFlow decides how the content of an element is merged: as a text if there is any
// text directly in it.
func settleFlow(n *node) {
	if slices.ContainsFunc(n.parts, func(p *node) bool { return p.kind == "word" || p.kind == "cdata" }) || slices.Contains(texts, local(n.kind)) || strings.HasPrefix(n.kind, "m:") {
		n.flow = words
	}
}

// texts are the elements that hold text, even where one version has none.
var texts = []string{"para", "title", "caption", "emphasis", "term", "link", "sub", "sup", "cite", "foreign", "quote", "code", "preformat", "math", "label", "meaning", "footnote"}

func local(name string) string { return name[strings.IndexByte(name, ':')+1:] }

func (x *xmlReader) token(n *node, kind, end string) {
	length := strings.Index(x.s[x.at:], end) + len(end)
	t := &node{kind: kind, space: x.space, raw: x.s[x.at : x.at+length], weight: apart, exact: x.exact && kind == "cdata"}
	n.parts = append(n.parts, t)
	x.space = ""
	x.at += length
}

func (x *xmlReader) text(n *node) {
	length := strings.IndexByte(x.s[x.at:], '<')
	if length < 0 {
		length = len(x.s) - x.at
	}
	s := x.s[x.at : x.at+length]
	x.at += length
	tokens, rest := splitWords(x.space+s, false)
	for _, t := range tokens {
		t.exact = x.exact
	}
	n.parts = append(n.parts, tokens...)
	x.space = rest
}

// element reads an element with all that is in it.
func (x *xmlReader) element(parent *node) {
	n := &node{space: x.space, flow: blocks, exact: x.exact}
	x.space = ""
	from := x.at
	n.open = x.startTag()
	n.kind = n.open.kind
	n.key = keyOf(n.open)
	if strings.HasSuffix(n.open.end, "/>") {
		n.raw = x.s[from:x.at]
		settleFlow(n)
		parent.parts = append(parent.parts, n)
		return
	}
	before := x.exact
	x.exact = x.exact || slices.Contains([]string{"code", "preformat", "pre"}, local(n.kind))
	x.content(n)
	x.exact = before
	length := strings.IndexByte(x.s[x.at:], '>') + 1
	n.end = x.space + x.s[x.at:x.at+length]
	x.at += length
	x.space = ""
	n.raw = x.s[from:x.at]
	if n.key == "" && local(n.kind) == "subcollection" {
		n.key = titleKey(n)
	}
	parent.parts = append(parent.parts, n)
}

// titleKey identifies a chapter of a collection by its title.
func titleKey(n *node) string {
	for _, p := range n.parts {
		if local(p.kind) == "title" {
			return "title " + strings.Join(strings.Fields(source(p.parts)), " ")
		}
	}
	return ""
}

// startTag reads a start tag: a node with the attributes as parts.
func (x *xmlReader) startTag() *node {
	from := x.at
	length := strings.IndexAny(x.s[x.at:], " \t\r\n/>")
	tag := &node{kind: x.s[x.at+1 : x.at+length], flow: blocks}
	x.at += length
	for {
		space := leadingSpace(x.s[x.at:], false)
		x.at += len(space)
		if c := x.s[x.at]; c == '>' || c == '/' {
			n := strings.IndexByte(x.s[x.at:], '>') + 1
			tag.end = space + x.s[x.at:x.at+n]
			x.at += n
			tag.raw = x.s[from:x.at]
			return tag
		}
		begin := x.at
		equals := strings.IndexByte(x.s[x.at:], '=')
		name := strings.TrimSpace(x.s[x.at : x.at+equals])
		x.at += equals + 1
		x.at += len(leadingSpace(x.s[x.at:], false))
		quote := x.s[x.at]
		n := strings.IndexByte(x.s[x.at+1:], quote)
		value := x.s[x.at+1 : x.at+1+n]
		x.at += n + 2
		a := &node{kind: "@" + name, space: space, raw: x.s[begin:x.at], weight: apart}
		a.hash = mix(hashOf(a.kind), hashOf(strings.Join(strings.Fields(value), " ")))
		tag.parts = append(tag.parts, a)
	}
}

// value is the text of an attribute between its quotes.
func value(a *node) string {
	v := strings.TrimSpace(a.raw[strings.IndexByte(a.raw, '=')+1:])
	return v[1 : len(v)-1]
}

// attribute is the value of the start tag's attribute; empty if it has none.
func attribute(tag *node, name string) string {
	for _, a := range tag.parts {
		if a.kind == "@"+name {
			return value(a)
		}
	}
	return ""
}

// keyOf is what identifies an element: its id, or what a table of contents names.
func keyOf(tag *node) string {
	switch local(tag.kind) {
	case "module":
		return attribute(tag, "document")
	case "book":
		return attribute(tag, "slug")
	}
	return attribute(tag, "id")
}
