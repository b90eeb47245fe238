package cnxml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The namespaces with a vocabulary of their own.
const (
	NamespaceCNXML  = "http://cnx.rice.edu/cnxml"
	NamespaceMathML = "http://www.w3.org/1998/Math/MathML"
	NamespaceMDML   = "http://cnx.rice.edu/mdml"

	namespaceXML   = "http://www.w3.org/XML/1998/namespace"
	namespaceXMLNS = "http://www.w3.org/2000/xmlns/"
)

// Parse reads a whole XML file: CNXML, or any other vocabulary (collections
// and book lists use it too). It takes well-formed XML 1.0 with namespaces,
// in UTF-8, without a document type declaration, and nothing else; on top of
// what encoding/xml checks it refuses repeated attributes, unbound prefixes, a
// second root and anything that passes a limit.
//
// The root is nil exactly when there are faults. White space is kept as in the
// source (attribute values are normalised as XML 1.0 section 3.3.3 says);
// comments and processing instructions are dropped, and the text around them
// is one node.
func Parse(data []byte, limits Limits) (*Node, []Fault) {
	p := &parser{
		data:     data,
		limits:   limits.orDefault(),
		cursor:   NewCursor(data),
		names:    map[string]string{},
		prefixes: map[string][]string{"": {""}, "xml": {namespaceXML}},
	}
	if len(data) > p.limits.Bytes {
		p.fault(0, "the file is larger than %d bytes; divide it", p.limits.Bytes)
		return nil, p.faults
	}
	if !p.checkEncoding() {
		return nil, p.faults
	}
	p.decoder = xml.NewDecoder(bytes.NewReader(p.data))
	p.decoder.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		p.charset = charset
		return nil, errCharset
	}
	for p.next() {
	}
	if len(p.faults) > 0 {
		return nil, p.faults
	}
	return p.root, nil
}

var errCharset = errors.New("not UTF-8")

type parser struct {
	data    []byte // behind the byte order mark
	limits  Limits
	cursor  *Cursor
	decoder *xml.Decoder
	charset string // declared, and not UTF-8

	root     *Node
	open     []element
	elements int
	spans    []span
	text     []byte // of the text node being read
	textPos  Pos
	textEnd  Pos

	prefixes map[string][]string // bound namespaces, innermost last
	names    map[string]string   // one copy of each name
	slab     []Node              // nodes are allocated many at a time
	faults   []Fault
}

// element is one that has begun and not ended.
type element struct {
	node     *Node
	name     xml.Name // as written
	declared []string // prefixes that it binds
}

func (p *parser) fault(offset int, format string, args ...any) {
	p.faults = append(p.faults, Fault{Pos: p.cursor.At(offset), Message: fmt.Sprintf(format, args...)})
}

func (p *parser) checkEncoding() bool {
	switch {
	case bytes.HasPrefix(p.data, []byte{0xEF, 0xBB, 0xBF}):
		p.data = p.data[3:]
		p.cursor = NewCursor(p.data)
	case bytes.HasPrefix(p.data, []byte{0xFE, 0xFF}), bytes.HasPrefix(p.data, []byte{0xFF, 0xFE}):
		p.fault(0, "the file is UTF-16; save it as UTF-8")
		return false
	}
	if at, what := firstInvalid(p.data); at >= 0 {
		p.fault(at, "%s", what)
		return false
	}
	return true
}

// next reads one token. It returns false at the end of the file, after a fault
// that nothing can follow, and when there are faults enough.
func (p *parser) next() bool {
	at := int(p.decoder.InputOffset())
	rest := p.data[at:]
	markup := len(rest) > 1 && rest[0] == '<'
	cdata := markup && bytes.HasPrefix(rest, []byte("<![CDATA["))
	startTag := markup && rest[1] != '/' && rest[1] != '!' && rest[1] != '?'
	if markup && rest[1] == '!' && !cdata && !bytes.HasPrefix(rest, []byte("<!--")) {
		p.fault(at, "a document type declaration (DOCTYPE) is not allowed; remove it")
		return false
	}
	if startTag && !p.checkTag(at) {
		return false
	}
	token, err := p.decoder.RawToken()
	end := int(p.decoder.InputOffset())
	if err != nil {
		p.stop(at, end, err)
		return false
	}
	if (startTag || !markup) && end > at {
		if bad := badReference(p.data[at:end]); bad >= 0 {
			p.fault(at+bad, "the character reference does not stand for a character; remove it")
		}
	}
	switch t := token.(type) {
	case xml.StartElement:
		p.startElement(t, at)
	case xml.EndElement:
		return p.endElement(t, at, end) && len(p.faults) < p.limits.Faults
	case xml.CharData:
		p.characters(t, at, end, cdata)
	case xml.ProcInst:
		if strings.EqualFold(t.Target, "xml") && (at > 0 || t.Target != "xml") {
			p.fault(at, "the XML declaration must be the very first thing in the file; move or remove it")
		}
	}
	return len(p.faults) < p.limits.Faults
}

// checkTag looks at a start tag before the decoder reads it, so that the
// attributes it may have are bounded and their places known.
func (p *parser) checkTag(at int) bool {
	var glued int
	p.spans, glued = scanAttributes(p.data, at, p.limits.Attributes, p.spans[:0])
	switch {
	case len(p.spans) > p.limits.Attributes:
		p.fault(at, "the element has more than %d attributes", p.limits.Attributes)
	case len(p.open) >= p.limits.Depth:
		p.fault(at, "elements are nested deeper than %d levels", p.limits.Depth)
	case p.elements >= p.limits.Elements:
		p.fault(at, "the file has more than %d elements; divide it", p.limits.Elements)
	default:
		if glued >= 0 {
			p.fault(glued, "white space is missing before the attribute")
		}
		return true
	}
	return false
}

// stop says why the decoder could not go on.
func (p *parser) stop(at, end int, err error) {
	var syntax *xml.SyntaxError
	switch {
	case p.charset != "":
		p.fault(at, "the file declares the encoding %s; save it as UTF-8 and declare that", Quote(p.charset))
	case err == io.EOF && len(p.open) > 0:
		e := p.open[len(p.open)-1]
		p.faults = append(p.faults, Fault{Pos: e.node.Pos,
			Message: fmt.Sprintf("the element <%s> is never closed; add </%s>", written(e.name), written(e.name))})
	case err == io.EOF && p.root == nil:
		p.fault(at, "the file has no element")
	case err == io.EOF:
	case errors.As(err, &syntax) && syntax.Msg == "unexpected EOF":
		p.fault(at, "the file ends in the middle of what begins here")
	case errors.As(err, &syntax) && strings.HasPrefix(syntax.Msg, "invalid character entity"):
		p.fault(p.lastAmpersand(at, end), "%s; write the character itself, or &amp; for an ampersand", Escape(syntax.Msg))
	case errors.As(err, &syntax):
		p.fault(max(at, end-1), "%s", Escape(syntax.Msg))
	default:
		p.fault(at, "%s", Escape(strings.TrimPrefix(err.Error(), "xml: ")))
	}
}

func (p *parser) lastAmpersand(at, end int) int {
	if i := bytes.LastIndexByte(p.data[at:min(end, len(p.data))], '&'); i >= 0 {
		return at + i
	}
	return at
}

// written is a name as it stands in the file.
func written(name xml.Name) string {
	if name.Space == "" {
		return Escape(name.Local)
	}
	return Escape(name.Space + ":" + name.Local)
}
