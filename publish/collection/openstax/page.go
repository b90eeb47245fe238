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
	p.report.Faults(cnxml.Check(p.root))
	p.survey(p.root)
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
		p.Content = &cnxml.Node{Space: cnxml.CNXML, Name: "content", Pos: p.root.Pos, End: p.root.End}
	}
	metadata := p.root.Child("metadata")
	if metadata == nil {
		metadata = &cnxml.Node{Pos: p.root.Pos}
	}
	if p.Title.IsBlank() {
		p.Title = nil
	}
	p.UUID, _ = uuidOf(metadata)
	p.uuid = placeOf(metadata.ChildIn(cnxml.MDML, "uuid"), metadata)
	if abstract := metadata.ChildIn(cnxml.MDML, "abstract"); !abstract.IsBlank() {
		p.Abstract = abstract
	}
}

// survey notes the ids, links and sources below n.
func (p *page) survey(n *cnxml.Node) {
	n.Walk(func(n *cnxml.Node) bool {
		if id, ok := n.Lookup("id"); ok {
			p.ids[id] = true
		}
		switch {
		case n.Is("link"):
			p.links = append(p.links, n)
		case n.Is(sourceElements...):
			if _, ok := n.Lookup("src"); ok || n.Is("image", "iframe") {
				p.sources = append(p.sources, n)
			}
		}
		return true
	})
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
