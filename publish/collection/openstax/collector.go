package openstax

import (
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// collector goes through the tree of a module once and notes ids, links and
// sources.
type collector struct {
	*pageAnalysis
	report *collection.Report
	seen   map[string]bool // ids
	own    []*cnxml.Node   // links into the page itself
}

// element notes one element; it is called for all of them, in order.
func (s *collector) element(n *cnxml.Node) bool {
	if id, ok := n.Lookup("id"); ok && !s.seen[id] {
		s.seen[id] = true
		s.ids = append(s.ids, id)
	}
	switch {
	case n.Is("link"):
		s.link(n)
	case n.Is(sourceElements...):
		if _, ok := n.Lookup("src"); ok || n.Is("image", "iframe") {
			s.sources = append(s.sources, source{src: n.Attr("src"), at: collection.PlaceOf(n, "src"), frame: n.Is("iframe")})
		}
	}
	return true
}

func (s *collector) link(n *cnxml.Node) {
	document, id, url := n.Attr("document"), n.Attr("target-id"), n.Attr("url")
	switch {
	case document != "":
		s.links = append(s.links, pageLink{document, collection.PlaceOf(n, "document"), id, collection.PlaceOf(n, "target-id")})
	case id != "":
		s.own = append(s.own, n)
	case url == "" && n.Attr("resource") != "":
		file, _, _ := strings.Cut(n.Attr("resource"), "#")
		s.sources = append(s.sources, source{src: file, at: collection.PlaceOf(n, "resource"), link: true})
	case strings.HasPrefix(url, "#exercise/"), strings.HasPrefix(url, "#ost/api/ex/"):
		if s.injected++; s.injected == 1 {
			s.firstAt = collection.PlaceOf(n, "url")
		}
	case strings.HasPrefix(url, interactivesRoot):
		s.interacts = append(s.interacts, source{src: strings.TrimPrefix(url, interactivesRoot), at: collection.PlaceOf(n, "url")})
	}
}

// interactivesRoot begins the address of an interactive exercise.
const interactivesRoot = "{INTERACTIVES_ROOT}/"

// checkOwn follows the links that lead into the page itself.
func (s *collector) checkOwn() {
	broken := 0
	for _, n := range s.own {
		id := n.Attr("target-id")
		if s.seen[id] {
			continue
		}
		p := missingTarget(collection.PlaceOf(n, "target-id"), id, "this module")
		if broken++; broken <= suggestions {
			suggest(&p, "target-id", id, s.ids)
		}
		s.report.Add(p)
	}
}

// missingTarget is the problem of a link to an id that nothing has.
func missingTarget(at collection.Place, id, where string) collection.Problem {
	return at.Problem(collection.Error, "link-target-missing",
		"target-id=%s is not an id in %s; correct it or remove the link", cnxml.Quote(id), where)
}

// sourceElements show the file that their src names.
var sourceElements = []string{"image", "iframe", "audio", "video", "object", "download", "flash", "java-applet", "labview", "text"}
