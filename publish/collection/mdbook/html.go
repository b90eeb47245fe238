package mdbook

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
// that go with all that is in them. All others lose their tags.
var (
	phrasing = set(`a abbr b bdi bdo cite code data del dfn em i ins kbd mark q rp rt ruby s samp small span
		strong sub sup time tt u var wbr`)
	flow = set(`address article aside blockquote caption center col colgroup dd details div dl dt figcaption figure footer
		h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul`)
	unwanted = set(`script style template title head iframe object embed applet noscript noframes textarea select
		button svg audio video canvas map xmp plaintext`)
	void = set(`br col hr img wbr area base embed input link meta param source track`)

	htmlAttributes = set(`abbr align alt aria-hidden aria-label aria-labelledby aria-describedby class colspan datetime dir headers
		height lang open reversed role rowspan scope span start title translate type valign value width`)
)

// htmlBlock converts a block of HTML. An element may begin in one block and
// end in another, with Markdown between.
func (c *converter) htmlBlock(b *builder, n *ast.HTMLBlock) {
	lines := n.Lines()
	offset := offsetOf(n)
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
	c.html(b, raw.Bytes(), offset, true)
}

// rawHTML converts a tag in the line of a text.
func (c *converter) rawHTML(b *builder, n *ast.RawHTML) {
	var raw bytes.Buffer
	offset := offsetOf(n)
	for i := range n.Segments.Len() {
		segment := n.Segments.At(i)
		if i == 0 {
			offset = segment.Start
		}
		raw.Write(segment.Value(c.source.text))
	}
	c.html(b, raw.Bytes(), offset, false)
}

func (c *converter) html(b *builder, raw []byte, offset int, block bool) {
	z := html.NewTokenizer(bytes.NewReader(raw))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return
		}
		raw := string(z.Raw())
		written := tag{raw, offset, c.spot(offset, offset+len(raw))}
		switch kind {
		case html.TextToken:
			b.add(textNode(string(z.Text()), written.Pos))
		case html.StartTagToken, html.SelfClosingTagToken:
			c.startTag(b, z.Token(), written, block)
		case html.EndTagToken:
			name, _ := z.TagName()
			b.closeTag(string(name))
		}
		offset += len(raw)
	}
}

// startTag opens an element. Slashes at the end of tags mean nothing, as in
// HTML, but for elements that HTML does not know.
func (c *converter) startTag(b *builder, t html.Token, written tag, block bool) {
	at := written.Pos
	attrs := map[string]string{}
	for _, a := range t.Attr {
		if _, repeated := attrs[a.Key]; !repeated && len(attrs) < 64 {
			attrs[a.Key] = a.Val
		}
	}
	empty := void[t.Data] || t.Type == html.SelfClosingTagToken && t.Data == "listing"
	switch {
	case b.inMath() || t.Data == "math":
		b.push(frame{node: mathElement(t, at), tag: t.Data})
		if t.Type == html.SelfClosingTagToken {
			b.pop()
		}
	case t.Data == "listing" && block:
		c.listing(b, attrs, written)
	case t.Data == "img":
		b.add(c.img(attrs, written)...)
	case t.Data == "br":
		b.add(element("newline", at))
	case unwanted[t.Data]:
		if b.top().node.Name != dropped {
			c.report.Add(written.Problem(collection.Warning, "html-left-out", "<%s> cannot be shown in a book and is left out; say the same with others, or remove it", t.Data))
		}
		if !empty {
			b.push(frame{node: &cnxml.Node{Name: dropped}, tag: t.Data})
		}
	case t.Data == "a" && attrs["href"] != "":
		if link := c.link(attrs["href"], at, c.attribute(written, "href", attrs["href"])); link != nil {
			with(link, "id", c.claim(attrs["id"], written.Place), "class", printable(attrs["class"]))
			b.push(frame{node: link, tag: "a"})
		}
	case phrasing[t.Data], flow[t.Data] && block:
		n := c.htmlElement(t, attrs, written)
		if empty {
			b.add(n)
		} else {
			b.push(frame{node: n, tag: t.Data})
		}
	}
}

// htmlElement keeps an element with the attributes that are on the list.
func (c *converter) htmlElement(t html.Token, attrs map[string]string, written tag) *cnxml.Node {
	at := written.Pos
	n := &cnxml.Node{Space: cnxml.HTML, Name: t.Data, Pos: at}
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

func (b *builder) inMath() bool {
	n := b.top().node
	return n.Space == cnxml.MathML && n.Name != "annotation-xml"
}

// listing opens a listing of the Rust book: a figure that holds code.
func (c *converter) listing(b *builder, attrs map[string]string, written tag) {
	at := written.Pos
	number, id := strings.TrimSpace(attrs["number"]), attrs["id"]
	if id == "" && number != "" {
		id = "listing-" + number
	}
	figure := with(element("figure", at), "id", c.claim(id, written.Place), "class", "listing")
	figure.Children = []*cnxml.Node{element("label", at)} // the author numbers it
	if name := attrs["file-name"]; name != "" {
		figure.Children = append(figure.Children, element("title", at, textNode("Filename: "+name, at)))
	}
	var caption []*cnxml.Node
	if number != "" {
		caption = append(caption, textNode("Listing "+number, at))
	}
	if words := attrs["caption"]; words != "" {
		if number != "" {
			caption = append(caption, textNode(": ", at))
		}
		caption = append(caption, c.captionWords(words, written.Place)...)
	}
	b.push(frame{node: figure, tag: "listing", end: func(n *cnxml.Node) {
		n.Children = dropBlank(n.Children)
		if len(caption) > 0 {
			n.Children = append(n.Children, element("caption", at, joinText(caption)...))
		}
	}})
}

// captionWords converts the Markdown in an attribute.
func (c *converter) captionWords(words string, at collection.Place) []*cnxml.Node {
	if len(words) > headingBytes {
		return []*cnxml.Node{textNode(words, at.Pos)}
	}
	src := &source{place: at}
	src.add([]byte(words), 0, 0, true)
	doc, _ := parse(src.text, c.dialect)
	first := doc.FirstChild()
	if first == nil || !ast.IsParagraph(first) || first.NextSibling() != nil {
		return []*cnxml.Node{textNode(words, at.Pos)}
	}
	inner := &converter{chapter: c.chapter, parsed: &parsed{source: src, doc: doc}, suffixes: c.suffixes, noted: c.noted}
	return inner.inlines(first, 5)
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
