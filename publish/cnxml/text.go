package cnxml

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strconv"
)

// characters reads a run of text.
func (p *parser) characters(at, end int) {
	if len(p.open) == 0 {
		raw := p.data[at:end]
		blank := len(raw) - len(bytes.TrimLeft(raw, " \t\n\r"))
		if blank < len(raw) {
			p.outside(at+blank, at+len(bytes.TrimRight(raw, " \t\n\r")))
		}
		return
	}
	p.beginText(at)
	p.text = p.decode(p.text, at, end, false)
	p.textEnd = p.cursor.At(end)
}

// outside reports text that no element holds, once a file.
func (p *parser) outside(at, end int) {
	if p.beside {
		return
	}
	p.beside = true
	where := "before"
	if p.root != nil {
		where = "after"
	}
	p.fault("xml-root", at, end, "there is text %s the root element; remove it", where)
}

func (p *parser) beginText(at int) {
	if len(p.text) == 0 {
		p.textPos = p.cursor.At(at)
	}
}

// flushText ends the text node being read.
func (p *parser) flushText() {
	if len(p.text) == 0 {
		return
	}
	n := &p.nodes.take(1)[0]
	n.Data, n.Pos, n.End = p.word(p.text), p.textPos, p.textEnd
	p.children = append(p.children, n)
	p.text = p.text[:0]
}

// word is a copy of the characters; the same copy for the same short ones,
// since blanks and the symbols of formulas come again and again.
func (p *parser) word(b []byte) string {
	if len(b) > 16 {
		return string(b)
	}
	return p.intern(b)
}

func (p *parser) intern(b []byte) string {
	if known, ok := p.names[string(b)]; ok {
		return known
	}
	s := string(b)
	p.names[s] = s
	return s
}

// decode appends text from the source with its references resolved and its
// line ends normalised, and white space as blanks if it is an attribute's value.
func (p *parser) decode(to []byte, at, end int, value bool) []byte {
	special := "&\r]"
	if value {
		special = "&\r\n\t<"
	}
	for at < end {
		run := bytes.IndexAny(p.data[at:end], special)
		if run < 0 {
			return append(to, p.data[at:end]...)
		}
		to = append(to, p.data[at:at+run]...)
		at += run
		c := p.data[at]
		switch {
		case c == '&':
			to, at = p.reference(to, at, end)
			continue
		case c == '\r' && at+1 < end && p.data[at+1] == '\n': // the line feed stays
		case value && c != '<':
			to = append(to, ' ')
		case c == '\r':
			to = append(to, '\n')
		case c == '<':
			p.replace("xml-malformed", at, at+1, "&lt;", "< is not allowed in the value of an attribute; write &lt;")
		case has(p.data[at:end], "]]>"):
			p.replace("xml-malformed", at, at+len("]]>"), "]]&gt;", "]]> is not allowed in text; write ]]&gt;")
			at += len("]]")
		default:
			to = append(to, c)
		}
		at++
	}
	return to
}

var entities = map[string]byte{"lt": '<', "gt": '>', "amp": '&', "apos": '\'', "quot": '"'}

// reference appends what the reference at the offset stands for (XML 1.0,
// section 4.1), and returns the offset behind it.
func (p *parser) reference(to []byte, at, end int) ([]byte, int) {
	from := at + 1
	if from < end && p.data[from] == '#' {
		return p.number(to, at, end)
	}
	stop := from + nameEnd(p.data[from:end], 0)
	name := string(p.data[from:stop])
	closed := stop < end && p.data[stop] == ';'
	c, known := entities[name]
	switch {
	case closed && known:
		return append(to, c), stop + 1
	case known:
		p.replace("xml-reference", at, stop, "&"+name+";", "a semicolon is missing after &%s; write &%[1]s;", name)
		return to, stop
	case closed && name != "":
		if !p.doctype {
			p.unknownEntity(name, at, stop+1)
		}
		return to, stop + 1
	}
	p.replace("xml-reference", at, from, "&amp;", "& is not allowed here; write &amp;")
	return to, from
}

func (p *parser) unknownEntity(name string, at, end int) {
	if character, ok := xml.HTMLEntity[name]; ok {
		instead := reference(character)
		p.replace("xml-reference", at, end, instead, "XML does not know &%s;, which is from HTML; write %s", name, instead)
		return
	}
	p.fault("xml-reference", at, end, "XML does not know &%s;; write the character itself, or &amp; for an ampersand", Escape(name))
}

// number appends the character of a numeric reference.
func (p *parser) number(to []byte, at, end int) ([]byte, int) {
	from, radix := at+len("&#"), 10
	if from < end && p.data[from] == 'x' {
		from, radix = from+1, 16
	}
	stop := from
	for stop < end && isDigit(p.data[stop], radix) {
		stop++
	}
	n, err := strconv.ParseInt(string(p.data[from:stop]), radix, 32)
	switch {
	case stop == from:
		p.replace("xml-reference", at, from, "&amp;"+string(p.data[at+1:from]), "no number follows &#; write &amp; for an ampersand")
		return to, from
	case stop == end || p.data[stop] != ';':
		p.replace("xml-reference", at, stop, string(p.data[at:stop])+";", "a semicolon is missing after the character reference")
		return to, stop
	case err != nil || !isChar(rune(n)):
		p.fault("xml-reference", at, stop+1, "the character reference does not stand for a character; remove it")
		return to, stop + 1
	}
	return fmt.Appendf(to, "%c", n), stop + 1
}

func isDigit(b byte, radix int) bool {
	return b >= '0' && b <= '9' || radix == 16 && (b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F')
}
