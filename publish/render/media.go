package render

import (
	"cmp"
	"path"
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// figure writes a figure or, within one, a subfigure.
func (r *renderer) figure(n *cnxml.Node) {
	r.w.Element("figure", r.attrs(n, figureClass(n)), func() {
		r.children(n, "title", "label", "caption")
		label, title, caption := r.ownLabel(n), n.Child("title"), n.Child("caption")
		if label == "" && title.IsBlank() && caption.IsBlank() {
			return
		}
		r.w.Element("figcaption", nil, func() {
			r.line(func() { r.labelAndTitle(n) })
			if !caption.IsBlank() {
				if label != "" || !title.IsBlank() {
					r.w.Text(" ")
				}
				name := "span"
				if r.rules.holdsBlock(caption) {
					name = "div"
				}
				r.w.Element(name, r.attrs(caption, "caption"), r.inside(caption))
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
	alt, classes := n.Attr("alt"), []string{"media"}
	if n.Attr("display") == "block" {
		classes = append(classes, "standing")
	}
	r.w.Element("span", r.attrs(n, classes...), func() {
		for _, c := range n.Children {
			switch {
			case c.Is("image") && outline.HasClass(c.Attr("for"), "pdf") && countElements(n) > 1:
			case c.Is("image"):
				r.picture(c, alt)
			case c.Is("iframe") && r.framed(c) != nil:
				r.frame(c, r.framed(c), alt)
			case c.Space != cnxml.Text:
				r.line(func() { r.node(c) })
			}
		}
		if long := outline.OneLine(n.Attr("longdesc")); strings.Contains(long, " ") { // prose, and no address
			r.w.Element("span", []attr{{"class", "description"}}, func() { r.w.Text(long) })
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
	m := r.src.Module.Media[n.Attr("src")]
	attrs := r.attrs(n)
	switch {
	case m == nil && external(n.Attr("src")) != "":
		r.remotePicture(n, attrs, alt)
		return
	case m == nil:
		r.w.Element("span", append(attrs, attr{"role", "note"}), func() {
			r.w.Text(strings.TrimSpace(r.Messages.Page.MissingMedia + " " + alt))
		})
		return
	case !shownImages[m.Type]:
		r.file(m, attrs, alt)
		return
	}
	attrs = append(attrs, attr{"src", address(MediaPath(m))}, attr{"alt", strings.TrimSpace(alt)})
	width, height := sizeOf(n, m)
	if width > 0 {
		attrs = append(attrs, attr{"width", strconv.Itoa(width)})
	}
	if height > 0 {
		attrs = append(attrs, attr{"height", strconv.Itoa(height)})
	}
	r.w.Void("img", append(attrs, attr{"loading", "lazy"}, attr{"decoding", "async"})...)
}

// shownImages are the types of images that browsers show. Others (TIFF, EPS,
// WMF) are files to fetch.
var shownImages = map[string]bool{
	"image/avif": true, "image/bmp": true, "image/gif": true, "image/jpeg": true, "image/png": true,
	"image/svg+xml": true, "image/vnd.microsoft.icon": true, "image/webp": true,
}

// sizeOf is the size in which an image is shown, 0 for what is not known: the
// author's, in the proportions of the file, or else that of the file. So a
// browser keeps the place free before it has the image.
func sizeOf(n *cnxml.Node, m *collection.Media) (width, height int) {
	width, height = pixels(n.Attr("width")), pixels(n.Attr("height"))
	switch {
	case m.Width == 0 || m.Height == 0:
	case width > 0:
		height = max(1, (width*m.Height+m.Width/2)/m.Width)
	case height > 0:
		width = max(1, (height*m.Width+m.Height/2)/m.Height)
	default:
		width, height = m.Width, m.Height
	}
	return width, height
}

// remotePicture links to an image of another site: a page loads nothing from
// elsewhere.
func (r *renderer) remotePicture(n *cnxml.Node, attrs []attr, alt string) {
	url := external(n.Attr("src"))
	if alt = strings.TrimSpace(alt); alt == "" {
		alt = url
	}
	if r.inLink {
		r.w.Element("span", attrs, func() { r.w.Text(alt) })
		return
	}
	r.w.Element("a", append(attrs, attr{"href", url}, attr{"rel", "noopener"}), func() { r.w.Text(alt) })
}

// pixels reads a length of an image or a frame, 0 if it is not one in pixels.
func pixels(s string) int {
	v, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(s), "px"), 64)
	if err != nil || !(v >= 1 && v <= 10_000) {
		return 0
	}
	return int(v)
}

// file links to a file of the book that is not shown in the page, and says what
// it is.
func (r *renderer) file(m *collection.Media, attrs []attr, text string) {
	name := path.Base(m.Path)
	if text = strings.TrimSpace(text); text == "" {
		text = name
	} else if kind := strings.ToUpper(strings.TrimPrefix(path.Ext(name), ".")); kind != "" {
		text += " (" + kind + ")"
	}
	if r.inLink {
		r.w.Element("span", attrs, func() { r.w.Text(text) })
		return
	}
	r.w.Element("a", append(attrs, attr{"href", address(MediaPath(m))}), func() { r.w.Text(text) })
}

// framed is the document of the book that an iframe shows, nil if there is none
// or if it cannot stand here.
func (r *renderer) framed(n *cnxml.Node) *collection.Media {
	m := r.src.Module.Media[n.Attr("src")]
	if m == nil || !isDocument(m) || r.inLink || r.quiet {
		return nil
	}
	return m
}

func isFrame(n *cnxml.Node) bool { return n.Is("iframe") || isHTML(n, "iframe") }

func isDocument(m *collection.Media) bool { return strings.HasPrefix(m.Type, "text/html") }

// frame shows a document of the book within the page, in a sandbox: it may run
// its own scripts, but is a stranger to the page and to the site.
func (r *renderer) frame(n *cnxml.Node, m *collection.Media, alt string) {
	src := address(MediaPath(m))
	title := cmp.Or(strings.TrimSpace(n.Attr("title")), strings.TrimSpace(alt), r.Messages.Page.Frame)
	attrs := []attr{{"src", src}, {"sandbox", "allow-scripts"}, {"loading", "lazy"}, {"title", title}}
	for _, name := range []string{"width", "height"} {
		if v := pixels(n.Attr(name)); v > 0 {
			attrs = append(attrs, attr{name, strconv.Itoa(v)})
		}
	}
	r.w.Element("span", r.attrs(n, "frame"), func() {
		r.w.Element("iframe", attrs, nil)
		r.w.Element("a", []attr{{"href", src}}, func() { r.w.Text(r.Messages.Page.Interactive) })
	})
}

// embedded writes what other readers would play or run within the page (video,
// audio, interactive content) as a plain link to it.
func (r *renderer) embedded(n *cnxml.Node) {
	src := n.Attr("src")
	if m := r.framed(n); m != nil && isFrame(n) {
		r.frame(n, m, "")
		return
	}
	if m := r.src.Module.Media[src]; m != nil {
		r.file(m, r.attrs(n, n.Name), n.Attr("title"))
		return
	}
	url := external(src)
	r.w.Element("span", r.attrs(n, n.Name), func() {
		switch {
		case url == "":
			r.w.Text(strings.TrimSpace(r.Messages.Page.NotInteractive + " " + src[strings.LastIndexByte(src, '/')+1:]))
		case r.inLink:
			r.w.Text(r.Messages.Page.Interactive)
		default:
			r.w.Element("a", []attr{{"href", url}, {"rel", "noopener"}}, func() {
				r.w.Text(r.Messages.Page.Interactive + " (" + host(url) + ")")
			})
		}
	})
}
