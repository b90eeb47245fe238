package render

import (
	"net/url"
	"path"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// link writes a link, with a text of its own or one that says what it leads to.
func (r *renderer) link(n *cnxml.Node) {
	if name, ok := injected(n.Attr("url")); ok {
		r.w.Element("span", r.attrs(n, "not-included"), func() { r.w.Text(r.Messages.Page.NotIncluded + " " + name) })
		return
	}
	if r.footnoteAgain(n) {
		return
	}
	r.anchor(n, r.attrs(n), nil)
}

// injected is the name of an exercise that is kept in another place and that a
// link stands in for.
func injected(url string) (name string, ok bool) {
	for _, prefix := range []string{"#exercise/", "#ost/api/ex/"} {
		if name, ok = strings.CutPrefix(url, prefix); ok {
			return name, true
		}
	}
	return "", false
}

// destination says where a link leads: an address, and what is there.
type destination struct {
	href    string
	rel     string
	label   *outline.Label   // what is there; nil outside of the library
	outline *outline.Outline // of the book that it is in
	page    *outline.Page
}

// attrs are those of a link to it.
func (t *destination) attrs() []attr {
	out := []attr{{"href", t.href}}
	if t.rel != "" {
		out = append(out, attr{"rel", t.rel})
	}
	return out
}

// anchor writes an a element around text or, if it is nil, around what n holds.
// A link that leads nowhere, or that stands in a link, is its text alone.
func (r *renderer) anchor(n *cnxml.Node, attrs []attr, text func()) {
	t := r.resolve(n)
	inner := func() {
		before := r.inLink
		r.inLink = true
		if text != nil {
			text()
		} else {
			r.linkText(n, t)
		}
		r.inLink = before
	}
	if t.href == "" || r.inLink {
		if text != nil && len(attrs) == 0 {
			text()
			return
		}
		r.w.Element("span", attrs, inner)
		return
	}
	r.w.Element("a", append(attrs, t.attrs()...), inner)
}

// linkText writes what n holds; for an empty link what the target is called,
// or at least its address.
func (r *renderer) linkText(n *cnxml.Node, t destination) {
	switch {
	case !n.IsBlank():
		r.children(n)
	case t.label != nil:
		r.labelText(n, t)
	case r.leadsToHidden(n):
		r.w.Text(r.Messages.Page.ForTeachers)
	case n.Attr("url") != "":
		r.w.Text(n.Attr("url"))
	case n.Attr("resource") != "":
		r.w.Text(path.Base(n.Attr("resource")))
	default:
		r.w.Text("[" + strings.Trim(n.Attr("document")+"#"+n.Attr("target-id"), "#") + "]")
	}
}

// leadsToHidden reports whether a link leads to what only teachers see, in its
// own module.
func (r *renderer) leadsToHidden(n *cnxml.Node) bool {
	if document := n.Attr("document"); r.src.Page == nil || document != "" && document != r.src.Module.ID {
		return false
	}
	return r.src.Page.IsHidden(n.Attr("target-id"))
}

// labelText writes the name of a target: "Figure 3.4", or its title.
func (r *renderer) labelText(n *cnxml.Node, t destination) {
	l := t.label
	if outline.HasClass(n.Attr("class"), "target-chapter") && t.page.Chapter != "" {
		r.w.Text(t.outline.Messages.Labels["chapter"].In(outline.GrammaticalCase(n)) + " " + t.page.Chapter)
		return
	}
	switch {
	case l.Element != "":
		word, number := l.Custom, l.Number
		if word == "" {
			word = t.outline.Messages.Labels[l.Element].In(outline.GrammaticalCase(n))
		}
		switch {
		case l.Custom != "" && (l.Element == "equation" || l.Element == "exercise"):
			number = "" // its label stands there in place of the number
		case l.Element == "equation" && number != "":
			number = "(" + number + ")"
		}
		r.w.Text(strings.TrimSpace(word + " " + number))
	case l.Title != nil && (r.quiet || r.copied > maxCopied): // a title may hold a link to itself
		r.w.Text(outline.Clip(outline.OneLine(l.Title.ReadableText()), 40))
	case l.Title != nil:
		r.copyOf(l.Title)
	default:
		r.w.Text(l.Text)
	}
}

// maxCopied limits the bytes of titles, with their markup, that the links of one
// page repeat.
const maxCopied = 1 << 20

// copyOf writes what is in a title once more, in another place.
func (r *renderer) copyOf(title *cnxml.Node) {
	before, from := r.quiet, r.w.Len()
	r.quiet = true
	r.line(r.inside(title))
	r.quiet = before
	r.copied += r.w.Len() - from
}

// resolve finds what a link leads to: a place in this page, another page of
// the book, another book of the library, a file of the book, or an address
// elsewhere. The zero value is none of these.
func (r *renderer) resolve(n *cnxml.Node) destination {
	document, id := n.Attr("document"), n.Attr("target-id")
	if document != "" || id != "" {
		m := r.src.Module
		if document != "" && document != m.ID {
			m = m.Pages[document]
		}
		return r.toModule(m, id)
	}
	for _, name := range []string{"url", "href", "src", "resource"} {
		if v, ok := n.Lookup(name); ok {
			return r.toAddress(v)
		}
	}
	return destination{}
}

// toAddress resolves an address as an author writes it.
func (r *renderer) toAddress(raw string) destination {
	m := r.src.Module
	path, id, _ := strings.Cut(raw, "#")
	switch {
	case path == "" && id == "":
		return destination{}
	case path == "":
		return r.toModule(m, unescaped(id))
	case m.Pages[path] != nil:
		return r.toModule(m.Pages[path], unescaped(id))
	case m.Media[raw] != nil:
		return destination{href: address(MediaPath(m.Media[raw]))}
	case m.Media[path] != nil:
		return destination{href: address(MediaPath(m.Media[path]))}
	}
	return destination{href: external(raw), rel: "noopener"}
}

func unescaped(id string) string {
	if s, err := url.PathUnescape(id); err == nil {
		return s
	}
	return id
}

// toModule resolves a link to a module's page, or to an id in it. A page
// without the id is still a page; only within one page there is nothing then.
func (r *renderer) toModule(m *collection.Module, id string) destination {
	if m == nil {
		return destination{}
	}
	o, book := r.Outline, ""
	p := o.ByModule[m.ID]
	if p == nil {
		if o = r.Other(m.ID); o == nil {
			return destination{}
		}
		p, book = o.ByModule[m.ID], "../"+address(o.Source.Slug)+"/"
	}
	t := destination{outline: o, page: p, label: &outline.Label{Title: p.Heading}}
	to, at := p, ""
	if id != "" {
		n := r.namesIn(o, m.ID)
		if l := n.Labels[id]; l != nil {
			t.label = l
			at = fragment(id)
			if a, ok := n.Moved[id]; ok {
				to, at = a.Page, fragment(a.ID)
			}
		} else if m == r.src.Module {
			return destination{}
		}
	}
	// A module that stands in the book twice is linked to where it is.
	if same := to == r.page || to == p && r.page.Module == m; same {
		t.href = at
	} else {
		t.href = book + address(to.Slug) + at
	}
	if t.href == "" { // the page itself
		t.href = address(r.page.Slug)
	}
	return t
}

// hrefOf is the address of an id of a module's on a page of the book.
func (r *renderer) hrefOf(at *outline.Page, module, id string) string {
	n := r.names(module)
	if a, ok := n.Moved[id]; ok {
		return address(a.Page.Slug) + fragment(a.ID)
	}
	if n.Labels[id] == nil {
		return address(at.Slug)
	}
	return address(at.Slug) + fragment(id)
}

// pageLink leads to a page by its number and title.
func (r *renderer) pageLink(p *outline.Page) {
	before := r.inLink
	r.inLink = true
	r.w.Element("a", []attr{{"href", address(p.Slug)}}, func() {
		if p.Number != "" {
			r.w.Element("span", []attr{{"class", "number"}}, func() { r.w.Text(p.Number) })
			r.w.Text(" ")
		}
		src := r.src
		r.src = noSource
		r.copyOf(p.Heading)
		r.src = src
	})
	r.inLink = before
}

// fragment is the address of an id in the same page.
func fragment(id string) string {
	u := url.URL{Fragment: id}
	return "#" + u.EscapedFragment()
}

// external is the address as it may stand in a page: absolute, of a scheme
// that cannot run anything; empty for any other.
func external(raw string) string {
	raw = strings.TrimSpace(raw)
	if strings.HasPrefix(strings.ToLower(raw), "www.") {
		raw = "http://" + raw
	}
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	switch u.Scheme {
	case "http", "https":
		if u.Host == "" {
			return ""
		}
	case "mailto":
		if u.Opaque == "" {
			return ""
		}
	default:
		return ""
	}
	return u.String()
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
