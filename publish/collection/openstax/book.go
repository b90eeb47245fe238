package openstax

import (
	"io/fs"
	"strings"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// bookAnalysis are what a collection says.
type bookAnalysis struct {
	title, language string
	slug, uuid      string
	slugAt, uuidAt  collection.Place
	license         collection.License
	authors         []string
	entries         []entry
}

// entry is a line of the table of contents: a module, or a subcollection with
// entries of its own.
type entry struct {
	module  string // empty for a subcollection
	title   string
	at      collection.Place
	entries []entry
}

func (f *bookAnalysis) code(c *analysis.Coder) {
	for _, s := range []*string{&f.title, &f.language, &f.slug, &f.uuid, &f.license.Name, &f.license.URL} {
		c.Text(s)
	}
	collection.CodePlace(c, &f.slugAt)
	collection.CodePlace(c, &f.uuidAt)
	analysis.List(c, &f.authors, c.Text)
	codeEntries(c, &f.entries)
}

func codeEntries(c *analysis.Coder, entries *[]entry) {
	analysis.List(c, entries, func(e *entry) {
		c.Text(&e.module)
		c.Text(&e.title)
		collection.CodePlace(c, &e.at)
		codeEntries(c, &e.entries)
	})
}

// derive implements fileAnalysis.
func (f *bookAnalysis) derive(root *cnxml.Node, report *collection.Report) {
	if root.Name != "collection" {
		report.Error(root.Pos, "root-unexpected", "the root element is <%s>; a collection begins with <col:collection>", name(root))
	} else {
		report.Faults(cnxml.Check(root))
	}
	metadata := child(root, "metadata")
	if metadata == nil {
		metadata = &cnxml.Node{Pos: root.Pos}
	}
	f.title, _ = required(report, metadata, "title")
	f.language, _ = required(report, metadata, "language")
	f.uuid, f.uuidAt = readUUID(report, metadata)
	f.slug, f.slugAt = required(report, metadata, "slug")
	f.license = readLicense(report, metadata, f.language)
	for author := range strings.SplitSeq(root.Attr("authors"), ",") {
		if author = strings.Join(strings.Fields(author), " "); author != "" {
			f.authors = append(f.authors, author)
		}
	}
	content := child(root, "content")
	if content == nil {
		report.Error(root.Pos, "content-missing", "the collection has no table of contents; add <col:content>")
		return
	}
	c := &contents{report: report, modules: map[string]bool{}, titles: map[string]bool{}}
	f.entries = c.entries(content)
}

// required is the text of an element of the metadata, which must be there.
func required(report *collection.Report, metadata *cnxml.Node, name string) (text string, at collection.Place) {
	n := metadata.ChildIn(cnxml.MDML, name)
	if text = strings.TrimSpace(n.PlainText()); text == "" {
		report.Error(placeOf(n, metadata), "metadata-missing", "the book has no %s; add <md:%s> to its metadata", name, name)
		return "", collection.Place{Pos: placeOf(n, metadata)}
	}
	return text, textPlace(n)
}

// textPlace is the place of an element's text.
func textPlace(n *cnxml.Node) collection.Place {
	if len(n.Children) == 1 && n.Children[0].Space == cnxml.Text && strings.TrimSpace(n.Children[0].Data) == n.Children[0].Data {
		return collection.Place{Pos: n.Children[0].Pos, End: n.Children[0].End}
	}
	return collection.Place{Pos: n.Pos}
}

func placeOf(n, otherwise *cnxml.Node) cnxml.Pos {
	if n != nil {
		return n.Pos
	}
	return otherwise.Pos
}

// readUUID is the UUID in the metadata of a book, in lower case; empty if it is
// missing or malformed.
func readUUID(report *collection.Report, metadata *cnxml.Node) (uuid string, at collection.Place) {
	uuid, at = uuidOf(metadata)
	switch n := metadata.ChildIn(cnxml.MDML, "uuid"); {
	case uuid != "":
	case n.IsBlank():
		report.Error(placeOf(n, metadata), "metadata-missing", "the book has no uuid; add <md:uuid> to its metadata")
	default:
		report.Add(at.Problem(collection.Error, "uuid-malformed",
			"%s is not a UUID; it has the form 01234567-89ab-4cde-8f01-23456789abcd", cnxml.Quote(strings.TrimSpace(n.PlainText()))))
	}
	return uuid, at
}

// uuidOf is the UUID in the metadata of a book or a module, in lower case, and
// its place; empty if there is none that is well-formed.
func uuidOf(metadata *cnxml.Node) (uuid string, at collection.Place) {
	n := metadata.ChildIn(cnxml.MDML, "uuid")
	if n == nil {
		return "", collection.Place{Pos: metadata.Pos}
	}
	if text := strings.TrimSpace(n.PlainText()); cnxml.IsUUID(text) {
		uuid = strings.ToLower(text)
	}
	return uuid, textPlace(n)
}

// child is the first child element with the local name, whatever its
// namespace: collections are written with and without a prefix.
func child(n *cnxml.Node, local string) *cnxml.Node {
	for _, c := range n.Children {
		if c.Space != cnxml.Text && c.Name == local {
			return c
		}
	}
	return nil
}

func name(n *cnxml.Node) string { return cnxml.Escape(n.Name) }

// contents reads a table of contents.
type contents struct {
	report  *collection.Report
	modules map[string]bool // in this book
	titles  map[string]bool // of its subcollections
}

func (c *contents) entries(content *cnxml.Node) []entry {
	var entries []entry
	for _, n := range content.Children {
		switch {
		case n.Space == cnxml.Text:
		case n.Name == "module":
			if id := c.module(n); id != "" {
				entries = append(entries, entry{module: id, at: collection.PlaceOf(n, "document")})
			}
		case n.Name == "subcollection":
			entries = append(entries, c.subcollection(n))
		}
	}
	return entries
}

func (c *contents) subcollection(n *cnxml.Node) entry {
	title := n.ChildIn(cnxml.MDML, "title")
	e := entry{title: strings.Join(strings.Fields(title.PlainText()), " "), at: collection.Place{Pos: n.Pos}}
	switch {
	case e.title == "":
		c.report.Error(placeOf(title, n), "metadata-missing", "the subcollection has no title; add <md:title>")
	case c.titles[e.title]:
		c.report.Add(textPlace(title).Problem(collection.Error, "duplicate-title",
			"another chapter of this book has the title %s; readers cannot tell them apart, so change one", cnxml.Quote(e.title)))
	}
	c.titles[e.title] = true
	if content := child(n, "content"); content != nil {
		e.entries = c.entries(content)
	}
	return e
}

// module is the id of the module that an entry names, empty if it cannot be
// one or stands in the book already.
func (c *contents) module(n *cnxml.Node) string {
	id, at := n.Attr("document"), collection.PlaceOf(n, "document")
	switch {
	case !isModuleID(id):
		c.report.Add(at.Problem(collection.Error, "module-missing", "document=%s is not the name of a module's folder", cnxml.Quote(id)))
		return ""
	case c.modules[id]:
		c.report.Add(at.Problem(collection.Error, "duplicate-page", "the module %s stands in this book twice; remove one entry", cnxml.Quote(id)))
		return ""
	}
	c.modules[id] = true
	return id
}

func isModuleID(id string) bool {
	return fs.ValidPath(id) && id != "." && !strings.Contains(id, "/")
}
