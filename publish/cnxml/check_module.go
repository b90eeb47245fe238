package cnxml

import (
	"path"
	"regexp"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/plaintext"
	"github.com/rhaptos/rhaptos/publish/recipe"
)

// uuidPattern is the text form of RFC 9562, section 4.
var uuidPattern = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// IsUUID reports whether s is a UUID in its text form, in any case.
func IsUUID(s string) bool { return uuidPattern.MatchString(s) }

// document checks the parts that a module cannot be published without, and
// those that must agree.
func (c *checker) document(root *Node) {
	title := root.Child("title")
	if title.IsBlank() {
		at := orElse(title, root)
		c.fault(at.Pos, at.nameEnd(), "metadata-missing", "the module has no title; add <title> before its metadata")
	}
	if text := title.PlainText(); plaintext.Text(text) != text {
		c.fault(title.Pos, title.nameEnd(), "hidden-character",
			"the title contains control characters or bidirectional overrides, which are removed; remove them from the source")
	}
	if root.Child("content") == nil {
		c.fault(root.Pos, root.nameEnd(), "content-missing", "the module has no <content>; add it")
	}
	metadata := orElse(root.Child("metadata"), root)
	uuid := metadata.ChildIn(MDML, "uuid")
	switch text := strings.TrimSpace(uuid.PlainText()); {
	case text == "":
		at := orElse(uuid, metadata)
		c.fault(at.Pos, at.nameEnd(), "metadata-missing", "the module has no uuid; add <md:uuid> to its metadata")
	case !IsUUID(text):
		c.fault(uuid.Pos, uuid.End, "uuid-malformed", "%s is not a UUID; it has the form 01234567-89ab-4cde-8f01-23456789abcd", Quote(text))
	}
	if named := metadata.ChildIn(MDML, "title"); named != nil && title != nil {
		if a, b := plain(title), plain(named); a != b {
			c.fault(named.Pos, named.End, "title-mismatch", "the title is %s in the metadata and %s in the module; make them the same", Quote(b), Quote(a))
		}
	}
	if super := metadata.ChildIn(MDML, "super"); super != nil && root.Attr("class") != "super" {
		c.fault(super.Pos, super.nameEnd(), "metadata-super", `<%s> is for documents with class="super"; add the class or remove it`, super.Tag())
	}
}

func orElse(n, otherwise *Node) *Node {
	if n != nil {
		return n
	}
	return otherwise
}

// plain is the text of a title on one line.
func plain(n *Node) string { return strings.Join(strings.Fields(n.PlainText()), " ") }

// levels is the deepest nesting of sections: HTML has six headings, and the page's
// title is the first.
const levels = 5

func (c *checker) checkSection(n *Node) {
	if n.Child("title").IsBlank() {
		c.fault(n.Pos, n.nameEnd(), "section-untitled", "the section has no title, so no table of contents can show it; add <title>")
	}
	if c.section == levels {
		c.fault(n.Pos, n.nameEnd(), "section-too-deep", "the section is inside %d others, and there is no heading for it; use fewer levels", levels)
	}
	c.checkAfter(n)
}

// standsOut reports whether readers see where a section ends: it is a list of
// objectives, which is a box, or books collect such sections at the end of the
// chapter.
func standsOut(section *Node) bool {
	for _, class := range strings.Fields(section.Attr("class")) {
		if class == "learning-objectives" || class == "chapter-objectives" || recipe.Collects(class) {
			return true
		}
	}
	return false
}

// isTable reports whether there is nothing in a section but one table: readers
// see where that ends.
func isTable(section *Node) bool {
	tables := 0
	for _, c := range section.Children {
		switch {
		case c.Is("table"):
			tables++
		case c.Space == Text && strings.TrimSpace(c.Data) == "", c.Is("title", "label"):
		default:
			return false
		}
	}
	return tables == 1
}

// checkAfter reports what stands behind a subsection: on the page it looks as
// if it were part of it. A table of terms may open the page.
func (c *checker) checkAfter(n *Node) {
	behind, opening := false, true
	for _, child := range n.Children {
		opening = opening && !child.Is("para", "list", "equation", "figure", "example", "exercise")
		switch {
		case child.Is("section"):
			behind = behind || !standsOut(child) && !(opening && isTable(child))
		case behind && child.Is("para", "list", "equation"):
			c.fault(child.Pos, child.nameEnd(), "content-after-section",
				"<%s> follows a subsection and will look like part of it; move it before the first one, or into a section", child.Tag())
			return
		}
	}
}

func (c *checker) checkMedia(n *Node) {
	switch alt, ok := n.Lookup("alt"); {
	case !ok:
		c.fault(n.Pos, n.nameEnd(), "alt-missing", `the media have no alternative text; add alt="..." for readers who cannot see them`)
	case strings.TrimSpace(alt) == "":
		c.fault(n.Pos, n.nameEnd(), "alt-empty", "the alternative text is empty; describe the image, unless it is decoration")
	}
}

// imageTypes are the media types of images, by the extension of the file.
var imageTypes = map[string]string{
	".avif": "image/avif", ".gif": "image/gif", ".jpeg": "image/jpeg", ".jpg": "image/jpeg", ".png": "image/png",
	".svg": "image/svg+xml", ".tif": "image/tiff", ".tiff": "image/tiff", ".webp": "image/webp",
}

func (c *checker) checkImage(n *Node) {
	is := imageTypes[strings.ToLower(path.Ext(n.Attr("src")))]
	for _, a := range n.Attrs {
		if a.Space == "" && a.Name == "mime-type" && is != "" && a.Value != is {
			c.replace(a.Pos, a.End, written("mime-type", is), "mime-type-mismatch", "the image is declared as %s and its name says %s; write that", Quote(a.Value), is)
		}
	}
}

func (c *checker) checkLink(n *Node) {
	empty := true
	for _, a := range n.Attrs {
		switch {
		case a.Space != "" || a.Value == "":
		case a.Name == "url":
			empty = false
			if !isAddress(a.Value) {
				c.fault(a.Pos, a.End, "url-malformed", "%s is no address; write one that begins with https:// or http://", Quote(a.Value))
			}
		case a.Name == "document", a.Name == "target-id", a.Name == "src", a.Name == "resource":
			empty = false
		}
	}
	if empty {
		c.fault(n.Pos, n.nameEnd(), "link-empty", "the link leads nowhere; give it a document, a target-id or a url")
	}
}

// isAddress reports whether POET takes the address: one of the web, of an
// exercise that is kept elsewhere, or of an interactive one.
func isAddress(url string) bool {
	lower := strings.ToLower(url)
	for _, start := range []string{"http://", "https://", "www."} {
		if strings.HasPrefix(lower, start) && len(url) > len(start) {
			return true
		}
	}
	for _, start := range []string{"#exercise/", "#ost/api/ex/", "{INTERACTIVES_ROOT}/"} {
		if strings.HasPrefix(url, start) {
			return true
		}
	}
	return false
}
