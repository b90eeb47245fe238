package render

import (
	"net/url"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// link writes a link, with a text of its own or one that says what it leads to.
func (r *renderer) link(n *cnxml.Node) {
	if name, ok := injected(n.Attr("url")); ok {
		r.w.Element("span", r.attrs(n, "not-included"), func() { r.w.Text(r.messages.Page.NotIncluded + " " + name) })
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

// target is what a link leads to.
type target struct {
	href    string
	rel     string
	label   *label   // what is there; nil outside of the library
	outline *outline // of the book that it is in
	page    *Page
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
	attrs = append(attrs, attr{"href", t.href})
	if t.rel != "" {
		attrs = append(attrs, attr{"rel", t.rel})
	}
	r.w.Element("a", attrs, inner)
}

// linkText writes what n holds; for an empty link what the target is called,
// or at least its address.
func (r *renderer) linkText(n *cnxml.Node, t target) {
	switch {
	case !n.IsBlank():
		r.children(n)
	case t.label != nil:
		r.labelText(n, t)
	case r.leadsToHidden(n):
		r.w.Text(r.messages.Page.ForTeachers)
	case n.Attr("url") != "":
		r.w.Text(n.Attr("url"))
	default:
		r.w.Text("[" + strings.Trim(n.Attr("document")+"#"+n.Attr("target-id"), "#") + "]")
	}
}

// leadsToHidden reports whether a link leads to what only teachers see, in its
// own module.
func (r *renderer) leadsToHidden(n *cnxml.Node) bool {
	if document := n.Attr("document"); r.src.page == nil || document != "" && document != r.src.module.ID {
		return false
	}
	_, hidden := slices.BinarySearch(r.src.page.facts.hidden, n.Attr("target-id"))
	return hidden
}

// labelText writes the name of a target: "Figure 3.4", or its title.
func (r *renderer) labelText(n *cnxml.Node, t target) {
	l := t.label
	if hasClass(n.Attr("class"), "target-chapter") && t.page.chapter != "" {
		r.w.Text(t.outline.messages.Labels["chapter"].In(grammaticalCase(n)) + " " + t.page.chapter)
		return
	}
	switch {
	case l.word != "":
		word, number := l.custom, l.number
		if word == "" {
			word = t.outline.messages.Labels[l.word].In(grammaticalCase(n))
		}
		if l.word == "equation" && number != "" {
			number = "(" + number + ")"
		}
		r.w.Text(strings.TrimSpace(word + " " + number))
	case l.title != nil && (r.quiet || r.copied > maxCopied): // a title may hold a link to itself
		r.w.Text(clip(oneLine(l.title.ReadableText()), 40))
	case l.title != nil:
		r.copyOf(l.title)
	default:
		r.w.Text(l.text)
	}
}

// maxCopied is how many bytes of titles the links of one page may repeat with
// their markup.
const maxCopied = 1 << 20

// copyOf writes what is in a title once more, in another place.
func (r *renderer) copyOf(title *cnxml.Node) {
	before, from := r.quiet, r.w.Len()
	r.quiet = true
	r.line(r.inside(title))
	r.quiet = before
	r.copied += r.w.Len() - from
}

// grammaticalCase is the case that a Polish link asks for.
func grammaticalCase(n *cnxml.Node) string {
	for _, a := range n.Attrs {
		if isCase(a) {
			return a.Value
		}
	}
	return ""
}

func isCase(a cnxml.Attr) bool { return a.Name == "case" && strings.Contains(a.Space, "cmlnle") }

// resolve finds what a link leads to: a place in this page, another page of
// the book, another book of the library, a file of the book, or an address
// elsewhere. The zero target is none of these.
func (r *renderer) resolve(n *cnxml.Node) target {
	document, id := n.Attr("document"), n.Attr("target-id")
	if document != "" || id != "" {
		m := r.src.module
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
	return target{}
}

// toAddress resolves an address as an author writes it.
func (r *renderer) toAddress(raw string) target {
	m := r.src.module
	path, id, _ := strings.Cut(raw, "#")
	switch {
	case path == "" && id == "":
		return target{}
	case path == "":
		return r.toModule(m, unescaped(id))
	case m.Pages[path] != nil:
		return r.toModule(m.Pages[path], unescaped(id))
	case m.Media[raw] != nil:
		return target{href: address(MediaPath(m.Media[raw]))}
	case m.Media[path] != nil:
		return target{href: address(MediaPath(m.Media[path]))}
	}
	return target{href: external(raw), rel: "noopener"}
}

func unescaped(id string) string {
	if s, err := url.PathUnescape(id); err == nil {
		return s
	}
	return id
}

// toModule resolves a link to a module's page, or to an id in it. A page
// without the id is still a page; only within one page there is nothing then.
func (r *renderer) toModule(m *collection.Module, id string) target {
	if m == nil {
		return target{}
	}
	o, book := r.outline, ""
	p := o.byModule[m.ID]
	if p == nil {
		if o = r.others[m.ID]; o == nil {
			return target{}
		}
		p, book = o.byModule[m.ID], "../"+address(o.book.Slug)+"/"
	}
	t := target{outline: o, page: p, label: &label{title: p.title}}
	to, at := p, ""
	if id != "" {
		n := r.namesIn(o, m.ID)
		if l := n.labels[id]; l != nil {
			t.label = l
			at = fragment(id)
			if a, ok := n.moved[id]; ok {
				to, at = a.page, fragment(a.id)
			}
		} else if m == r.src.module {
			return target{}
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
