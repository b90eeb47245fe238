package openstax

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// pageAnalysis are what is known about a module by its file alone.
type pageAnalysis struct {
	document  bool // the root is a CNXML document
	class     string
	uuid      string
	uuidAt    collection.Place
	contentID string // as the metadata have it
	contentAt collection.Place
	ids       []string // sorted
	links     []pageLink
	sources   []source
	interacts []source // links to interactive exercises
	injected  int      // exercises that stand somewhere else
	firstAt   collection.Place
}

// pageLink is a link that names a module.
type pageLink struct {
	document   string
	documentAt collection.Place
	target     string // an id in it, or empty
	targetAt   collection.Place
}

// source is an element that shows a file.
type source struct {
	src   string
	at    collection.Place
	frame bool // an iframe, which may show another site
	link  bool // a link to a resource
}

func (f *pageAnalysis) code(c *analysis.Coder) {
	c.Flag(&f.document)
	c.Text(&f.class)
	c.Text(&f.uuid)
	collection.CodePlace(c, &f.uuidAt)
	c.Text(&f.contentID)
	collection.CodePlace(c, &f.contentAt)
	analysis.List(c, &f.ids, c.Text)
	analysis.List(c, &f.links, func(l *pageLink) {
		c.Text(&l.document)
		collection.CodePlace(c, &l.documentAt)
		c.Text(&l.target)
		collection.CodePlace(c, &l.targetAt)
	})
	for _, list := range []*[]source{&f.sources, &f.interacts} {
		analysis.List(c, list, func(s *source) {
			c.Text(&s.src)
			collection.CodePlace(c, &s.at)
			c.Flag(&s.frame)
			c.Flag(&s.link)
		})
	}
	c.Int(&f.injected)
	collection.CodePlace(c, &f.firstAt)
}

// derive implements fileAnalysis.
func (f *pageAnalysis) derive(root *cnxml.Node, report *collection.Report) {
	if f.document = root.Is("document"); !f.document {
		report.Error(root.Pos, "root-unexpected",
			`the root element is <%s>; a module begins with <document xmlns="%s">`, name(root), cnxml.NamespaceCNXML)
		return
	}
	report.Faults(cnxml.Check(root))
	f.class = root.Attr("class")
	metadata := metadataOf(root)
	f.uuid, f.uuidAt = uuidOf(metadata)
	if id := metadata.ChildIn(cnxml.MDML, "content-id"); id != nil {
		f.contentID, f.contentAt = strings.TrimSpace(id.PlainText()), textPlace(id)
	}
	s := &collector{pageAnalysis: f, report: report, seen: map[string]bool{}}
	root.Walk(s.element)
	slices.Sort(f.ids)
	s.checkOwn()
}

func metadataOf(root *cnxml.Node) *cnxml.Node {
	if metadata := root.Child("metadata"); metadata != nil {
		return metadata
	}
	return &cnxml.Node{Pos: root.Pos}
}

// has reports whether an element of the page has the id.
func (f *pageAnalysis) has(id string) bool {
	_, found := slices.BinarySearch(f.ids, id)
	return found
}

// page is a module while the library is checked.
type page struct {
	id       string
	path     string
	analysis *analyzed[*pageAnalysis] // nil if there is no such file
	key      string                   // names the content of the file
	report   *collection.Report
}

// checked reports whether links into the page can be checked.
func (p *page) checked() bool {
	return p.analysis != nil && p.analysis.whole && p.analysis.result.document
}

// readPages analyzes all modules in the folder, and what the books'
// own modules say. Modules that are in no book are checked for what others say
// about them.
func (r *reader) readPages(ctx context.Context) error {
	var all []*page
	for _, id := range r.order {
		all = append(all, r.page(id))
	}
	folder, err := r.files.Folder(r.roots.pages)
	if err != nil {
		return err
	}
	if folder != nil {
		for _, id := range folder.Folders {
			if r.pages[id] != nil {
				continue
			}
			ok, err := r.files.Exists(r.modulePath(id))
			if err != nil {
				return err
			}
			if ok {
				r.outside = append(r.outside, id)
				all = append(all, r.page(id))
			}
		}
	}
	listed := len(r.order)
	err = each(ctx, all, func(p *page) (err error) {
		var root *cnxml.Node
		p.analysis, p.key, root, err = analyze(r, p.path, "openstax-page", func() *pageAnalysis { return &pageAnalysis{} })
		if r.onParse != nil && root != nil && p.checked() && r.lib.Modules[p.id] != nil {
			r.onParse(r.kept, p.key, textOf(root))
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, p := range all[:listed] {
		if p.analysis != nil {
			p.report.Include(p.analysis.problems)
		}
		r.unreadPages = r.unreadPages || p.analysis != nil && !p.checked()
		if p.checked() {
			// Copies: the library must not keep all analyses in memory.
			m := r.lib.Modules[p.id]
			m.Class, m.UUID, m.Key = strings.Clone(p.analysis.result.class), strings.Clone(p.analysis.result.uuid), p.key
			m.Source = textFile{r.files, p.path}.read
		}
	}
	return nil
}

func (r *reader) page(id string) *page {
	p := &page{id: id, path: r.modulePath(id)}
	p.report = r.report(p.path)
	r.pages[id] = p
	return p
}

func (r *reader) modulePath(id string) string { return path.Join(r.roots.pages, id, "index.cnxml") }
