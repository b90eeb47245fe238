package cnxml

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
)

func (p *parser) startElement(t xml.StartElement, at int) {
	p.flushText()
	n := p.newNode()
	n.Pos = p.cursor.At(at)
	p.elements++
	if len(p.open) == 0 {
		if p.root != nil {
			p.fault(at, "a second element <%s> follows the root element; a file has one", written(t.Name))
		}
		p.root = n
	} else {
		parent := p.open[len(p.open)-1].node
		parent.Children = append(parent.Children, n)
	}
	e := element{node: n, name: t.Name}
	for i, a := range t.Attr {
		if prefix, ok := declares(a.Name); ok {
			p.declare(&e, prefix, a.Value, p.offset(i, at))
		}
	}
	p.name(n, t.Name, at)
	p.attributes(n, t.Attr, len(e.declared), at)
	p.open = append(p.open, e)
}

func (p *parser) newNode() *Node {
	if len(p.slab) == 0 {
		p.slab = make([]Node, 128)
	}
	n := &p.slab[0]
	p.slab = p.slab[1:]
	return n
}

// offset is the place of the attribute with the number.
func (p *parser) offset(i, tag int) int {
	if i < len(p.spans) {
		return p.spans[i].name
	}
	return tag
}

// declares reports which prefix an attribute binds, if it is a declaration.
func declares(name xml.Name) (prefix string, ok bool) {
	if name.Space == "xmlns" {
		return name.Local, true
	}
	return "", name.Space == "" && name.Local == "xmlns"
}

// declare binds a prefix for the element and what is below it (Namespaces in
// XML 1.0, section 3).
func (p *parser) declare(e *element, prefix, uri string, at int) {
	switch {
	case slices.Contains(e.declared, prefix):
		p.fault(at, "the prefix %s is declared twice in one element", Quote(prefix))
		return
	case prefix == "xmlns", (prefix == "xml") != (uri == namespaceXML), uri == namespaceXMLNS:
		p.fault(at, "the prefixes xml and xmlns and their namespaces are reserved; remove the declaration")
		return
	case prefix != "" && uri == "":
		p.fault(at, "the prefix %s is declared without a namespace", Quote(prefix))
		return
	}
	e.declared = append(e.declared, prefix)
	p.prefixes[prefix] = append(p.prefixes[prefix], p.intern(uri))
}

func (p *parser) resolve(prefix string) (uri string, ok bool) {
	bound := p.prefixes[prefix]
	if len(bound) == 0 {
		return "", false
	}
	return bound[len(bound)-1], true
}

func (p *parser) name(n *Node, name xml.Name, at int) {
	uri, ok := p.resolve(name.Space)
	switch {
	case strings.Contains(name.Local, ":"):
		p.fault(at, "a colon in the name %s does not follow a prefix", Quote(name.Local))
	case !ok:
		p.fault(at, "the prefix of <%s> is not declared; add xmlns:%s", written(name), Escape(name.Space))
	}
	n.Name = p.intern(name.Local)
	switch uri {
	case NamespaceCNXML:
		n.Space = CNXML
	case NamespaceMathML:
		n.Space = MathML
	case NamespaceMDML:
		n.Space = MDML
	default:
		n.Space, n.NS = Other, uri
	}
}

// attributes fills n.Attrs with those that are not namespace declarations.
func (p *parser) attributes(n *Node, attrs []xml.Attr, declarations, tag int) {
	if len(attrs) <= declarations {
		return
	}
	n.Attrs = make([]Attr, 0, len(attrs)-declarations)
	seen := p.seenSet(len(attrs))
	for i, a := range attrs {
		if _, ok := declares(a.Name); ok {
			continue
		}
		at := p.offset(i, tag)
		attr := Attr{Name: p.intern(a.Name.Local), Value: p.normalise(a.Value, i), Pos: p.cursor.At(at)}
		if i < len(p.spans) {
			attr.End = p.cursor.At(p.spans[i].end + 1)
		}
		switch uri, ok := p.resolve(a.Name.Space); {
		case a.Name.Space == "xml":
			attr.Space = "xml"
		case a.Name.Space == "":
		case !ok:
			p.fault(at, "the prefix of the attribute %s is not declared; add xmlns:%s", written(a.Name), Escape(a.Name.Space))
		default:
			attr.Space = uri
		}
		if strings.Contains(a.Name.Local, ":") {
			p.fault(at, "a colon in the name %s does not follow a prefix", Quote(a.Name.Local))
		}
		if duplicate(n.Attrs, attr, seen) {
			p.fault(at, "the attribute %s stands twice in one element", written(a.Name))
			continue
		}
		n.Attrs = append(n.Attrs, attr)
	}
}

// seenSet is nil for the few attributes that usual elements have: comparing
// them one by one is faster.
func (p *parser) seenSet(n int) map[[2]string]bool {
	if n <= 16 {
		return nil
	}
	return make(map[[2]string]bool, n)
}

func duplicate(attrs []Attr, attr Attr, seen map[[2]string]bool) bool {
	if seen == nil {
		return slices.ContainsFunc(attrs, func(a Attr) bool { return a.Name == attr.Name && a.Space == attr.Space })
	}
	key := [2]string{attr.Space, attr.Name}
	known := seen[key]
	seen[key] = true
	return known
}

// normalise replaces the white space that stands literally in a value by
// blanks; white space that is written as a character reference stays.
func (p *parser) normalise(value string, i int) string {
	if i >= len(p.spans) {
		return value
	}
	raw := p.data[p.spans[i].value:p.spans[i].end]
	if !bytes.ContainsAny(raw, "\t\n\r") || bytes.Contains(raw, []byte("&#")) {
		return value
	}
	return strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' {
			return ' '
		}
		return r
	}, value)
}

func (p *parser) intern(s string) string {
	if known, ok := p.names[s]; ok {
		return known
	}
	p.names[s] = s
	return s
}

// endElement closes the innermost element. It returns false if the tag does
// not fit, since nothing behind it would be where its author meant it.
func (p *parser) endElement(t xml.EndElement, at, end int) bool {
	p.flushText()
	if len(p.open) == 0 {
		p.fault(at, "</%s> closes an element that was never opened; remove it", written(t.Name))
		return false
	}
	e := p.open[len(p.open)-1]
	if e.name != t.Name {
		opened := e.node.Pos
		p.faults = append(p.faults, Fault{Pos: p.cursor.At(at), Opened: opened,
			Message: fmt.Sprintf("</%s> closes <%s>, which opens at line %d, column %d; close that first",
				written(t.Name), written(e.name), opened.Line, opened.Column)})
		return false
	}
	e.node.End = p.cursor.At(end)
	for _, prefix := range e.declared {
		bound := p.prefixes[prefix]
		p.prefixes[prefix] = bound[:len(bound)-1]
	}
	p.open = p.open[:len(p.open)-1]
	return true
}

func (p *parser) characters(t xml.CharData, at, end int, cdata bool) {
	if len(p.open) == 0 {
		if blank := len(bytes.TrimLeft(t, " \t\n\r")) == 0; cdata || !blank {
			where := "before"
			if p.root != nil {
				where = "after"
			}
			if !cdata {
				at += len(p.data[at:end]) - len(bytes.TrimLeft(p.data[at:end], " \t\n\r"))
			}
			p.fault(at, "there is text %s the root element; remove it", where)
		}
		return
	}
	if len(t) == 0 {
		return
	}
	if len(p.text) == 0 {
		p.textPos = p.cursor.At(at)
	}
	p.text = append(p.text, t...)
	p.textEnd = p.cursor.At(end)
}

func (p *parser) flushText() {
	if len(p.text) == 0 {
		return
	}
	n := p.newNode()
	n.Data, n.Pos, n.End = string(p.text), p.textPos, p.textEnd
	parent := p.open[len(p.open)-1].node
	parent.Children = append(parent.Children, n)
	p.text = p.text[:0]
}
