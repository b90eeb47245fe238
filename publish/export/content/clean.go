package content

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/rhaptos/rhaptos/publish/messages"
)

// Cleaner turns the article of a stored page into one that stands by itself:
// without whatever needs a server or another site, and with the addresses of the
// export. A Cleaner serves one page.
type Cleaner struct {
	Slug      string
	Messages  *messages.Export
	Addresses *Addresses

	// Picture is where a picture of the release is in the export; false if it
	// is not there.
	Picture func(path string) (string, bool)

	// What Clean has found.
	HasMaths    bool
	Undescribed bool            // a picture without a description
	Seen        map[string]bool // the ids that are left

	EPUBTypes    bool // roles are given as epub:type too
	KeepsLoading bool // the export is read in a browser
}

// dropped are elements that do nothing outside of a browser on the site.
var dropped = map[atom.Atom]bool{atom.Script: true, atom.Style: true, atom.Template: true, atom.Noscript: true,
	atom.Button: true, atom.Select: true, atom.Textarea: true, atom.Link: true, atom.Meta: true, atom.Base: true}

// embedding are elements that show another document or play something; what
// stands in their place leads to it.
var embedding = map[atom.Atom]bool{atom.Iframe: true, atom.Embed: true, atom.Object: true, atom.Audio: true, atom.Video: true, atom.Applet: true}

// Clean changes what is below n.
func (c *Cleaner) Clean(n *html.Node) {
	if c.Seen == nil {
		c.Seen = map[string]bool{}
	}
	c.children(n)
}

func (c *Cleaner) children(n *html.Node) {
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

func (c *Cleaner) element(parent, n *html.Node) {
	foreign := n.Namespace != ""
	switch {
	case n.DataAtom == atom.Script, !foreign && dropped[n.DataAtom], n.DataAtom == atom.A && n.FirstChild == nil && HasClass(n, "anchor"):
		parent.RemoveChild(n)
		return
	case !foreign && embedding[n.DataAtom]:
		if s := n.NextSibling; s != nil && s.DataAtom == atom.A && HasClass(parent, "frame") {
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
		c.HasMaths = true
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
func (c *Cleaner) attributes(n *html.Node) {
	var kept []html.Attribute
	for _, a := range n.Attr {
		key := strings.ToLower(a.Key)
		switch {
		case a.Namespace == "xlink" && !strings.HasPrefix(a.Val, "#"):
			continue
		case a.Namespace != "":
		case strings.HasPrefix(key, "on"), key == "style", key == "nonce":
			continue
		case forBrowsers[key] && !c.KeepsLoading:
			continue
		case n.Namespace != "" && (key == "href" || key == "src") && (n.Namespace == "math" || !strings.HasPrefix(a.Val, "#")):
			continue
		case key == "id":
			if a.Val == "" || strings.ContainsAny(a.Val, " \t\n\f\r") || c.Seen[a.Val] {
				continue
			}
			c.Seen[a.Val] = true
		case key == "lang" && c.EPUBTypes && n.Namespace == "":
			kept = append(kept, html.Attribute{Key: "xml:lang", Val: a.Val})
		case key == "role" && c.EPUBTypes:
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
func (c *Cleaner) link(n *html.Node) {
	raw := Attribute(n, "href")
	if raw == "" {
		return
	}
	to, ok := "", false
	if id, same := strings.CutPrefix(raw, "#"); same {
		to, ok = raw, id != "" && c.hasPlace(raw)
	} else {
		to, ok = c.Addresses.Of(c.Slug, raw)
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
func (c *Cleaner) hasPlace(fragment string) bool {
	return c.Addresses.IDs == nil || c.Addresses.IDs.has(c.Slug, Unescape(strings.TrimPrefix(fragment, "#")))
}

// image gives a picture its address in the export, or says in words what it
// shows.
func (c *Cleaner) image(n *html.Node) {
	path := c.releasePath(Attribute(n, "src"))
	to, ok := c.Picture(path)
	alt := strings.TrimSpace(Attribute(n, "alt"))
	if !ok {
		replace(n, c.described(n, path, alt))
		return
	}
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
		c.Undescribed = true
		attrs = append(attrs, html.Attribute{Key: "alt"})
	}
	n.Attr = attrs
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// described stands in the place of a picture that the export cannot hold.
func (c *Cleaner) described(n *html.Node, path, alt string) *html.Node {
	span := NewElement(atom.Span, append(only(n.Attr, "id"), html.Attribute{Key: "class", Val: "elsewhere"})...)
	said := strings.TrimSpace(c.Messages.Picture + " " + alt)
	if to, ok := c.Addresses.online(path, ""); ok && path != "" {
		a := NewElement(atom.A, html.Attribute{Key: "href", Val: to})
		a.AppendChild(NewText(said))
		span.AppendChild(a)
	} else {
		span.AppendChild(NewText(said))
	}
	return span
}

// instead leads to what a page embeds: to it if it has an address of its own,
// else to the page on the server.
func (c *Cleaner) instead(n *html.Node) *html.Node {
	span := NewElement(atom.Span, append(only(n.Attr, "id"), html.Attribute{Key: "class", Val: "elsewhere"})...)
	title := strings.TrimSpace(c.Messages.Interactive + " " + Attribute(n, "title"))
	raw := Attribute(n, "src")
	if raw == "" {
		raw = Attribute(n, "data")
	}
	if source := Find(n, atom.Source); raw == "" && source != nil {
		raw = Attribute(source, "src")
	}
	to, ok := "", false
	if raw != "" {
		to, ok = c.Addresses.Of(c.Slug, raw)
	}
	if !ok {
		to, ok = c.Addresses.online(c.Slug, Attribute(n, "id"))
	}
	if !ok {
		span.AppendChild(NewText(title))
		return span
	}
	a := NewElement(atom.A, html.Attribute{Key: "href", Val: to})
	a.AppendChild(NewText(title))
	span.AppendChild(a)
	return span
}

// checkbox is a box of a list of tasks as a character.
func checkbox(n *html.Node) *html.Node {
	if Attribute(n, "type") != "checkbox" {
		return NewText("")
	}
	for _, a := range n.Attr {
		if a.Key == "checked" {
			return NewText("☑")
		}
	}
	return NewText("☐")
}

// releasePath is the path in the release that an address in a page leads to,
// as it stands in the manifest.
func (c *Cleaner) releasePath(raw string) string {
	path, _, _ := strings.Cut(raw, "#")
	path, _, _ = strings.Cut(path, "?")
	return strings.TrimPrefix(Unescape(path), "./")
}
