package markdown

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	"golang.org/x/net/html"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

func set(names string) map[string]bool {
	m := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		m[name] = true
	}
	return m
}

// The elements of HTML that are kept, by the content they belong to, and those
// that go with all that is in them. All others lose their tags, which is reported.
var (
	phrasing = set(`a abbr b bdi bdo cite code data del dfn em i ins kbd mark q rp rt ruby s samp small span
		strong sub sup time tt u var wbr`)
	flow = set(`address article aside blockquote caption center col colgroup dd details div dl dt figcaption figure footer
		h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul`)
	unwanted = set(`script style template title head iframe object embed applet noscript noframes textarea select
		button svg audio video canvas map plaintext noembed`)

	htmlAttributes = set(`abbr align alt aria-hidden aria-label aria-labelledby aria-describedby class colspan datetime dir headers
		height lang open reversed role rowspan scope span start title translate type valign value width`)
)

// aliases are elements that are kept under another name: as the standard
// renders those that it calls obsolete, and blocks that mean nothing in a book.
var aliases = map[string]string{"strike": "s", "acronym": "abbr", "menu": "ul", "dir": "ul",
	"form": "div", "fieldset": "div", "legend": "div", "dialog": "div", "search": "div", "hgroup": "div",
	"option": "div", "optgroup": "div", "marquee": "div", "xmp": "pre"}

// Names of the nodes that stand for tags of raw HTML until [converter.resolve].
const (
	rawStart = "start of raw HTML"
	rawEnd   = "end of raw HTML"
)

// rawTag is a tag of raw HTML.
type rawTag struct {
	tag
	token    html.Token
	name     string            // by which the tree is constructed
	node     *cnxml.Node       // without children; nil if only the content is kept
	end      func(*cnxml.Node) // given the node with its children; may be nil
	dropped  bool              // with everything that is in the element
	reported bool              // why there is no node
}

// htmlBlock converts a block of HTML. An element may begin in one block and
// end in another, with Markdown between.
func (c *converter) htmlBlock(b *builder, n *ast.HTMLBlock) {
	lines := n.Lines()
	offset := OffsetOf(n)
	var raw bytes.Buffer
	for i := range lines.Len() {
		segment := lines.At(i)
		if i == 0 {
			offset = segment.Start
		}
		raw.Write(segment.Value(c.source.text))
	}
	if n.HasClosure() {
		raw.Write(n.ClosureLine.Value(c.source.text))
	}
	c.html(b, raw.Bytes(), offset)
}

// rawHTML converts a tag in the line of a text.
func (c *converter) rawHTML(b *builder, n *ast.RawHTML) {
	var raw bytes.Buffer
	offset := OffsetOf(n)
	for i := range n.Segments.Len() {
		segment := n.Segments.At(i)
		if i == 0 {
			offset = segment.Start
		}
		raw.Write(segment.Value(c.source.text))
	}
	c.html(b, raw.Bytes(), offset)
}

func (c *converter) html(b *builder, raw []byte, offset int) {
	z := html.NewTokenizer(bytes.NewReader(raw))
	for {
		kind := z.Next()
		raw := string(z.Raw())
		written := tag{raw, offset, c.spot(offset, offset+len(raw))}
		switch kind {
		case html.ErrorToken:
			if strings.HasPrefix(raw, "<") && strings.Trim(raw, "</ \n\r\t") != "" {
				c.report.Add(written.Problem(collection.Warning, "html-left-out", "the tag is never closed with > and is left out, with what follows in it; close it, or write &lt; for the sign"))
			}
			return
		case html.TextToken:
			b.add(textNode(string(z.Text()), written.Pos))
		case html.StartTagToken, html.SelfClosingTagToken:
			c.startTag(b, z.Token(), written)
		case html.EndTagToken:
			name, _ := z.TagName()
			c.mark(b, rawEnd, &rawTag{tag: written, name: constructed(string(name))})
		}
		offset += len(raw)
	}
}

// constructed is the name by which the tree of an element is constructed. What
// is dropped is an object whose content is read like all other.
func constructed(name string) string {
	switch {
	case name == "listing":
		return "figure"
	case name == "svg", name == "embed":
		return name
	case unwanted[name]:
		return "object"
	}
	return name
}

func (c *converter) mark(b *builder, name string, t *rawTag) {
	n := element(name, t.Pos)
	c.raw[n] = t
	b.add(n)
}

// startTag converts the start tag of an element. Slashes at the end of tags
// mean nothing, as in HTML.
func (c *converter) startTag(b *builder, t html.Token, written tag) {
	attrs := map[string]string{}
	for _, a := range t.Attr {
		if _, repeated := attrs[a.Key]; !repeated && len(attrs) < 64 {
			attrs[a.Key] = a.Val
		}
	}
	r := &rawTag{tag: written, token: t, name: constructed(t.Data)}
	switch name := t.Data; {
	case name == "img", name == "image":
		b.add(c.img(attrs, written)...)
		return
	case name == "br":
		b.add(element("newline", written.Pos))
		return
	case name == "html", name == "body":
		return
	case name == "listing":
		c.listing(r, attrs)
	case unwanted[name]:
		r.dropped = true
	case name == "a" && attrs["href"] != "":
		if r.node = c.link(attrs["href"], written.Pos, c.attribute(written, "href", attrs["href"])); r.node != nil {
			with(r.node, "id", c.claim(attrs["id"], written.Place), "class", printable(attrs["class"]))
		} else {
			r.reported = true
		}
	case phrasing[name], flow[name], aliases[name] != "":
		r.node = c.htmlElement(t, attrs, written)
	}
	c.mark(b, rawStart, r)
}

// htmlElement keeps an element with the attributes that are on the list.
func (c *converter) htmlElement(t html.Token, attrs map[string]string, written tag) *cnxml.Node {
	at := written.Pos
	n := &cnxml.Node{Space: cnxml.HTML, Name: t.Data, Pos: at}
	if alias := aliases[t.Data]; alias != "" {
		n.Name = alias
	}
	id := attrs["id"]
	if id == "" && t.Data == "a" {
		id = attrs["name"]
	}
	with(n, "id", c.claim(id, written.Place))
	for _, a := range t.Attr {
		if htmlAttributes[a.Key] && attrs[a.Key] == a.Val {
			n.Attrs = append(n.Attrs, attr(a.Key, printable(a.Val), at))
			delete(attrs, a.Key)
		}
	}
	return n
}

func mathElement(t html.Token, at cnxml.Pos) *cnxml.Node {
	n := &cnxml.Node{Space: cnxml.MathML, Name: t.Data, Pos: at}
	seen := map[string]bool{}
	for _, a := range t.Attr {
		if a.Key != "xmlns" && a.Key != "id" && !strings.HasPrefix(a.Key, "on") && !strings.Contains(a.Key, ":") && !seen[a.Key] {
			seen[a.Key] = true
			n.Attrs = append(n.Attrs, attr(a.Key, printable(a.Val), at))
		}
	}
	return n
}

// listing prepares a listing of the Rust book: a figure that holds code.
func (c *converter) listing(r *rawTag, attrs map[string]string) {
	at := r.Pos
	number, id := strings.TrimSpace(attrs["number"]), attrs["id"]
	if id == "" && number != "" {
		id = "listing-" + number
	}
	r.node = with(element("figure", at), "id", c.claim(id, r.Place), "class", "listing")
	before := []*cnxml.Node{element("label", at)} // the author numbers it
	if name := attrs["file-name"]; name != "" {
		before = append(before, element("title", at, textNode("Filename: "+name, at)))
	}
	var caption []*cnxml.Node
	if number != "" {
		caption = append(caption, textNode("Listing "+number, at))
	}
	if words := attrs["caption"]; words != "" {
		if number != "" {
			caption = append(caption, textNode(": ", at))
		}
		caption = append(caption, c.captionWords(words, r.Place)...)
	}
	r.end = func(n *cnxml.Node) {
		n.Children = append(before, dropBlank(n.Children)...)
		if len(caption) > 0 {
			n.Children = append(n.Children, element("caption", at, joinText(caption)...))
		}
	}
}

// captionWords converts the Markdown in an attribute.
func (c *converter) captionWords(words string, at collection.Place) []*cnxml.Node {
	if len(words) > headingBytes {
		return []*cnxml.Node{textNode(words, at.Pos)}
	}
	src := &Source{place: at}
	src.Add([]byte(words), 0, 0, true)
	doc, _ := Parse(src.text, c.dialect)
	first := doc.FirstChild()
	if first == nil || !ast.IsParagraph(first) || first.NextSibling() != nil {
		return []*cnxml.Node{textNode(words, at.Pos)}
	}
	inner := *c
	inner.Document = NewDocument(src, doc)
	inner.quotes = nil
	caption := element("caption", at.Pos, inner.inlines(first, 5)...)
	inner.resolve(caption, 5)
	return caption.Children
}

func dropBlank(nodes []*cnxml.Node) []*cnxml.Node {
	var kept []*cnxml.Node
	for _, n := range nodes {
		if n.Space != cnxml.Text || strings.TrimSpace(n.Data) != "" {
			kept = append(kept, n)
		}
	}
	return kept
}
