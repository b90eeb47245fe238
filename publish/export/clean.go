package export

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/rhaptos/rhaptos/publish/messages"
)

// cleaner turns the article of a stored page into one that stands by itself:
// without what needs a server or another site, and with the addresses of the
// export.
type cleaner struct {
	slug      string
	messages  *messages.Export
	addresses *addresses

	// picture is where a picture of the release is in the export; false if it
	// is not there.
	picture func(path string) (string, bool)

	hasMaths     bool
	hasPictures  bool
	undescribed  bool // a picture without a description
	seen         map[string]bool
	epubTypes    bool // roles are given as epub:type too
	keepsLoading bool // the export is read in a browser
}

// dropped are elements that do nothing outside of a browser on the site.
var dropped = map[atom.Atom]bool{atom.Script: true, atom.Style: true, atom.Template: true, atom.Noscript: true,
	atom.Button: true, atom.Select: true, atom.Textarea: true, atom.Link: true, atom.Meta: true, atom.Base: true}

// embedding are elements that show another document or play something; what
// stands in their place leads to it.
var embedding = map[atom.Atom]bool{atom.Iframe: true, atom.Embed: true, atom.Object: true, atom.Audio: true, atom.Video: true, atom.Applet: true}

// clean changes what is below n.
func (c *cleaner) clean(n *html.Node) {
	if c.seen == nil {
		c.seen = map[string]bool{}
	}
	c.children(n)
}

func (c *cleaner) children(n *html.Node) {
	for child := n.FirstChild; child != nil; {
		next := child.NextSibling
		if child.Type == html.ElementNode {
			c.element(n, child)
		} else if child.Type != html.TextNode {
			n.RemoveChild(child)
		}
		child = next
	}
}

func (c *cleaner) element(parent, n *html.Node) {
	foreign := n.Namespace != ""
	switch {
	case n.DataAtom == atom.Script, !foreign && dropped[n.DataAtom]:
		parent.RemoveChild(n)
		return
	case !foreign && embedding[n.DataAtom]:
		if s := n.NextSibling; s != nil && s.DataAtom == atom.A && hasClass(parent, "frame") {
			parent.RemoveChild(n) // the page itself leads to it
			return
		}
		replace(n, c.instead(n))
		return
	case !foreign && n.DataAtom == atom.Input:
		replace(n, checkbox(n))
		return
	case !foreign && n.DataAtom == atom.Form:
		n.Data, n.DataAtom, n.Attr = "div", atom.Div, only(n.Attr, "id", "class")
	case n.Namespace == "math" && n.Data == "math":
		c.hasMaths = true
	}
	c.attributes(n)
	switch {
	case !foreign && n.DataAtom == atom.A:
		c.link(n)
	case !foreign && n.DataAtom == atom.Img:
		c.image(n)
	}
	c.children(n)
}

func replace(old, with *html.Node) {
	old.Parent.InsertBefore(with, old)
	old.Parent.RemoveChild(old)
}

func newElement(kind atom.Atom, attrs ...html.Attribute) *html.Node {
	return &html.Node{Type: html.ElementNode, Data: kind.String(), DataAtom: kind, Attr: attrs}
}

func newText(s string) *html.Node { return &html.Node{Type: html.TextNode, Data: s} }

func only(attrs []html.Attribute, names ...string) []html.Attribute {
	var kept []html.Attribute
	for _, a := range attrs {
		for _, n := range names {
			if a.Key == n && a.Namespace == "" {
				kept = append(kept, a)
			}
		}
	}
	return kept
}

// forBrowsers are attributes that only a browser makes something of.
var forBrowsers = map[string]bool{"loading": true, "decoding": true, "fetchpriority": true, "srcset": true, "sizes": true,
	"target": true, "crossorigin": true, "referrerpolicy": true, "autofocus": true, "tabindex": true, "popover": true}

// attributes leaves out what runs, what styles by itself, and what only a
// browser understands. An id is kept where it comes first.
func (c *cleaner) attributes(n *html.Node) {
	var kept []html.Attribute
	for _, a := range n.Attr {
		key := strings.ToLower(a.Key)
		switch {
		case a.Namespace == "xlink" && !strings.HasPrefix(a.Val, "#"):
			continue
		case a.Namespace != "":
		case strings.HasPrefix(key, "on"), key == "style", key == "nonce":
			continue
		case forBrowsers[key] && !c.keepsLoading:
			continue
		case n.Namespace != "" && (key == "href" || key == "src") && (n.Namespace == "math" || !strings.HasPrefix(a.Val, "#")):
			continue
		case key == "id":
			if a.Val == "" || strings.ContainsAny(a.Val, " \t\n\f\r") || c.seen[a.Val] {
				continue
			}
			c.seen[a.Val] = true
		case key == "lang" && c.epubTypes && n.Namespace == "":
			kept = append(kept, html.Attribute{Key: "xml:lang", Val: a.Val})
		case key == "role" && c.epubTypes:
			if t := epubTypes[a.Val]; t != "" {
				kept = append(kept, html.Attribute{Key: "epub:type", Val: t})
			}
		}
		kept = append(kept, a)
	}
	n.Attr = kept
}

// epubTypes are the values of epub:type (EPUB Structural Semantics Vocabulary
// 1.1) that say the same as the roles of DPUB-ARIA 1.1.
var epubTypes = map[string]string{
	"doc-noteref": "noteref", "doc-footnote": "footnote", "doc-endnotes": "endnotes", "doc-glossary": "glossary",
	"doc-index": "index", "doc-bibliography": "bibliography", "doc-abstract": "abstract", "doc-appendix": "appendix",
	"doc-chapter": "chapter", "doc-part": "part", "doc-preface": "preface", "doc-foreword": "foreword",
	"doc-introduction": "introduction", "doc-conclusion": "conclusion", "doc-acknowledgments": "acknowledgments",
	"doc-biblioentry": "biblioentry", "doc-biblioref": "biblioref", "doc-glossref": "glossref",
}

// link gives a link its address in the export. One that leads nowhere is text.
func (c *cleaner) link(n *html.Node) {
	raw := attribute(n, "href")
	if raw == "" {
		return
	}
	to, ok := "", false
	if id, same := strings.CutPrefix(raw, "#"); same {
		to, ok = raw, id != "" && c.hasPlace(raw)
	} else {
		to, ok = c.addresses.of(c.slug, raw)
	}
	if !ok {
		n.Data, n.DataAtom = "span", atom.Span
		n.Attr = only(n.Attr, "id", "class", "lang", "xml:lang", "dir")
		return
	}
	for i := range n.Attr {
		if n.Attr[i].Key == "href" {
			n.Attr[i].Val = to
		}
	}
}

// hasPlace reports whether the page has the place that a fragment leads to.
func (c *cleaner) hasPlace(fragment string) bool {
	return c.addresses.ids == nil || c.addresses.ids.has(c.slug, unescaped(strings.TrimPrefix(fragment, "#")))
}

// image gives a picture its address in the export, or says in words what it
// shows.
func (c *cleaner) image(n *html.Node) {
	path := c.releasePath(attribute(n, "src"))
	to, ok := c.picture(path)
	alt := strings.TrimSpace(attribute(n, "alt"))
	if !ok {
		replace(n, c.described(n, path, alt))
		return
	}
	c.hasPictures = true
	var attrs []html.Attribute
	hasAlt := false
	for _, a := range n.Attr {
		switch a.Key {
		case "src":
			a.Val = to
		case "alt":
			hasAlt = true
		case "width", "height":
			if !digits(a.Val) {
				continue
			}
		}
		attrs = append(attrs, a)
	}
	if !hasAlt {
		c.undescribed = true
		attrs = append(attrs, html.Attribute{Key: "alt"})
	}
	n.Attr = attrs
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// described stands in the place of a picture that the export cannot hold.
func (c *cleaner) described(n *html.Node, path, alt string) *html.Node {
	span := newElement(atom.Span, append(only(n.Attr, "id"), html.Attribute{Key: "class", Val: "elsewhere"})...)
	said := strings.TrimSpace(c.messages.Picture + " " + alt)
	if to, ok := c.addresses.online(path, ""); ok && path != "" {
		a := newElement(atom.A, html.Attribute{Key: "href", Val: to})
		a.AppendChild(newText(said))
		span.AppendChild(a)
	} else {
		span.AppendChild(newText(said))
	}
	return span
}

// instead leads to what a page embeds: to it if it has an address of its own,
// else to the page on the server.
func (c *cleaner) instead(n *html.Node) *html.Node {
	span := newElement(atom.Span, append(only(n.Attr, "id"), html.Attribute{Key: "class", Val: "elsewhere"})...)
	title := strings.TrimSpace(c.messages.Interactive + " " + attribute(n, "title"))
	raw := attribute(n, "src")
	if raw == "" {
		raw = attribute(n, "data")
	}
	if source := find(n, atom.Source); raw == "" && source != nil {
		raw = attribute(source, "src")
	}
	to, ok := "", false
	if raw != "" {
		to, ok = c.addresses.of(c.slug, raw)
	}
	if !ok {
		to, ok = c.addresses.online(c.slug, attribute(n, "id"))
	}
	if !ok {
		span.AppendChild(newText(title))
		return span
	}
	a := newElement(atom.A, html.Attribute{Key: "href", Val: to})
	a.AppendChild(newText(title))
	span.AppendChild(a)
	return span
}

// checkbox is a box of a list of tasks as a character.
func checkbox(n *html.Node) *html.Node {
	if attribute(n, "type") != "checkbox" {
		return newText("")
	}
	for _, a := range n.Attr {
		if a.Key == "checked" {
			return newText("☑")
		}
	}
	return newText("☐")
}

// releasePath is the path in the release that an address in a page leads to,
// as it stands in the manifest.
func (c *cleaner) releasePath(raw string) string {
	path, _, _ := strings.Cut(raw, "#")
	path, _, _ = strings.Cut(path, "?")
	return strings.TrimPrefix(unescaped(path), "./")
}
