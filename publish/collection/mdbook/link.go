package mdbook

import (
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/collection/mdbook/preprocess"
)

// link makes the element for a destination, without its text; nil if only the
// text should remain. What a destination in the repository means is found out
// from the outside, so that the text of a chapter is a function of its sources.
func (c *converter) link(destination string, pos cnxml.Pos, at spot) *cnxml.Node {
	destination = cleanAddress(destination)
	if c.preprocessing.spec {
		destination = c.specified(destination)
	}
	link := element("link", pos)
	switch scheme := schemeOf(destination); {
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
	case destination[0] == '#' && decoded(destination[1:]) == "":
		return nil
	}
	c.note(pointer{destination: destination, at: at})
	if destination[0] == '#' {
		return with(link, "target-id", decoded(destination[1:]))
	}
	return with(link, "url", destination)
}

// specified is what a destination means to mdbook-spec: a rule of the book, an
// item of the standard library, or itself.
func (c *converter) specified(destination string) string {
	if to := c.addressOf(destination); to != "" {
		return to
	}
	if to, ok := preprocess.StandardLibrary(destination); ok {
		return to
	}
	return destination
}

// note keeps a link or an image to be followed. What an included text or a
// definition says more than once in one place is kept once.
func (c *converter) note(p pointer) {
	if !c.noted[p] {
		c.noted[p] = true
		c.pointers = append(c.pointers, p)
	}
}

// target is the destination of a link inside the repository. problem says why
// readers cannot follow it.
type target struct {
	own     bool // the page itself
	page    *chapter
	address string // of the page as the link has it, without the id
	id      string // in the page; may be empty
	media   *collection.Media
	problem *collection.Problem
	wanted  string // the chapter that the path would mean, if it leads to no page
}

// follow finds what a relative link leads to. It goes by names only, so it may
// be asked while pages are being read.
func (ch *chapter) follow(destination string) (to target, err error) {
	address, id, _ := strings.Cut(destination, "#")
	if id = decoded(id); address == "" {
		return target{own: true, page: ch, id: id}, nil
	}
	file, _, _ := strings.Cut(address, "?")
	name := path.Join(path.Dir(ch.name), decoded(file))
	for _, candidate := range pagesOf(name, strings.HasSuffix(file, "/")) {
		if page := ch.chapters[candidate]; page != nil {
			return target{page: page, address: address, id: id}, nil
		}
	}
	wrong := func(severity collection.Severity, rule, format string) (target, error) {
		p := collection.Place{}.Problem(severity, rule, format, cnxml.Quote(destination))
		to.problem = &p
		return to, err
	}
	if strings.HasPrefix(file, "/") || !fs.ValidPath(name) || !below(name, ch.src) {
		return wrong(collection.Note, "link-outside", "%s is outside the book; write the whole address if readers should follow it")
	}
	isPage := strings.EqualFold(path.Ext(file), ".md")
	to.media, err = ch.files.Media(name)
	switch {
	case err != nil:
		return to, err
	case to.media != nil && isPage:
		to.media = nil
		return wrong(collection.Warning, "link-page-missing", "%s is no chapter of the book; add it to SUMMARY.md")
	case to.media != nil || ch.redirects[strings.TrimPrefix(name, ch.src+"/")]:
		return to, nil
	case isPage:
		to.wanted = name
		return wrong(collection.Error, "link-page-missing", "%s does not exist; correct the link, which is relative to this file")
	}
	if pages := pagesOf(name, false); len(pages) > 0 && path.Ext(name) != "" {
		to.wanted = pages[0]
	}
	return wrong(collection.Warning, "link-page-missing", "%s is no page of the book; correct the link")
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
func (c *converter) image(src, alt string, pos cnxml.Pos, at spot) []*cnxml.Node {
	src = cleanAddress(src)
	image := with(element("image", pos), "src", src)
	media := element("media", pos, image)
	media.Attrs = []cnxml.Attr{attr("alt", printable(alt), pos)}
	switch scheme := schemeOf(src); {
	case scheme == "http", scheme == "https", strings.HasPrefix(src, "//"):
		c.report.Add(at.Problem(collection.Warning, "resource-remote", "the image %s is on another site; add it to the repository", cnxml.Quote(src)))
		return []*cnxml.Node{media}
	case scheme != "":
		c.report.Add(at.Problem(collection.Warning, "link-unsafe", "images from %s: are not shown; add the image as a file", cnxml.Escape(scheme)))
		return nil
	}
	c.note(pointer{destination: src, image: true, at: at})
	return []*cnxml.Node{media}
}

// picture is the file that an image shows, or nil.
func (ch *chapter) picture(src string) (*collection.Media, error) {
	file := withoutQuery(src)
	name := path.Join(path.Dir(ch.name), decoded(file))
	if file == "" || strings.HasPrefix(file, "/") || !fs.ValidPath(name) {
		return nil, nil
	}
	return ch.files.Media(name)
}

// withoutQuery is the path of a relative reference.
func withoutQuery(reference string) string {
	file, _, _ := strings.Cut(reference, "?")
	file, _, _ = strings.Cut(file, "#")
	return file
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
