package openstax

import (
	"io/fs"
	"path"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// bookSource is where a book is described: a line of the list, and a collection.
type bookSource struct {
	listed *cnxml.Node
	list   *collection.Report
	report *collection.Report
	path   string
}

// book reads the metadata. The list has the last word on the slug.
func (s *bookSource) book(root *cnxml.Node) *collection.Book {
	if root.Name != "collection" {
		s.report.Error(root.Pos, "root-unexpected", "the root element is <%s>; a collection begins with <col:collection>", name(root))
	} else {
		s.report.Faults(cnxml.Check(root))
	}
	metadata := child(root, "metadata")
	if metadata == nil {
		metadata = &cnxml.Node{Pos: root.Pos}
	}
	b := &collection.Book{
		Title:    s.required(metadata, "title"),
		Language: s.required(metadata, "language"),
		UUID:     readUUID(s.report, metadata),
		License:  s.license(metadata),
		Style:    s.listed.Attr("style"),
		Path:     s.path,
	}
	own := s.required(metadata, "slug")
	b.Slug = s.listed.Attr("slug")
	switch {
	case b.Slug == "":
		s.list.Error(s.listed.Pos, "metadata-missing", `the book has no slug; add slug="..." with the slug of its collection`)
		b.Slug = own
	case own != "" && own != b.Slug:
		s.list.Error(attrPos(s.listed, "slug"), "slug-mismatch",
			"the slug is %s here and %s in the collection; make them the same", cnxml.Quote(b.Slug), cnxml.Quote(own))
	}
	return b
}

// required is the text of an element of the metadata, which must be there.
func (s *bookSource) required(metadata *cnxml.Node, name string) string {
	n := metadata.ChildIn(cnxml.MDML, name)
	text := strings.TrimSpace(n.PlainText())
	if text == "" {
		s.report.Error(placeOf(n, metadata), "metadata-missing", "the book has no %s; add <md:%s> to its metadata", name, name)
	}
	return text
}

func (s *bookSource) license(metadata *cnxml.Node) collection.License {
	n := metadata.ChildIn(cnxml.MDML, "license")
	l := collection.License{Name: strings.Join(strings.Fields(n.PlainText()), " ")}
	if n != nil {
		l.URL = strings.TrimSpace(n.Attr("url"))
	}
	if l.URL == "" {
		s.report.Error(placeOf(n, metadata), "metadata-missing", `the book has no license; add <md:license url="..."> to its metadata`)
	}
	return l
}

func placeOf(n, otherwise *cnxml.Node) cnxml.Pos {
	if n != nil {
		return n.Pos
	}
	return otherwise.Pos
}

// readUUID is the UUID in the metadata of a book, in lower case; empty if it is
// missing or malformed.
func readUUID(report *collection.Report, metadata *cnxml.Node) string {
	uuid, ok := uuidOf(metadata)
	n := metadata.ChildIn(cnxml.MDML, "uuid")
	switch {
	case ok:
	case n.IsBlank():
		report.Error(placeOf(n, metadata), "metadata-missing", "the book has no uuid; add <md:uuid> to its metadata")
	default:
		report.Error(n.Pos, "uuid-malformed", "%s is not a UUID; it has the form 01234567-89ab-4cde-8f01-23456789abcd", cnxml.Quote(n.PlainText()))
	}
	return uuid
}

// uuidOf is the UUID in the metadata of a book or a module, in lower case, and
// whether there is one that is well-formed.
func uuidOf(metadata *cnxml.Node) (uuid string, ok bool) {
	text := strings.TrimSpace(metadata.ChildIn(cnxml.MDML, "uuid").PlainText())
	if !cnxml.IsUUID(text) {
		return "", false
	}
	return strings.ToLower(text), true
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

// contents reads one book's table of contents.
type contents struct {
	*reader
	report *collection.Report
	seen   map[string]bool // ids of the modules in this book
}

func (r *reader) readContents(book *collection.Book, root *cnxml.Node, report *collection.Report) error {
	c := &contents{reader: r, report: report, seen: map[string]bool{}}
	book.Collection = &collection.Collection{}
	content := child(root, "content")
	if content == nil {
		report.Error(root.Pos, "content-missing", "the collection has no table of contents; add <col:content>")
		return nil
	}
	var err error
	book.Collection.Entries, err = c.entries(content, child(content, "subcollection") == nil)
	return err
}

// entries reads the entries of one level. Modules that stand beside the
// outermost subcollections are front and back matter and not numbered.
func (c *contents) entries(content *cnxml.Node, numbered bool) ([]collection.Entry, error) {
	var entries []collection.Entry
	for _, n := range content.Children {
		switch {
		case n.Space == cnxml.Text:
		case n.Name == "module":
			m, err := c.module(n)
			if err != nil {
				return nil, err
			}
			if m != nil {
				entries = append(entries, collection.Entry{Module: m, Numbered: numbered})
			}
		case n.Name == "subcollection":
			sub, err := c.subcollection(n)
			if err != nil {
				return nil, err
			}
			entries = append(entries, collection.Entry{Subcollection: sub, Numbered: true})
		}
	}
	return entries, nil
}

func (c *contents) subcollection(n *cnxml.Node) (*collection.Subcollection, error) {
	title := n.ChildIn(cnxml.MDML, "title")
	sub := &collection.Subcollection{Title: strings.Join(strings.Fields(title.PlainText()), " "), Pos: n.Pos}
	if sub.Title == "" {
		c.report.Error(placeOf(title, n), "metadata-missing", "the subcollection has no title; add <md:title>")
	}
	content := child(n, "content")
	if content == nil {
		return sub, nil
	}
	var err error
	sub.Entries, err = c.entries(content, true)
	return sub, err
}

// module is the module that an entry names, nil if it cannot be one.
func (c *contents) module(n *cnxml.Node) (*collection.Module, error) {
	id := n.Attr("document")
	if !isModuleID(id) {
		c.report.Error(n.Pos, "module-missing", "document=%s is not the name of a module's folder", cnxml.Quote(id))
		return nil, nil
	}
	if c.seen[id] {
		c.report.Error(n.Pos, "duplicate-page", "the module %s stands in this book twice; remove one entry", cnxml.Quote(id))
		return nil, nil
	}
	c.seen[id] = true
	m := c.lib.Modules[id]
	if m == nil {
		m = &collection.Module{ID: id, Path: path.Join(c.root, id, "index.cnxml"),
			Media: map[string]*collection.Media{}, Pages: map[string]*collection.Module{}}
		c.lib.Modules[id] = m
		c.order = append(c.order, id)
	}
	ok, err := c.files.Exists(m.Path)
	if err == nil && !ok {
		c.report.Error(n.Pos, "module-missing", "the module %s does not exist; add %s or remove the entry",
			cnxml.Quote(id), cnxml.Escape(m.Path))
	}
	return m, err
}

func isModuleID(id string) bool {
	return fs.ValidPath(id) && id != "." && !strings.Contains(id, "/")
}
