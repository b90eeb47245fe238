package render

import (
	"context"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/markup"
	"github.com/rhaptos/rhaptos/publish/mathml"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// maxDepth bounds how deep elements are nested in what is written; HTML
// parsers stop at 512. Below it only text is kept.
const maxDepth = 300

// Render writes the content of a page as HTML: learning objectives, text, key
// terms and footnotes. The page's title is not in it; sections begin with h2.
// The problems are warnings about what has no meaning here, and a note about
// exercises that are kept elsewhere. An error is one of reading the text, a
// fault of the storage.
func (b *Book) Render(ctx context.Context, p *Page) (template.HTML, []collection.Problem, error) {
	r := b.renderer(p.Page)
	if p.Module == nil {
		err := r.generated(ctx)
		return template.HTML(r.w.String()), r.problems, err
	}
	var err error
	if r.src, err = b.ModuleText(ctx, p.Page); err != nil {
		return "", nil, err
	}
	text := r.src.Text
	if text.Content == nil {
		r.w.Element("p", []attr{{"class", "unreadable"}}, func() { r.w.Text(r.Messages.Page.Unreadable) })
		return template.HTML(r.w.String()), nil, nil
	}
	r.away = r.src.Away()
	if !b.LeavesOutAbstract(p.Page) {
		r.abstract(text.Abstract)
	}
	if attrs := r.attrs(text.Content); len(attrs) > 0 {
		r.w.Element("div", attrs, func() { r.content(text.Content) })
	} else {
		r.content(text.Content)
	}
	if p.Glossary == nil {
		r.glossaryOf(text.Glossary)
	}
	r.elsewhere()
	r.footnoteSection()
	r.lostIDs()
	return template.HTML(r.w.String()), r.problems, nil
}

// lostIDs makes places for the ids of elements that are not in the page as
// elements, so that links to them lead to the page at least.
func (r *renderer) lostIDs() {
	var moved map[string]outline.Anchor
	if m := r.page.Module; m != nil {
		moved = r.names(m.ID).Moved
	}
	var lost []string
	for id := range r.sourceIDs() {
		if _, away := moved[id]; !away && !r.seen[id] {
			lost = append(lost, id)
		}
	}
	slices.Sort(lost)
	for _, id := range lost {
		r.w.Element("span", []attr{{"id", id}}, nil)
	}
}

// titleHTML writes a page's title, without ids and footnotes.
func (b *Book) titleHTML(p *outline.Page) template.HTML {
	r := b.renderer(p)
	r.quiet, r.inLink, r.inLine = true, true, true
	r.children(p.Heading)
	return template.HTML(strings.TrimSpace(r.w.String()))
}

// attr is an attribute to be written.
type attr = markup.Attr

// math writes a formula.
func (r *renderer) math(n *cnxml.Node) {
	mathml.Write(&r.w, n, mathml.Page{Display: r.display, Wide: !r.inLink && formulaWidth(n) > narrowFormula, Attrs: r.attrs, Warn: r.warn, Link: r.formulaLink})
}

// formulaLink has the attributes of the link from a formula to an address.
func (r *renderer) formulaLink(href string) ([]attr, bool) {
	if r.inLink {
		return nil, false
	}
	to := r.toAddress(href)
	return to.attrs(), to.href != ""
}

// noSource is for what is no module's: its links and images lead nowhere.
var noSource = &outline.ModuleText{Module: &collection.Module{}}

// renderer writes one page.
type renderer struct {
	*Book
	page *outline.Page
	src  *outline.ModuleText // what is being written
	w    markup.Writer

	away map[*cnxml.Node]bool // sections that are not in this page
	bare int                  // in a copy, which leaves the ids to the original

	inLine  bool // in a line of text, where no block may stand
	inLink  bool // in a link, where no other link may stand
	quiet   bool // in a copy of a title: without ids and footnotes
	inRuby  bool
	opened  bool // solutions are open: in a worked example
	display bool // a formula that stands by itself

	level int // of the heading above
	last  int // of the heading before

	seen      map[string]bool // ids in the page
	ids       map[string]bool // see sourceIDs
	known     map[*outline.Page]*outline.Names
	footnotes []footnote
	copied    int // bytes of titles that links repeat

	highlit    int           // bytes of code that have been looked at to highlight them
	highlitFor time.Duration // the processor time that took
	problems   []collection.Problem
}

func (b *Book) renderer(p *outline.Page) *renderer {
	return &renderer{Book: b, page: p, src: noSource, level: 1, last: 1, seen: map[string]bool{}, known: map[*outline.Page]*outline.Names{}}
}

// sourceIDs are the ids of the page's module, or those that a generated page
// gives to what it shows.
func (r *renderer) sourceIDs() map[string]bool {
	if r.ids != nil {
		return r.ids
	}
	r.ids = map[string]bool{}
	r.page.EachID(func(_, _, own string) { r.ids[own] = true })
	if m := r.page.Module; m != nil {
		for id := range r.names(m.ID).Labels {
			r.ids[id] = true
		}
	}
	return r.ids
}

// names are those of a module of the book.
func (r *renderer) names(module string) *outline.Names { return r.namesIn(r.Outline, module) }

// namesIn are the names of a module of this book or another. Large ones stay
// until the page is written, since a page may lead to many of them in turn.
func (r *renderer) namesIn(o *outline.Outline, module string) *outline.Names {
	p := o.ByModule[module]
	if n := r.known[p]; n != nil {
		return n
	}
	n := o.NamesOf(p)
	if n.Large() {
		r.known[p] = n
	}
	return n
}

// node writes n by its rule. Where it stands decides the form: among blocks,
// or in a line of text. An element of a line that holds blocks becomes a block
// itself.
func (r *renderer) node(n *cnxml.Node) {
	switch {
	case n.Space == cnxml.Text:
		r.w.Text(n.Data)
		return
	case outline.IsHidden(n):
		return
	case r.w.Depth() > maxDepth:
		r.w.Text(n.ReadableText())
		return
	}
	rule, ok := r.rules.of(n)
	if !ok {
		r.unknown(n)
		return
	}
	switch {
	case r.inLine:
		rule.line(r, n)
	case rule.isBlock(n):
		rule.block(r, n)
	case rule.block == nil && r.rules.holdsBlock(n):
		r.neutral("div", n)
	default:
		r.line(func() { rule.line(r, n) })
	}
}

// line writes in a line of text.
func (r *renderer) line(write func()) {
	before := r.inLine
	r.inLine = true
	write()
	r.inLine = before
}

// children writes what is in n, except children of CNXML with the names.
func (r *renderer) children(n *cnxml.Node, except ...string) {
	for _, c := range n.Children {
		if len(except) == 0 || !c.Is(except...) {
			r.node(c)
		}
	}
}

// inside is children as a function.
func (r *renderer) inside(n *cnxml.Node, except ...string) func() {
	return func() { r.children(n, except...) }
}

// lineInside writes the children in a line of text.
func (r *renderer) lineInside(n *cnxml.Node, except ...string) func() {
	return func() { r.line(r.inside(n, except...)) }
}

// unknown keeps the children of an element that has no meaning here.
func (r *renderer) unknown(n *cnxml.Node) {
	r.warn(n, "element-unknown", "<%s> has no meaning here; only its content is shown", strings.Trim(cnxml.Quote(n.Name), `"`))
	name := "span"
	if !r.inLine && r.rules.holdsBlock(n) {
		name = "div"
	}
	r.neutral(name, n)
}

// neutral writes the children within a div or span that says the element's name.
func (r *renderer) neutral(name string, n *cnxml.Node) {
	class := n.Name
	if class == "div" || class == "span" {
		class = ""
	}
	r.w.Element(name, r.attrs(n, class), r.inside(n))
}

// maxProblems bounds the problems that are reported of one page.
const maxProblems = 100

func (r *renderer) warn(n *cnxml.Node, rule, format string, args ...any) {
	if len(r.problems) >= maxProblems {
		return
	}
	r.problems = append(r.problems, collection.Problem{
		Path: r.src.Module.Path, Line: n.Pos.Line, Column: n.Pos.Column,
		Rule: rule, Severity: collection.Warning, Message: fmt.Sprintf(format, args...),
	})
}

// attrs are the attributes that all elements share: the id, the classes (those
// given first, then the author's) and the language.
func (r *renderer) attrs(n *cnxml.Node, classes ...string) []attr {
	var out []attr
	if id := r.here(n.ID()); r.claim(id) {
		out = append(out, attr{"id", id})
	}
	if class := classList(append(classes, strings.Fields(n.Attr("class"))...)); class != "" {
		out = append(out, attr{"class", class})
	}
	for _, a := range n.Attrs {
		if a.Space == "xml" && a.Name == "lang" || a.Space == "" && a.Name == "lang" && n.Space == cnxml.HTML {
			if isLanguage(a.Value) {
				out = append(out, attr{"lang", a.Value})
				break
			}
		}
	}
	return out
}

// here is the id that this page gives to one of the source: the same, unless the
// page shows several modules that have it. It is empty in copies.
func (r *renderer) here(id string) string {
	switch {
	case id == "" || r.bare > 0:
		return ""
	case r.page.Module != nil:
		return id
	}
	if a, ok := r.names(r.src.Module.ID).Moved[id]; ok && a.Page == r.page {
		return a.ID
	}
	return ""
}

// claim reports whether an element may have the id, which it then has.
func (r *renderer) claim(id string) bool {
	if r.quiet || r.bare > 0 || r.seen[id] || !outline.ValidID(id) {
		return false
	}
	r.seen[id] = true
	return true
}

// newID is an id that the page's source does not use.
func (r *renderer) newID(prefix string, n int) string {
	id := prefix + strconv.Itoa(n)
	for r.seen[id] || r.sourceIDs()[id] {
		id += "-"
	}
	r.seen[id] = true
	return id
}

// classList joins class names, leaving out those with odd characters and
// repetitions.
func classList(names []string) string {
	var b strings.Builder
	for i, name := range names[:min(len(names), 40)] {
		if !isClass(name) || slices.Contains(names[:i], name) || b.Len() > 200 {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(name)
	}
	return b.String()
}

func isClass(name string) bool {
	if name == "" || len(name) > 60 {
		return false
	}
	for _, c := range name {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// isLanguage reports whether the tag has the form of BCP 47.
func isLanguage(tag string) bool {
	return isClass(tag) && len(tag) <= 35 && !strings.Contains(tag, "_")
}

// heading writes a heading one level below the one above, never leaving out a
// level (WCAG technique G141), and returns a function that ends what it heads.
func (r *renderer) heading(attrs []attr, write func()) (end func()) {
	above := r.level
	r.level = min(above+1, r.last+1, 6)
	r.last = r.level
	r.w.Element("h"+strconv.Itoa(r.level), attrs, func() { r.line(write) })
	return func() { r.level = above }
}
