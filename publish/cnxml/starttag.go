package cnxml

import (
	"bytes"
	"slices"
)

// attribute is one of the start tag being read.
type attribute struct {
	name    []byte // as written
	value   string
	at, end int // from the name to behind the closing quote
}

// startTag reads a start tag or the tag of an empty element (XML 1.0, section
// 3.1).
func (p *parser) startTag() {
	at := p.at
	end := nameEnd(p.data, at+1)
	if end == at+1 && has(p.data[at:], "<<<<<<< ") && (at == 0 || p.data[at-1] == '\n') {
		if length := bytes.IndexByte(p.data[at:], '\n'); length >= 0 {
			p.at += length
		} else {
			p.at = len(p.data)
		}
		p.fault("conflict-marker", at, p.at, "a merge left a conflict here; write what is right and remove the lines that begin with <<<<<<<, |||||||, ======= and >>>>>>>")
		return
	}
	if end == at+1 {
		p.replace("xml-malformed", at, at+1, "&lt;", "< is not allowed here; write &lt;")
		if p.at++; len(p.open) > 0 {
			p.beginText(at)
			p.text = append(p.text, '<')
			p.textEnd = p.cursor.At(p.at)
		}
		return
	}
	name := p.data[at+1 : end]
	switch {
	case len(p.open) >= p.limits.Depth:
		p.stop("xml-limit", at, end, "elements are nested deeper than %d levels; make the file simpler", p.limits.Depth)
	case p.elements >= p.limits.Elements:
		p.stop("xml-limit", at, end, "the file has more than %d elements; split it", p.limits.Elements)
	}
	if p.stopped {
		return
	}
	p.elements++
	p.flushText()
	p.at = end
	empty := p.readAttributes(at)
	if p.stopped {
		return
	}
	p.begin(name, at)
	if empty {
		p.endElement(p.at)
	}
}

// readAttributes reads up to the end of the tag that begins at the offset. It
// returns true for an empty element. Where the tag breaks the grammar, it says
// so and reads on behind; from what makes no sense at all, to the end of the tag
// in silence.
func (p *parser) readAttributes(tag int) (empty bool) {
	p.attrs, p.lost, p.torn = p.attrs[:0], false, false
	faults := len(p.faults)
	for !p.stopped {
		before := p.at
		p.skipSpace()
		if p.at == len(p.data) {
			p.stop("xml-malformed", tag, tag+1, "the file ends inside of the tag that begins here")
			return false
		}
		switch c := p.data[p.at]; {
		case c == '>':
			p.at++
			return false
		case c == '/' && has(p.data[p.at:], "/>"):
			p.at += len("/>")
			return true
		case c == '<':
			p.faults = p.faults[:faults] // what seemed to be attributes is the text behind the tag
			p.fault("xml-malformed", tag, nameEnd(p.data, tag+1), "the tag is not closed before the next begins; add >")
			p.torn = true
			return false
		case len(p.attrs) == p.limits.Attributes:
			p.stop("xml-limit", tag, tag+1, "the element has more than %d attributes", p.limits.Attributes)
			return false
		}
		name := p.at
		p.at = nameEnd(p.data, name)
		if p.at == name {
			p.skipJunk(name)
			continue
		}
		if name == before && !p.lost {
			p.replace("xml-malformed", name, name, " ", "white space is missing before the attribute")
		}
		p.readValue(name, p.at)
	}
	return false
}

func (p *parser) skipSpace() {
	for p.at < len(p.data) && isSpace(p.data[p.at]) {
		p.at++
	}
}

// loseWay reports that what stands in a tag makes no sense, once a tag.
func (p *parser) loseWay(at, end int, format string, args ...any) {
	if !p.lost {
		p.fault("xml-malformed", at, end, format, args...)
	}
	p.lost = true
}

// skipJunk passes over what can be no attribute.
func (p *parser) skipJunk(at int) {
	for p.at++; p.at < len(p.data) && !isSpace(p.data[p.at]) && p.data[p.at] != '>' && p.data[p.at] != '<' && !has(p.data[p.at:], "/>"); p.at++ {
	}
	p.loseWay(at, p.at, "%s is no attribute; write name=\"value\", or remove it", Quote(string(p.data[at:p.at])))
}

// readValue reads what follows the name of an attribute.
func (p *parser) readValue(name, end int) {
	p.skipSpace()
	if p.at == len(p.data) || p.data[p.at] != '=' {
		p.at = end
		p.excuse(name, end)
		p.loseWay(name, end, `the attribute %s has no value; write %[1]s="..."`, Escape(string(p.data[name:end])))
		return
	}
	p.at++
	p.skipSpace()
	if p.at == len(p.data) {
		return
	}
	from := p.at
	quote := p.data[from]
	if quote != '"' && quote != '\'' {
		p.unquotedValue(name, end)
		return
	}
	from++
	length := bytes.IndexByte(p.data[from:], quote)
	if length < 0 || opensAnother(p.data[from:], length) {
		p.unclosedValue(name, end, length)
		return
	}
	p.at = from + length + 1
	p.value = p.decode(p.value[:0], from, from+length, true)
	p.attrs = append(p.attrs, attribute{p.data[name:end], p.word(p.value), name, p.at})
}

// excuse keeps a prefix from being reported as not declared, if the declaration
// is what has been reported.
func (p *parser) excuse(name, end int) {
	if prefix, ok := declares(p.data[name:end]); ok {
		p.unbound[string(prefix)] = true
	}
}

// unquotedValue passes over a value without quotes; all of it, if only the
// first one is missing.
func (p *parser) unquotedValue(name, end int) {
	from := p.at
	p.excuse(name, end)
	for p.at < len(p.data) && !isSpace(p.data[p.at]) && !bytes.ContainsRune([]byte("<>\"'"), rune(p.data[p.at])) {
		p.at++
	}
	stop := p.at
	if i := bytes.IndexAny(p.data[p.at:], "\"'<>="); i >= 0 && (p.data[p.at+i] == '"' || p.data[p.at+i] == '\'') {
		p.at += i + 1
		stop = p.at - 1
	}
	if p.lost {
		return
	}
	value := string(p.data[from:stop])
	p.replace("xml-malformed", from, p.at, `"`+value+`"`, "the value of the attribute %s has no quotes; write %[1]s=%s",
		Escape(string(p.data[name:end])), Quote(value))
}

// opensAnother reports whether the quote at the offset is the first one of
// another value, and that of this one was never closed: what is behind it can
// follow no value, and what is before it holds a tag, or ends as an attribute
// begins.
func opensAnother(value []byte, quote int) bool {
	if quote+1 < len(value) && bytes.IndexByte([]byte(" \t\r\n>/"), value[quote+1]) >= 0 {
		return false
	}
	return bytes.IndexByte(value[:quote], '<') >= 0 || bytes.HasSuffix(bytes.TrimRight(value[:quote], " \t\r\n"), []byte("="))
}

// unclosedValue goes on where the next attribute seems to begin, or else at the
// end of the tag, or of the line. A quote that may open another value is length
// behind; -1 if there is none.
func (p *parser) unclosedValue(name, end, length int) {
	from := p.at + 1
	p.excuse(name, end)
	p.fault("xml-malformed", name, from, "the value of the attribute %s is never closed; add the quote", Escape(string(p.data[name:end])))
	if length >= 0 && bytes.IndexByte(p.data[from:from+length], '<') < 0 {
		next := bytes.TrimRight(p.data[from:from+length], "= \t\r\n")
		if space := bytes.LastIndexAny(next, " \t\r\n"); space >= 0 {
			p.at = from + space
			return
		}
	}
	stop := bytes.IndexAny(p.data[from:], ">\n")
	if stop < 0 {
		p.stopped = true
		return
	}
	if p.at = from + stop; p.data[p.at] == '>' && p.data[p.at-1] == '/' && p.at-1 >= from {
		p.at--
	}
}

// binding is the namespace bound to a prefix.
type binding struct {
	uri   string
	space Space
}

// begin opens the element that has been read.
func (p *parser) begin(tag []byte, at int) {
	n := &p.nodes.take(1)[0]
	n.Pos = p.cursor.At(at)
	if len(p.open) == 0 {
		switch {
		case p.root == nil:
			p.root = n
		case !p.second:
			p.second = true
			p.fault("xml-root", at, at+1+len(tag), "a second element <%s> follows the root element; a file has one", Escape(string(tag)))
		}
	} else {
		p.children = append(p.children, n)
	}
	e := element{node: n, tag: tag, torn: p.torn, children: len(p.children)}
	declarations := 0
	for _, a := range p.attrs {
		if prefix, ok := declares(a.name); ok {
			declarations++
			p.declare(&e, string(prefix), a)
		}
	}
	p.name(n, tag, at)
	if len(p.attrs) > declarations {
		p.attributes(n, len(p.attrs)-declarations)
	}
	p.open = append(p.open, e)
}

// declares reports which prefix an attribute binds, if it is a declaration.
func declares(name []byte) (prefix []byte, ok bool) {
	if !has(name, "xmlns") {
		return nil, false
	}
	if len(name) == len("xmlns") {
		return nil, true
	}
	prefix, ok = bytes.CutPrefix(name, []byte("xmlns:"))
	return prefix, ok && nameEnd(prefix, 0) == len(prefix) && len(prefix) > 0 && !bytes.Contains(prefix, []byte(":"))
}

// declare binds a prefix for the element and what is in it (Namespaces in XML
// 1.0, section 3).
func (p *parser) declare(e *element, prefix string, a attribute) {
	switch {
	case slices.Contains(e.declared, prefix):
		p.fault("xml-attribute-twice", a.at, a.end, "%s occurs twice in one element; remove one", Escape(string(a.name)))
		return
	case prefix == "xmlns", (prefix == "xml") != (a.value == namespaceXML), a.value == namespaceXMLNS:
		p.fault("xml-namespace", a.at, a.end, "the prefixes xml and xmlns and their namespaces are reserved; remove the declaration")
		return
	case prefix != "" && a.value == "":
		p.fault("xml-namespace", a.at, a.end, "the prefix %s is declared without a namespace; write its address", Quote(prefix))
		return
	}
	e.declared = append(e.declared, prefix)
	p.prefixes[prefix] = append(p.prefixes[prefix], binding{a.value, spaces[a.value]})
}

// spaces are the vocabularies by namespace; any other one is Other.
var spaces = map[string]Space{
	NamespaceCNXML: CNXML, NamespaceMathML: MathML, NamespaceMDML: MDML, NamespaceCollXML: CollXML,
}

func (p *parser) resolve(prefix []byte) (bound binding, ok bool) {
	all := p.prefixes[string(prefix)]
	if len(all) == 0 {
		return binding{}, false
	}
	return all[len(all)-1], true
}

// name sets what the element is called.
func (p *parser) name(n *Node, tag []byte, at int) {
	prefix, local, ok := splitName(tag)
	if !ok {
		p.fault("xml-namespace", at, at+1+len(tag), "the name %s is not one, or two with a colon between; correct it", Quote(string(tag)))
	}
	n.Name = p.intern(local)
	if len(prefix) > 0 {
		n.Prefix = p.intern(prefix)
	}
	bound, ok := p.resolve(prefix)
	if !ok {
		p.unboundPrefix(prefix, at, at+1+len(tag))
	}
	n.Space = bound.space
	if n.Space == Text || n.Space == Other {
		n.Space, n.NS = Other, bound.uri
	}
}

// unboundPrefix reports a prefix, once: one declaration fixes all.
func (p *parser) unboundPrefix(prefix []byte, at, end int) {
	if p.unbound[string(prefix)] {
		return
	}
	p.unbound[string(prefix)] = true
	word := Escape(string(prefix))
	known := map[string]string{"m": NamespaceMathML, "md": NamespaceMDML, "c": NamespaceCNXML, "col": NamespaceCollXML}[word]
	if known == "" {
		known = "..."
	}
	p.fault("xml-namespace", at, end, `the prefix %s is not declared; add xmlns:%[1]s="%s" to the root element`, word, known)
}

// attributes fills n.Attrs with those that are not namespace declarations.
func (p *parser) attributes(n *Node, count int) {
	n.Attrs = p.attrSlab.take(count)[:0]
	var seen map[[2]string]bool
	if count > 16 { // comparing few of them one by one is faster
		seen = make(map[[2]string]bool, count)
	}
	for _, a := range p.attrs {
		if _, ok := declares(a.name); ok {
			continue
		}
		prefix, local, ok := splitName(a.name)
		attr := Attr{Name: p.intern(local), Value: a.value, Pos: p.cursor.At(a.at), End: p.cursor.At(a.end)}
		switch bound, known := p.resolve(prefix); {
		case !ok:
			p.fault("xml-namespace", a.at, a.end, "the name %s is not one, or two with a colon between; correct it", Quote(string(a.name)))
		case len(prefix) == 0:
		case string(prefix) == "xml":
			attr.Space = "xml"
		case !known:
			p.unboundPrefix(prefix, a.at, a.end)
			attr.Space = string(prefix) + ":" // two that are not bound are not the same
		default:
			attr.Space = bound.uri
		}
		if twice(n.Attrs, attr, seen) {
			p.fault("xml-attribute-twice", a.at, a.end, "the attribute %s occurs twice in one element; remove one", Escape(string(a.name)))
			continue
		}
		n.Attrs = append(n.Attrs, attr)
	}
}

func twice(attrs []Attr, attr Attr, seen map[[2]string]bool) bool {
	if seen == nil {
		return slices.ContainsFunc(attrs, func(a Attr) bool { return a.Name == attr.Name && a.Space == attr.Space })
	}
	key := [2]string{attr.Space, attr.Name}
	known := seen[key]
	seen[key] = true
	return known
}

// endElement closes the innermost element, which ends at the offset.
func (p *parser) endElement(end int) {
	p.flushText()
	e := p.open[len(p.open)-1]
	p.open = p.open[:len(p.open)-1]
	e.node.End = p.cursor.At(end)
	if own := p.children[e.children:]; len(own) > 0 {
		e.node.Children = p.lists.take(len(own))
		copy(e.node.Children, own)
		p.children = p.children[:e.children]
	}
	for _, prefix := range e.declared {
		bound := p.prefixes[prefix]
		p.prefixes[prefix] = bound[:len(bound)-1]
	}
}
