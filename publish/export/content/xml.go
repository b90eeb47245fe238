package content

import (
	"bytes"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// Namespaces of what stands in pages, and what an XML document begins with.
const (
	HTMLSpace      = "http://www.w3.org/1999/xhtml"
	mathSpace      = "http://www.w3.org/1998/Math/MathML"
	svgSpace       = "http://www.w3.org/2000/svg"
	linkSpace      = "http://www.w3.org/1999/xlink"
	XMLDeclaration = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
)

func writeNode(b *bytes.Buffer, n *html.Node, space string) {
	switch n.Type {
	case html.TextNode:
		escape(b, n.Data, false)
	case html.ElementNode:
		writeElement(b, n, space)
	case html.DocumentNode:
		WriteXML(b, n, space)
	}
}

// WriteXML writes what is below n, in the namespace that is given ("" is
// HTML's), as XML (HTML Standard, section 14.3, gives the syntax). A change of
// namespace is declared where it happens; the caller has declared the first.
// Names and characters that XML does not have are left out.
func WriteXML(b *bytes.Buffer, n *html.Node, space string) {
	for c := range n.ChildNodes() {
		writeNode(b, c, space)
	}
}

// xmlName are the names that an element or attribute can have without a prefix.
var xmlName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9._-]*$`)

func writeElement(b *bytes.Buffer, n *html.Node, space string) {
	if !xmlName.MatchString(n.Data) {
		WriteXML(b, n, space)
		return
	}
	b.WriteString("<" + n.Data)
	if n.Namespace != space {
		b.WriteString(` xmlns="` + map[string]string{"": HTMLSpace, "math": mathSpace, "svg": svgSpace}[n.Namespace] + `"`)
	}
	seen := map[string]bool{}
	for _, a := range n.Attr {
		name := attributeName(a)
		if name == "" || seen[name] {
			continue
		}
		seen[name] = true
		b.WriteString(" " + name + `="`)
		escape(b, a.Val, true)
		b.WriteByte('"')
		if a.Namespace == "xlink" && !seen["xmlns:xlink"] {
			seen["xmlns:xlink"] = true
			b.WriteString(` xmlns:xlink="` + linkSpace + `"`)
		}
	}
	if n.FirstChild == nil && (n.Namespace != "" || isVoid[n.Data]) {
		b.WriteString("/>")
		return
	}
	b.WriteByte('>')
	WriteXML(b, n, n.Namespace)
	b.WriteString("</" + n.Data + ">")
}

var isVoid = map[string]bool{"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true,
	"input": true, "link": true, "meta": true, "source": true, "track": true, "wbr": true}

// attributeName is an attribute's name in XML, empty if it has none there. A
// XMLDeclaration of a namespace is written where it is needed.
func attributeName(a html.Attribute) string {
	switch {
	case a.Namespace == "xlink" && xmlName.MatchString(a.Key):
		return "xlink:" + a.Key
	case a.Namespace == "xml" && xmlName.MatchString(a.Key):
		return "xml:" + a.Key
	case a.Namespace != "", a.Key == "xmlns":
		return ""
	case a.Key == "epub:type", a.Key == "xml:lang", xmlName.MatchString(a.Key):
		return a.Key
	}
	return ""
}

// escape writes text or, between quotes, the value of an attribute.
func escape(b *bytes.Buffer, s string, quoted bool) {
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case quoted && r == '"':
			b.WriteString("&quot;")
		case quoted && (r == '\n' || r == '\t'):
			b.WriteByte(' ')
		case isXML(r):
			b.WriteRune(r)
		}
	}
}

// isXML reports whether XML 1.0 has the character (its production 2), and no
// reader complains of it.
func isXML(r rune) bool {
	return r == '\t' || r == '\n' || r >= 0x20 && r&0xFFFE != 0xFFFE
}

// Quote is a text as it stands in XML, in an attribute too.
func Quote(s string) string {
	var b bytes.Buffer
	escape(&b, s, true)
	return b.String()
}

// Phrase is a fragment of HTML, such as a title in the contents, as XML.
func Phrase(fragment string) string {
	nodes, err := html.ParseFragment(strings.NewReader(fragment), nil)
	if err != nil {
		return Quote(fragment)
	}
	var b bytes.Buffer
	for _, n := range nodes {
		body := n
		if n.Data == "html" && n.LastChild != nil {
			body = n.LastChild
		}
		WriteXML(&b, body, "")
	}
	return strings.TrimSpace(b.String())
}
