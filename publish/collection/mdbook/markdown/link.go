package markdown

import (
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// Pointer is a link or an image whose destination is in the repository.
type Pointer struct {
	Destination string
	Image       bool
	At          Spot // of the destination
}

// link makes the element for a destination, without its text; nil if only the
// text should remain. What a destination in the repository means is found out
// from the outside, so that the text of a chapter is a function of its sources.
func (c *converter) link(destination string, pos cnxml.Pos, at Spot) *cnxml.Node {
	destination = cleanAddress(destination)
	if c.resolveLink != nil {
		destination = c.resolveLink(destination)
	}
	link := element("link", pos)
	switch scheme := Scheme(destination); {
	case destination == "":
		c.report.Add(at.Problem(collection.Warning, "link-empty", "the link leads nowhere; give it an address"))
		return nil
	case scheme == "http", scheme == "https", scheme == "mailto", scheme == "tel":
		return with(link, "url", destination)
	case scheme != "":
		c.report.Add(at.Problem(collection.Warning, "link-unsafe", "links to %s: are not followed; use http, https or mailto", cnxml.Escape(scheme)))
		return nil
	case strings.HasPrefix(destination, "//"):
		return with(link, "url", "https:"+destination)
	case destination[0] == '#' && Decoded(destination[1:]) == "":
		return nil
	}
	c.note(Pointer{Destination: destination, At: at})
	if destination[0] == '#' {
		return with(link, "target-id", Decoded(destination[1:]))
	}
	return with(link, "url", destination)
}

// note keeps a link or an image to be followed. What an included text or a
// definition says more than once in one place is kept once.
func (c *converter) note(p Pointer) {
	if !c.noted[p] {
		c.noted[p] = true
		c.found.Pointers = append(c.found.Pointers, p)
	}
}

// image makes the elements for a picture; none if it may not be shown.
func (c *converter) image(src, alt string, pos cnxml.Pos, at Spot) []*cnxml.Node {
	src = cleanAddress(src)
	image := with(element("image", pos), "src", src)
	media := element("media", pos, image)
	media.Attrs = []cnxml.Attr{attr("alt", printable(alt), pos)}
	switch scheme := Scheme(src); {
	case scheme == "http", scheme == "https", strings.HasPrefix(src, "//"):
		c.report.Add(at.Problem(collection.Warning, "resource-remote", "the image %s is on another site; add it to the repository", cnxml.Quote(src)))
		return []*cnxml.Node{media}
	case scheme != "":
		c.report.Add(at.Problem(collection.Warning, "link-unsafe", "images from %s: are not shown; add the image as a file", cnxml.Escape(scheme)))
		return nil
	}
	c.note(Pointer{Destination: src, Image: true, At: at})
	return []*cnxml.Node{media}
}

// img is an image that is written in HTML.
func (c *converter) img(attrs map[string]string, written tag) []*cnxml.Node {
	nodes := c.image(attrs["src"], attrs["alt"], written.Pos, c.attribute(written, "src", attrs["src"]))
	for _, media := range nodes {
		with(media, "id", c.claim(attrs["id"], written.Place), "class", printable(attrs["class"]))
		with(media.Children[0], "width", number(attrs["width"]), "height", number(attrs["height"]))
	}
	return nodes
}

// number is s if it is a length in pixels, else nothing.
func number(s string) string {
	if len(s) > 5 || strings.Trim(s, "0123456789") != "" {
		return ""
	}
	return s
}
