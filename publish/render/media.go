package render

import (
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// figure writes a figure or, within one, a subfigure.
func (r *renderer) figure(n *cnxml.Node) {
	r.w.element("figure", r.attrs(n, figureClass(n)), func() {
		r.children(n, "title", "label", "caption")
		label, title, caption := r.ownLabel(n), n.Child("title"), n.Child("caption")
		if label == "" && isEmpty(title) && isEmpty(caption) {
			return
		}
		r.w.element("figcaption", nil, func() {
			r.line(func() { r.labelAndTitle(n) })
			if !isEmpty(caption) {
				if label != "" || !isEmpty(title) {
					r.w.text(" ")
				}
				name := "span"
				if r.rules.holdsBlock(caption) {
					name = "div"
				}
				r.w.element(name, r.attrs(caption, "caption"), r.inside(caption))
			}
		})
	})
}

func figureClass(n *cnxml.Node) string {
	if n.Attr("orient") == "vertical" || n.Child("subfigure") == nil {
		return n.Name
	}
	return "side-by-side"
}

// media writes the forms of a medium that are for the screen.
func (r *renderer) media(n *cnxml.Node) {
	alt := n.Attr("alt")
	r.w.element("span", r.attrs(n, "media"), func() {
		for _, c := range n.Children {
			switch {
			case c.Is("image") && hasClass(c.Attr("for"), "pdf") && countElements(n) > 1:
			case c.Is("image"):
				r.picture(c, alt)
			case c.Space != cnxml.Text:
				r.line(func() { r.node(c) })
			}
		}
	})
}

func countElements(n *cnxml.Node) int {
	count := 0
	for _, c := range n.Children {
		if c.Space != cnxml.Text {
			count++
		}
	}
	return count
}

// image is one that stands outside of media.
func (r *renderer) image(n *cnxml.Node) { r.picture(n, n.Attr("alt")) }

// picture writes an image of the book, with the author's description.
func (r *renderer) picture(n *cnxml.Node, alt string) {
	m := r.page.Module.Media[n.Attr("src")]
	attrs := r.attrs(n)
	switch {
	case m == nil && external(n.Attr("src")) != "":
		r.remotePicture(n, attrs, alt)
		return
	case m == nil:
		r.w.element("span", append(attrs, attr{"role", "note"}), func() {
			r.w.text(strings.TrimSpace(r.words.missingMedia + " " + alt))
		})
		return
	case !strings.HasPrefix(m.Type, "image/"):
		r.file(m, attrs, alt)
		return
	}
	attrs = append(attrs, attr{"src", address(MediaPath(m))}, attr{"alt", alt})
	for _, name := range []string{"width", "height"} {
		if v := pixels(n.Attr(name)); v > 0 {
			attrs = append(attrs, attr{name, strconv.Itoa(v)})
		}
	}
	r.w.void("img", append(attrs, attr{"loading", "lazy"})...)
}

// remotePicture links to an image of another site: a page loads nothing from
// elsewhere.
func (r *renderer) remotePicture(n *cnxml.Node, attrs []attr, alt string) {
	url := external(n.Attr("src"))
	if alt = strings.TrimSpace(alt); alt == "" {
		alt = url
	}
	if r.inLink {
		r.w.element("span", attrs, func() { r.w.text(alt) })
		return
	}
	r.w.element("a", append(attrs, attr{"href", url}, attr{"rel", "noopener"}), func() { r.w.text(alt) })
}

// pixels reads a length of an image, 0 if it is not one in pixels.
func pixels(s string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(s), "px"))
	if err != nil || n < 1 || n > 10_000 {
		return 0
	}
	return n
}

// file links to a file of the book that is not shown in the page.
func (r *renderer) file(m *collection.Media, attrs []attr, text string) {
	if text = strings.TrimSpace(text); text == "" {
		text = m.Path[strings.LastIndexByte(m.Path, '/')+1:]
	}
	if r.inLink {
		r.w.element("span", attrs, func() { r.w.text(text) })
		return
	}
	r.w.element("a", append(attrs, attr{"href", address(MediaPath(m))}), func() { r.w.text(text) })
}

// embedded writes what other readers would play or run within the page (video,
// audio, interactive content) as a plain link to it.
func (r *renderer) embedded(n *cnxml.Node) {
	src := n.Attr("src")
	if m := r.page.Module.Media[src]; m != nil && !strings.HasPrefix(m.Type, "text/html") {
		r.file(m, r.attrs(n, n.Name), n.Attr("title"))
		return
	}
	url := external(src)
	r.w.element("span", r.attrs(n, n.Name), func() {
		switch {
		case url == "":
			r.w.text(strings.TrimSpace(r.words.noInteract + " " + src[strings.LastIndexByte(src, '/')+1:]))
		case r.inLink:
			r.w.text(r.words.interactive)
		default:
			r.w.element("a", []attr{{"href", url}, {"rel", "noopener"}}, func() {
				r.w.text(r.words.interactive + " (" + host(url) + ")")
			})
		}
	})
}
