package cnxml

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// The namespaces with a vocabulary of their own.
const (
	NamespaceCNXML   = "http://cnx.rice.edu/cnxml"
	NamespaceMathML  = "http://www.w3.org/1998/Math/MathML"
	NamespaceMDML    = "http://cnx.rice.edu/mdml"
	NamespaceCollXML = "http://cnx.rice.edu/collxml"

	namespaceXML   = "http://www.w3.org/XML/1998/namespace"
	namespaceXMLNS = "http://www.w3.org/2000/xmlns/"
)

// Parse reads a whole XML file: CNXML, or any other vocabulary (collections
// and book lists use it too). It takes well-formed XML 1.0 (fifth edition) with
// namespaces, in UTF-8, without a document type declaration, and nothing else.
//
// The root is nil exactly when there are faults, which are in the order of
// their places. Reading goes on behind a fault where what follows can still be
// understood, and one cause is reported once. White space is kept as in the source
// (line ends and attribute values are normalised as XML 1.0, sections 2.11 and
// 3.3.3, says); comments and processing instructions are dropped, and the text
// around them is one node.
//
// It is a parser of our own since encoding/xml stops at the first fault, does
// not know its column, takes files that other tools refuse, and needs several
// times as long.
func Parse(data []byte, limits Limits) (*Node, []Fault) {
	p := &parser{
		data:     data,
		limits:   limits.orDefault(),
		cursor:   NewCursor(data),
		names:    map[string]string{},
		prefixes: map[string][]binding{"": {{}}, "xml": {{uri: namespaceXML, space: Other}}},
		unbound:  map[string]bool{},
	}
	if len(data) > p.limits.Bytes {
		p.fault("xml-limit", 0, 0, "the file is larger than %d bytes; split it", p.limits.Bytes)
	} else if p.encoding() {
		for p.at < len(p.data) && !p.stopped {
			p.markup()
		}
		p.finish()
	}
	if len(p.faults) > 0 {
		sortFaults(p.faults)
		return nil, slices.CompactFunc(p.faults, sameCause)
	}
	return p.root, nil
}

// sameCause reports whether two faults at one place are one: a character that
// may not stand there makes a second fault of the markup around it.
func sameCause(a, b Fault) bool {
	ofCharacter := func(f Fault) bool { return f.Rule == "xml-character" || f.Rule == "xml-encoding" }
	return a.Pos == b.Pos && (ofCharacter(a) || ofCharacter(b))
}

type parser struct {
	data    []byte // behind the byte order mark
	at      int    // what is read next
	stopped bool   // nothing behind here can be understood, or there are faults enough
	limits  Limits
	cursor  *Cursor
	faults  []Fault

	root     *Node
	open     []element
	children []*Node // of all open elements, the outermost's first
	elements int
	doctype  bool // there was one: entities may be defined in it
	beside   bool // text beside the root has been reported
	second   bool // a second root has been reported
	conflict bool // a conflict of a merge has begun, and was reported

	text     []byte // of the text node being read
	textPos  Pos
	textEnd  Pos
	attrs    []attribute // of the start tag being read
	lost     bool        // what stands in that tag makes no sense
	torn     bool        // that tag is not closed
	value    []byte      // of the attribute being read
	swallow  []string    // end tags that a fault already reported has left over
	prefixes map[string][]binding
	unbound  map[string]bool   // prefixes reported
	names    map[string]string // one copy of each name and of each short word
	nodes    slab[Node]
	lists    slab[*Node]
	attrSlab slab[Attr]
}

// element is one that has begun and not ended.
type element struct {
	node     *Node
	tag      []byte   // its name as written
	torn     bool     // its tag was not closed, so text may be glued to the name
	children int      // where its own begin in parser.children
	declared []string // prefixes that it binds
}

// slab is memory for many values that live as long as each other.
type slab[T any] struct{ free []T }

// take is n values in a row; the slice cannot grow into what others took.
func (s *slab[T]) take(n int) []T {
	if len(s.free) < n {
		s.free = make([]T, max(n, 128))
	}
	taken := s.free[:n:n]
	s.free = s.free[n:]
	return taken
}

// fault reports what stands from one offset to another.
func (p *parser) fault(rule string, at, end int, format string, args ...any) {
	p.replace(rule, at, end, "", format, args...)
}

// replace reports a fault and what to write in its place.
func (p *parser) replace(rule string, at, end int, replacement, format string, args ...any) {
	if len(p.faults) >= p.limits.Faults {
		return
	}
	p.faults = append(p.faults, Fault{Pos: p.cursor.At(at), End: p.cursor.At(end), Rule: rule,
		Message: fmt.Sprintf(format, args...), Replacement: replacement})
	p.stopped = len(p.faults) == p.limits.Faults
}

// stop reports a fault behind which nothing can be understood.
func (p *parser) stop(rule string, at, end int, format string, args ...any) {
	p.fault(rule, at, end, format, args...)
	p.stopped = true
}

// markup reads the next piece of the file: a tag, a comment, a run of text.
func (p *parser) markup() {
	rest := p.data[p.at:]
	switch {
	case rest[0] != '<':
		end := bytes.IndexByte(rest, '<')
		if end < 0 {
			end = len(rest)
		}
		p.characters(p.at, p.at+end)
		p.at += end
	case has(rest, "</"):
		p.endTag()
	case has(rest, "<!--"):
		p.comment()
	case has(rest, "<![CDATA["):
		p.cdata()
	case has(rest, "<?"):
		p.instruction()
	case has(rest, "<!"):
		p.declaration()
	default:
		p.startTag()
	}
}

func has(data []byte, prefix string) bool {
	return len(data) >= len(prefix) && string(data[:len(prefix)]) == prefix
}

// comment reads a comment (XML 1.0, section 2.5). Text on both sides of it is
// one run.
func (p *parser) comment() {
	from := p.at + len("<!--")
	dashes := bytes.Index(p.data[from:], []byte("--"))
	if dashes >= 0 && !has(p.data[from+dashes:], "-->") {
		at := from + dashes
		p.fault("xml-malformed", at, at+2, "two hyphens are not allowed inside a comment; write them with a space between")
	}
	p.skipPast(from, "-->", "the comment that begins here is never closed; add -->")
}

// skipPast goes on behind the first end at or after the offset.
func (p *parser) skipPast(from int, end, unclosed string) (inside []byte) {
	length := bytes.Index(p.data[min(from, len(p.data)):], []byte(end))
	if length < 0 {
		p.stop("xml-malformed", p.at, min(from, len(p.data)), "%s", unclosed)
		return nil
	}
	p.at = from + length + len(end)
	return p.data[from : from+length]
}

func (p *parser) cdata() {
	at, from := p.at, p.at+len("<![CDATA[")
	inside := p.skipPast(from, "]]>", "the CDATA section that begins here is never closed; add ]]>")
	switch {
	case p.stopped:
	case len(p.open) == 0:
		p.outside(at, p.at)
	case len(inside) > 0:
		p.beginText(from)
		for i, b := range inside {
			if b != '\r' {
				p.text = append(p.text, b)
			} else if i+1 == len(inside) || inside[i+1] != '\n' {
				p.text = append(p.text, '\n')
			}
		}
		p.textEnd = p.cursor.At(from + len(inside))
	}
}

// instruction reads a processing instruction (XML 1.0, section 2.6).
func (p *parser) instruction() {
	at, from := p.at, p.at+len("<?")
	end := nameEnd(p.data, from)
	target := string(p.data[from:end])
	inside := p.skipPast(end, "?>", "the processing instruction that begins here is never closed; add ?>")
	switch {
	case p.stopped:
	case target == "conflict" && p.isConflict(string(bytes.TrimSpace(inside))):
		p.fault("conflict-marker", at, p.at, "a merge left a conflict here; write what is right and remove the instructions <?conflict ...?>")
	case target == "":
		p.fault("xml-malformed", at, p.at, "a name must follow <? at once; remove the instruction or name it")
	case strings.EqualFold(target, "xml"):
		p.fault("xml-malformed", at, p.at, "the XML declaration must be the very first thing in the file; move or remove it")
	case strings.Contains(target, ":"):
		p.fault("xml-namespace", at, p.at, "the name of the processing instruction %s holds a colon; remove it", Quote(target))
	case end+len("?>") != p.at && !isSpace(p.data[end]):
		p.fault("xml-malformed", at, p.at, "white space is missing after the name of the processing instruction %s", Quote(target))
	}
}

// isConflict reports whether an instruction with the text begins a conflict that
// "rhaptos merge" left, or is a part of one whose beginning was removed.
func (p *parser) isConflict(text string) bool {
	switch {
	case strings.HasPrefix(text, "<<<<<<<"):
		p.conflict = true
		return true
	case strings.HasPrefix(text, "|||||||"), strings.HasPrefix(text, "======="):
		return !p.conflict
	case strings.HasPrefix(text, ">>>>>>>"):
		begun := p.conflict
		p.conflict = false
		return !begun
	}
	return false
}

// declaration skips a document type declaration, or what looks like a part of
// one. Entities that it may define are not missed then.
func (p *parser) declaration() {
	at := p.at
	if !p.doctype {
		end := nameEnd(p.data, at+len("<!"))
		p.fault("xml-doctype", at, end, "a document type declaration (<!DOCTYPE>, <!ENTITY>, ...) is not allowed; remove it")
	}
	p.doctype = true
	depth := 0 // of [ ]
	for p.at++; p.at < len(p.data); p.at++ {
		switch c := p.data[p.at]; c {
		case '[':
			depth++
		case ']':
			depth--
		case '"', '\'':
			if length := bytes.IndexByte(p.data[p.at+1:], c); length >= 0 {
				p.at += length + 1
			}
		case '>':
			if depth <= 0 {
				p.at++
				return
			}
		}
	}
}

// finish checks what is open at the end of the file.
func (p *parser) finish() {
	end := len(p.data)
	switch n := len(p.open); {
	case p.stopped:
	case n > 0:
		inner := p.open[n-1]
		f := Fault{Pos: inner.node.Pos, End: inner.node.nameEnd(), Rule: "xml-malformed"}
		f.Message = fmt.Sprintf("<%s> is never closed; add </%[1]s>", Escape(string(inner.tag)))
		if n > 1 {
			f.Message = fmt.Sprintf("the file ends before <%s> and what is around it, <%s>, is closed; add </%[1]s> and what else is missing",
				Escape(string(inner.tag)), Escape(string(p.open[n-2].tag)))
		}
		p.faults = append(p.faults, f)
	case p.root == nil && len(p.faults) == 0:
		p.fault("xml-root", end, end, "the file has no element")
	}
}
