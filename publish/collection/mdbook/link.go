package mdbook

import (
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// link makes the element for a destination, without its text; nil if only the
// text should remain.
func (c *converter) link(destination string, pos cnxml.Pos) *cnxml.Node {
	destination = cleanAddress(destination)
	link := element("link", pos)
	switch scheme := schemeOf(destination); {
	case destination == "":
		c.report.Warning(pos, "link-empty", "the link leads nowhere; give it an address")
		return nil
	case scheme == "http", scheme == "https", scheme == "mailto", scheme == "tel":
		return with(link, "url", destination)
	case scheme != "":
		c.report.Warning(pos, "link-unsafe", "links to %s: are not followed; use http, https or mailto", cnxml.Escape(scheme))
		return nil
	case strings.HasPrefix(destination, "//"):
		return with(link, "url", "https:"+destination)
	case strings.HasPrefix(destination, "#"):
		if id := decoded(destination[1:]); id != "" {
			c.fragments = append(c.fragments, fragment{c.chapter, id, pos})
			return with(link, "target-id", id)
		}
		return nil
	}
	return c.relative(link, destination)
}

// relative resolves a link to a file of the repository.
func (c *converter) relative(link *cnxml.Node, destination string) *cnxml.Node {
	address, id, _ := strings.Cut(destination, "#")
	file, _, _ := strings.Cut(address, "?")
	target := path.Join(path.Dir(c.Path), decoded(file))
	for _, candidate := range pagesOf(target, strings.HasSuffix(file, "/")) {
		if to := c.chapters[candidate]; to != nil {
			c.Pages[address] = to.Module
			with(link, "document", address)
			if id = decoded(id); id != "" {
				c.fragments = append(c.fragments, fragment{to, id, link.Pos})
				with(link, "target-id", id)
			}
			return link
		}
	}
	with(link, "url", destination)
	if strings.HasPrefix(file, "/") || !fs.ValidPath(target) || !below(target, c.src) {
		c.report.Note(link.Pos, "link-outside", "%s is outside the book; write the whole address if readers should follow it", cnxml.Quote(destination))
		return link
	}
	media, err := c.files.Media(target)
	isPage := strings.EqualFold(path.Ext(file), ".md")
	switch {
	case err != nil:
		c.err = err
	case media != nil && isPage:
		c.report.Warning(link.Pos, "link-page-missing", "%s is no chapter of the book; add it to SUMMARY.md", cnxml.Quote(destination))
	case media != nil:
		c.Media[destination] = media
	case isPage:
		c.report.Error(link.Pos, "link-page-missing", "%s does not exist; correct the link, which is relative to this file", cnxml.Quote(destination))
	default:
		c.report.Warning(link.Pos, "link-page-missing", "%s is no page of the book; correct the link", cnxml.Quote(destination))
	}
	return link
}

// pagesOf are the chapters that a path may mean: mdBook turns .md into .html
// and README.md into index.html.
func pagesOf(target string, folder bool) []string {
	stem := strings.TrimSuffix(target, path.Ext(target))
	switch ext := strings.ToLower(path.Ext(target)); {
	case ext == ".md":
		return []string{target}
	case (ext == ".html" || ext == ".htm") && path.Base(stem) == "index":
		return []string{stem + ".md", path.Join(path.Dir(stem), "README.md")}
	case ext == ".html", ext == ".htm":
		return []string{stem + ".md"}
	case folder || ext == "":
		return []string{path.Join(target, "README.md"), path.Join(target, "index.md")}
	}
	return nil
}

func below(target, folder string) bool {
	return folder == "." || strings.HasPrefix(target, folder+"/")
}

// image makes the elements for a picture; none if it may not be shown.
func (c *converter) image(src, alt string, pos cnxml.Pos) []*cnxml.Node {
	src = cleanAddress(src)
	image := with(element("image", pos), "src", src)
	media := element("media", pos, image)
	media.Attrs = []cnxml.Attr{attr("alt", printable(alt), pos)}
	switch scheme := schemeOf(src); {
	case scheme == "http", scheme == "https", strings.HasPrefix(src, "//"):
		c.report.Warning(pos, "resource-remote", "the image %s is on another site; add it to the repository", cnxml.Quote(src))
		return []*cnxml.Node{media}
	case scheme != "":
		c.report.Warning(pos, "link-unsafe", "images from %s: are not shown; add the image as a file", cnxml.Escape(scheme))
		return nil
	}
	file, _, _ := strings.Cut(src, "?")
	file, _, _ = strings.Cut(file, "#")
	target := path.Join(path.Dir(c.Path), decoded(file))
	if file != "" && !strings.HasPrefix(file, "/") && fs.ValidPath(target) {
		found, err := c.files.Media(target)
		if err != nil {
			c.err = err
		}
		if found != nil {
			c.Media[src] = found
			return []*cnxml.Node{media}
		}
	}
	c.report.Error(pos, "resource-missing", "the image %s does not exist; add it or correct the path, which is relative to this file", cnxml.Quote(src))
	return []*cnxml.Node{media}
}

// img is an image that is written in HTML.
func (c *converter) img(attrs map[string]string, pos cnxml.Pos) []*cnxml.Node {
	nodes := c.image(attrs["src"], attrs["alt"], pos)
	for _, media := range nodes {
		with(media, "id", c.claim(attrs["id"], pos), "class", printable(attrs["class"]))
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

// cleanAddress is an address as browsers take it: without white space around
// it and without control characters.
func cleanAddress(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return -1
		}
		return r
	}, strings.TrimSpace(s))
}

// schemeOf is the scheme of an address in lower case (RFC 3986, section 3.1),
// empty for a relative one.
func schemeOf(s string) string {
	for i, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
		case i > 0 && (r >= '0' && r <= '9' || r == '+' || r == '-' || r == '.'):
		case i > 0 && r == ':':
			return strings.ToLower(s[:i])
		default:
			return ""
		}
	}
	return ""
}

// decoded is s without percent-encoding; as it is if that is malformed.
func decoded(s string) string {
	if plain, err := url.PathUnescape(s); err == nil && invalidUTF8([]byte(plain)) < 0 {
		return plain
	}
	return s
}
