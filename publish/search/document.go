package search

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxPage limits the bytes of a page that are read.
const maxPage = 16 << 20

// Document is the text of a page.
type Document struct {
	Language string    `json:"language"` // BCP 47; empty if the page does not say
	Title    string    `json:"title"`    // without its number
	Sections []Section `json:"sections"`
	Terms    []string  `json:"terms,omitempty"` // that the page defines
}

// Section is a part of a page.
type Section struct {
	Anchor  string `json:"anchor,omitempty"`  // id of the section or its heading; empty at the top of the page
	Heading string `json:"heading,omitempty"` // also the first line of Text
	Text    string `json:"text"`              // a line for each block
}

// ReadDocument reads a stored page: the one article of its main element. What
// leads around, and what is said twice for machines, is left out.
func ReadDocument(r io.Reader) (*Document, error) {
	root, err := html.Parse(io.LimitReader(r, maxPage))
	if err != nil {
		return nil, fmt.Errorf("read page: %w", err)
	}
	d := &Document{Sections: []Section{}}
	article := find(root, atom.Article)
	if page := find(root, atom.Html); page != nil {
		d.Language = attribute(page, "lang")
	}
	if article == nil {
		return d, nil
	}
	e := &extractor{document: d, terms: map[string]bool{}}
	e.begin("")
	e.children(article)
	e.begin("")
	return d, nil
}

// encode is the document as it is stored, and its digest: equal texts have equal
// digests.
func (d *Document) encode() (data []byte, digest string, err error) {
	if data, err = json.Marshal(d); err != nil {
		return nil, "", fmt.Errorf("encode document: %w", err)
	}
	sum := sha256.Sum256(data)
	return data, hex.EncodeToString(sum[:]), nil
}

func decodeDocument(data []byte) (*Document, error) {
	var d Document
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("decode document: %w", err)
	}
	return &d, nil
}

func find(n *html.Node, a atom.Atom) *html.Node {
	if n.Type == html.ElementNode && n.DataAtom == a {
		return n
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if found := find(c, a); found != nil {
			return found
		}
	}
	return nil
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key && a.Namespace == "" {
			return a.Val
		}
	}
	return ""
}

func hasClass(n *html.Node, class string) bool {
	return slices.Contains(strings.Fields(attribute(n, "class")), class)
}

// extractor walks through an article. html.Parse bounds how deep elements nest.
type extractor struct {
	document *Document
	section  Section
	text     strings.Builder // of the section; a space or a line's end is never doubled
	anchor   string          // of the section element around
	terms    map[string]bool // that the page defines; nil where none are looked for
	raised   int             // how many sub and sup elements are around
	defining int             // how many terms are around
}

// maxNested limits the nesting of elements whose text is composed by nesting: it
// is composed once per level. Deeper text is written as it stands.
const maxNested = 16

// begin ends the section that is under way and begins the next.
func (e *extractor) begin(anchor string) {
	e.section.Text = strings.TrimSpace(e.text.String())
	if e.section.Text != "" {
		e.document.Sections = append(e.document.Sections, e.section)
	}
	e.text.Reset()
	e.section = Section{Anchor: anchor}
}

func (e *extractor) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		e.node(c)
	}
}

func (e *extractor) node(n *html.Node) {
	switch n.Type {
	case html.TextNode:
		e.write(n.Data)
		return
	case html.ElementNode:
	default:
		return
	}
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Template, atom.Nav, atom.Iframe, atom.Object, atom.Noscript:
	case atom.Header:
		e.header(n)
	case atom.Section:
		e.sectionElement(n)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		e.heading(n)
	case atom.Img:
		e.write(" " + attribute(n, "alt") + " ")
	case atom.Math:
		e.write(formula(n, 0))
	case atom.Sub, atom.Sup:
		if e.raised == maxNested {
			e.children(n)
			return
		}
		text := e.plainText(n)
		if find(n, atom.A) != nil { // a note's mark
			e.write(" " + text + " ")
			return
		}
		e.write(moved(text, n.DataAtom == atom.Sup))
	case atom.Dfn, atom.Dt:
		e.term(n)
		e.defining++
		e.element(n)
		e.defining--
	default:
		e.element(n)
	}
}

// term indexes a defined term: a dt, or a term in one.
func (e *extractor) term(n *html.Node) {
	if e.terms == nil || e.defining > 1 {
		return
	}
	if term := e.plainText(n); term != "" && !e.terms[term] {
		e.terms[term] = true
		e.document.Terms = append(e.document.Terms, term)
	}
}

// element is one without a meaning of its own. Blocks are lines, and cells have
// a space between them.
func (e *extractor) element(n *html.Node) {
	switch {
	case inline[n.DataAtom]:
		e.children(n)
	case n.DataAtom == atom.Td || n.DataAtom == atom.Th || n.DataAtom == atom.Summary || n.DataAtom == atom.Br:
		e.write(" ")
		e.children(n)
		e.write(" ")
	default:
		e.line()
		e.children(n)
		e.line()
	}
}

var inline = map[atom.Atom]bool{
	atom.A: true, atom.Abbr: true, atom.B: true, atom.Bdi: true, atom.Bdo: true, atom.Cite: true, atom.Code: true, atom.Data: true,
	atom.Del: true, atom.Dfn: true, atom.Em: true, atom.I: true, atom.Ins: true, atom.Kbd: true, atom.Mark: true, atom.Q: true,
	atom.Ruby: true, atom.Rb: true, atom.S: true, atom.Samp: true, atom.Small: true, atom.Span: true, atom.Strong: true,
	atom.Time: true, atom.U: true, atom.Var: true, atom.Wbr: true,
}

// header is the page's heading if it has that class: the title is kept, and what
// leads around is not.
func (e *extractor) header(n *html.Node) {
	if !hasClass(n, "heading") || e.document.Title != "" {
		e.element(n)
		return
	}
	if h1 := find(n, atom.H1); h1 != nil {
		e.document.Title = headingText(h1)
	}
}

// sectionElement has an anchor, which holds until the element ends.
func (e *extractor) sectionElement(n *html.Node) {
	outer := e.anchor
	if id := attribute(n, "id"); id != "" {
		e.anchor = id
		e.begin(id)
	}
	e.children(n)
	if e.anchor != outer {
		e.anchor = outer
		e.begin(outer)
	}
	e.line()
}

// heading begins a section, unless the section's element has just done so.
func (e *extractor) heading(n *html.Node) {
	anchor := attribute(n, "id")
	if anchor == "" {
		anchor = e.anchor
	}
	if strings.TrimSpace(e.text.String()) != "" {
		e.begin(anchor)
	} else {
		e.section.Anchor = anchor
	}
	text := headingText(n)
	e.section.Heading = text
	e.line()
	e.write(text)
	e.line()
}

// headingText is a heading without its number.
func headingText(n *html.Node) string {
	e := &extractor{document: &Document{}}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && c.DataAtom == atom.Span && hasClass(c, "number") {
			continue
		}
		e.node(c)
	}
	return strings.Join(strings.Fields(e.text.String()), " ")
}

// plainText is the text of an element on one line.
func (e *extractor) plainText(n *html.Node) string {
	inside := &extractor{document: &Document{}, raised: e.raised}
	if n.DataAtom == atom.Sub || n.DataAtom == atom.Sup {
		inside.raised++
	}
	inside.children(n)
	return strings.Join(strings.Fields(inside.text.String()), " ")
}

// write adds text, with each white space in it as one space.
func (e *extractor) write(s string) {
	space := false
	for _, r := range s {
		if unicode.IsSpace(r) {
			space = true
			continue
		}
		if space {
			e.space()
			space = false
		}
		e.text.WriteRune(r)
	}
	if space {
		e.space()
	}
}

func (e *extractor) space() {
	if s := e.text.String(); s != "" && s[len(s)-1] != ' ' && s[len(s)-1] != '\n' {
		e.text.WriteByte(' ')
	}
}

func (e *extractor) line() {
	if s := e.text.String(); s != "" && s[len(s)-1] != '\n' {
		e.text.WriteByte('\n')
	}
}
