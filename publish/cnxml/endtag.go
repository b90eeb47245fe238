package cnxml

import (
	"bytes"
	"fmt"
	"slices"
)

// endTag reads an end tag. One that does not fit is reported, and read in the way
// that leaves most of what follows in order.
func (p *parser) endTag() {
	at, from := p.at, p.at+len("</")
	stop := nameEnd(p.data, from)
	name := p.data[from:stop]
	p.at = stop
	p.skipSpace()
	switch {
	case len(name) == 0:
		p.replace("xml-malformed", at, from, "&lt;/", "</ is not allowed here; name the element that it closes, or write &lt;/")
		return
	case p.at == len(p.data):
		p.stop("xml-malformed", at, from, "the file ends inside of the tag that begins here")
		return
	case p.data[p.at] == '>':
		p.at++
	default:
		name = p.brokenEnd(name, at)
	}
	p.flushText()
	if n := len(p.open); n > 0 {
		if e := p.open[n-1]; bytes.Equal(e.tag, name) || e.torn && bytes.HasPrefix(e.tag, name) {
			p.endElement(p.at)
			return
		}
	}
	p.repair(name, at)
}

// brokenEnd reads on from an end tag that goes on behind its name, or is never
// closed. Then what follows is text, and may be glued to the name.
func (p *parser) brokenEnd(name []byte, at int) []byte {
	if end := bytes.IndexAny(p.data[p.at:], "<>"); end >= 0 && p.data[p.at+end] == '>' {
		p.at += end + 1
		p.fault("xml-malformed", at, p.at, "an end tag holds a name and nothing else; write </%s>", Escape(string(name)))
		return name
	}
	if n := len(p.open); n > 0 && bytes.HasPrefix(name, p.open[n-1].tag) {
		name = p.open[n-1].tag
	}
	p.at = at + len("</") + len(name)
	p.replace("xml-malformed", at, p.at, "</"+string(name)+">", "the end tag </%s is not closed; add >", Escape(string(name)))
	return name
}

// repair reports an end tag that does not close the innermost element, and
// decides what its author meant: to close an element further out (then those
// within were left open), to close the innermost one (then the name is wrong),
// or nothing (then it is left over). The reading in which most of the next end
// tags fit is the right one.
func (p *parser) repair(name []byte, at int) {
	if i := slices.Index(p.swallow, string(name)); i >= 0 {
		p.swallow = slices.Delete(p.swallow, i, i+1)
		return
	}
	next := p.upcoming()
	leftOver := fitting(p.open, next, nil)
	renamed := -1
	if n := len(p.open); n > 0 {
		renamed = fitting(p.open[:n-1], next, nil)
	}
	outer, further := p.find(name), -1
	if outer >= 0 {
		further = fitting(p.open[:outer], next, p.open[outer+1:])
	}
	word := Escape(string(name))
	switch {
	case further >= 0 && further >= leftOver && further >= renamed:
		p.leftOpen(name, outer, at)
	case renamed > leftOver:
		inner := p.open[len(p.open)-1]
		p.replace("xml-malformed", at, p.at, "</"+string(inner.tag)+">", "</%s> stands where <%s>, opened at line %d, is to be closed; write </%[2]s>",
			word, Escape(string(inner.tag)), inner.node.Pos.Line)
		p.endElement(p.at)
	case len(p.open) == 0 && p.second: // its start tag is missing, so there were several roots
	default:
		p.fault("xml-malformed", at, p.at, "</%s> closes an element that is not open; remove it", word)
	}
}

// leftOpen closes the element with the index, and reports those within it.
func (p *parser) leftOpen(name []byte, outer, at int) {
	var missing string
	p.swallow = p.swallow[:0]
	for _, e := range slices.Backward(p.open[outer+1:]) {
		missing += "</" + string(e.tag) + ">"
		p.swallow = append(p.swallow, string(e.tag))
	}
	inner := p.open[len(p.open)-1]
	message := fmt.Sprintf("<%s>, opened at line %d, is not closed before </%s>; add %s",
		Escape(string(inner.tag)), inner.node.Pos.Line, Escape(string(name)), Escape(missing))
	p.replace("xml-malformed", at, p.at, missing+string(p.data[at:p.at]), "%s", message)
	for len(p.open) > outer {
		p.endElement(p.at)
	}
}

// find is the index of the innermost open element with the name, or -1.
func (p *parser) find(name []byte) int {
	for i, e := range slices.Backward(p.open) {
		if bytes.Equal(e.tag, name) {
			return i
		}
	}
	return -1
}

// ahead is the number of end tags that repair looks ahead.
const ahead = 8

// fitting counts how many of the next end tags close what is open, one after
// the other. Those that were left open may come late, once each. Nothing left
// open at the end of the file fits as well as a tag.
func fitting(open []element, next [][]byte, late []element) int {
	fit := 0
	waiting := slices.Clone(late)
	for _, name := range next {
		if n := len(open); n > 0 && bytes.Equal(open[n-1].tag, name) {
			open = open[:n-1]
			fit++
			continue
		}
		i := slices.IndexFunc(waiting, func(e element) bool { return bytes.Equal(e.tag, name) })
		if i < 0 {
			return fit
		}
		waiting = slices.Delete(waiting, i, i+1)
	}
	if len(next) < ahead && len(open) == 0 {
		fit++
	}
	return fit
}

// upcoming is the names in the next end tags that close nothing that begins
// behind here.
func (p *parser) upcoming() [][]byte {
	var next, inside [][]byte
	for at := p.at; at < len(p.data) && len(next) < ahead; {
		name, kind, end := scanTag(p.data, at)
		at = end
		switch kind {
		case '<':
			inside = append(inside, name)
		case '/':
			i := len(inside) - 1
			for i >= 0 && !bytes.Equal(inside[i], name) {
				i--
			}
			if i >= 0 {
				inside = inside[:i]
			} else {
				next = append(next, name)
			}
		}
	}
	return next
}

// scanTag finds the next tag at or after the offset, without checking it. kind
// is '<' for a start tag, '/' for an end tag, and 0 for anything else.
func scanTag(data []byte, at int) (name []byte, kind byte, end int) {
	length := bytes.IndexByte(data[at:], '<')
	if length < 0 {
		return nil, 0, len(data)
	}
	at += length
	for _, span := range [][2]string{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}} {
		if !has(data[at:], span[0]) {
			continue
		}
		if length := bytes.Index(data[at:], []byte(span[1])); length >= 0 {
			return nil, 0, at + length + len(span[1])
		}
		return nil, 0, len(data)
	}
	kind, from := byte('<'), at+1
	if has(data[at:], "</") {
		kind, from = '/', at+2
	}
	end = nameEnd(data, from)
	name = data[from:end]
	if len(name) == 0 {
		return nil, 0, from
	}
	for ; end < len(data); end++ {
		switch c := data[end]; c {
		case '"', '\'':
			if length := bytes.IndexByte(data[end+1:], c); length >= 0 && kind == '<' {
				end += length + 1
			}
		case '<':
			return name, kind, end
		case '>':
			if data[end-1] == '/' && kind == '<' {
				kind = 0
			}
			return name, kind, end + 1
		}
	}
	return name, kind, len(data)
}
