package openstax

import (
	"path"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// page is a module while it is read.
type page struct {
	*collection.Module
	report  *collection.Report
	found   bool        // there is such a file
	root    *cnxml.Node // nil if it cannot be parsed
	ids     map[string]bool
	links   []*cnxml.Node
	sources []*cnxml.Node // elements that show a file
	uuid    cnxml.Pos
}

// read parses the file and checks everything that needs no other page.
func (p *page) read(files *collection.Files) error {
	var err error
	p.root, p.found, err = parse(files, p.Path, p.report)
	if err != nil || p.root == nil {
		return err
	}
	if !p.root.Is("document") {
		p.report.Error(p.root.Pos, "root-unexpected",
			`the root element is <%s>; a module begins with <document xmlns="%s">`, name(p.root), cnxml.NamespaceCNXML)
		p.root = nil
		return nil
	}
	p.ids = map[string]bool{}
	p.survey(p.root, map[string]bool{})
	p.parts()
	return nil
}

// parts takes the document apart into what a Module holds.
func (p *page) parts() {
	p.Class = p.root.Attr("class")
	p.Title = p.root.Child("title")
	p.Content = p.root.Child("content")
	p.Glossary = p.root.Child("glossary")
	if p.Content == nil {
		p.report.Error(p.root.Pos, "content-missing", "the module has no <content>; add it")
		p.Content = &cnxml.Node{Space: cnxml.CNXML, Name: "content", Pos: p.root.Pos, End: p.root.End}
	}
	metadata := p.root.Child("metadata")
	if metadata == nil {
		metadata = &cnxml.Node{Pos: p.root.Pos}
	}
	if isBlank(p.Title) {
		p.report.Error(placeOf(p.Title, p.root), "metadata-missing", "the module has no title; add <title> before its metadata")
		p.Title = nil
	}
	p.UUID = readUUID(p.report, metadata, "module")
	p.uuid = placeOf(metadata.ChildIn(cnxml.MDML, "uuid"), metadata)
	if abstract := metadata.ChildIn(cnxml.MDML, "abstract"); !isBlank(abstract) {
		p.Abstract = abstract
	}
}

// isBlank reports whether nothing of n would be seen.
func isBlank(n *cnxml.Node) bool {
	if n == nil {
		return true
	}
	for _, c := range n.Children {
		if c.Space != cnxml.Text || strings.TrimSpace(c.Data) != "" {
			return false
		}
	}
	return true
}

// survey notes ids, links and sources below n, and reports ids that stand
// twice and elements that nobody knows. strange holds the names of those
// already reported: once a file is enough.
func (p *page) survey(n *cnxml.Node, strange map[string]bool) {
	if n.Space == cnxml.Text {
		return
	}
	if id, ok := n.Lookup("id"); ok {
		if p.ids[id] {
			p.report.Error(n.Pos, "duplicate-id", "the id %s stands twice in this module; change one and the links to it", cnxml.Quote(id))
		}
		p.ids[id] = true
	}
	switch {
	case n.Space == cnxml.Other || n.Space == cnxml.CNXML && !elements[n.Name]:
		if !strange[n.Name] {
			strange[n.Name] = true
			p.report.Warning(n.Pos, "element-unknown", "<%s> is not an element of CNXML; only what is in it will be shown", name(n))
		}
	case n.Is("link"):
		p.links = append(p.links, n)
	case n.Is(sourceElements...):
		if _, ok := n.Lookup("src"); ok || n.Is("image", "iframe") {
			p.sources = append(p.sources, n)
		}
	}
	if n.Space == cnxml.MathML {
		p.surveyMath(n)
		return
	}
	for _, c := range n.Children {
		p.survey(c, strange)
	}
}

// surveyMath notes the ids in a formula; annotations may hold any vocabulary.
func (p *page) surveyMath(math *cnxml.Node) {
	for _, c := range math.Children {
		c.Walk(func(n *cnxml.Node) bool {
			if id, ok := n.Lookup("id"); ok {
				if p.ids[id] {
					p.report.Error(n.Pos, "duplicate-id", "the id %s stands twice in this module; change one and the links to it", cnxml.Quote(id))
				}
				p.ids[id] = true
			}
			return true
		})
	}
}

// sourceElements show the file that their src names.
var sourceElements = []string{"image", "iframe", "audio", "video", "object", "download", "flash", "java-applet", "labview", "text"}

// findMedia fills Media and reports sources that lead nowhere.
func (p *page) findMedia(files *collection.Files) error {
	dir := path.Dir(p.Path)
	for _, n := range p.sources {
		src := n.Attr("src")
		if p.Media[src] != nil || n.Is("iframe") && isWeb(src) {
			continue
		}
		if isWeb(src) {
			p.report.Error(n.Pos, "resource-missing", "src=%s is on another site; add the file to the media folder", cnxml.Quote(src))
			continue
		}
		file, err := locate(files, dir, src)
		if err != nil {
			return err
		}
		if file == "" {
			p.report.Error(n.Pos, "resource-missing",
				"src=%s leads to no file; add it or correct the path, which is relative to the module's folder", cnxml.Quote(src))
			continue
		}
		if p.Media[src], err = files.Media(file); err != nil {
			return err
		}
	}
	return nil
}

func isWeb(src string) bool {
	lower := strings.ToLower(strings.TrimSpace(src))
	return strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "//")
}
