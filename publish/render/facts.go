package render

import (
	"context"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// moduleFacts are what a book needs to know of a module before any of its
// pages can be written. They are a function of the module's text alone: what
// depends on the language, on settings or on other modules is found when a book
// is made of them. A book has those of all its modules at once, so what is asked
// of one module at a time is packed.
type moduleFacts struct {
	title    *cnxml.Node // nil if there is none; see short
	sections []section   // those with a class, which may be collected elsewhere
	tallies  []tally     // of what is counted
	defines  bool        // there are definitions,
	indexed  bool        // terms,
	answers  bool        // and solutions that belong in a list of answers
	hidden   []string    // ids of what is for teachers, sorted
	nodes    int         // how large the text is

	things      packed[thing]       // what links can call by a name, and what is counted, in document order
	ids         packed[place]       // each once, in document order
	links       packed[outgoing]    // each kind of each section once, in document order
	definitions packed[*cnxml.Node] // of the glossary, whole
	terms       packed[indexed]     // what a book's index leads to
}

// packed is a list as bytes.
type packed[T any] string

func pack[T any](list []T, code func(*analysis.Coder, *T)) packed[T] {
	return packed[T](analysis.Encode(func(c *analysis.Coder) {
		analysis.List(c, &list, func(t *T) { code(c, t) })
	}))
}

// unpack is the list. That it can be read is known from moduleFacts.whole.
func unpack[T any](p packed[T], code func(*analysis.Coder, *T)) []T {
	list, _ := unpacked(p, code)
	return list
}

// unpacked is the list, if it can be read.
func unpacked[T any](p packed[T], code func(*analysis.Coder, *T)) (list []T, ok bool) {
	ok = analysis.Decode(string(p), func(c *analysis.Coder) { analysis.List(c, &list, func(t *T) { code(c, t) }) })
	return list, ok
}

// tally is how much is counted in one section.
type tally struct {
	section int
	counts  counts
}

// Sections that are none: where most of a text stands, and the glossary.
const (
	noSection  = -1
	inGlossary = -2
)

// section is one with a class that stands in the text itself or in another section.
type section struct {
	class  string
	id     string
	title  *cnxml.Node // nil if it has none; see short
	parent int         // the section that it stands in, or noSection
}

// indexed is a term in the text.
type indexed struct {
	node      *cnxml.Node // see short
	id        string      // empty if it has none
	section   int
	reference string // what it is called in an index, if that is something else
	name      string // of a person, as it is sorted
	born      string
	died      string
}

// thing is an element that is called something.
type thing struct {
	name    string      // of the element; "heading" for one of HTML
	near    int         // the thing that it stands in; -1: the page
	counted bool        // it takes part in the numbering
	custom  string      // text of its own label
	title   *cnxml.Node // nil if it has none; see short
	class   string      // of a note without a title
	id      string      // its own, if it is counted
	section int         // that it stands in

	answers int // solutions of an exercise that belong in a list of answers
}

// place is an id with the thing and the section that it is in.
type place struct {
	id      string
	thing   int // -1: the page
	section int
}

// outgoing is an element that links somewhere: what of it says where, and
// whether it has a text of its own.
type outgoing struct {
	node    *cnxml.Node // without children
	empty   bool
	section int
}

// factsKind is the kind of the facts; its number is that of their form.
const factsKind = "render-module-4"

func (f *moduleFacts) code(c *analysis.Coder) {
	codeNode(c, &f.title)
	analysis.List(c, &f.sections, func(s *section) {
		c.Text(&s.class)
		c.Text(&s.id)
		codeNode(c, &s.title)
		c.Int(&s.parent)
	})
	analysis.List(c, &f.tallies, func(t *tally) {
		c.Int(&t.section)
		for i := range t.counts {
			c.Int(&t.counts[i])
		}
	})
	for _, flag := range []*bool{&f.defines, &f.indexed, &f.answers} {
		c.Flag(flag)
	}
	analysis.List(c, &f.hidden, c.Text)
	c.Int(&f.nodes)
	for _, list := range []*string{(*string)(&f.things), (*string)(&f.ids), (*string)(&f.links), (*string)(&f.definitions), (*string)(&f.terms)} {
		c.Text(list)
	}
}

func codeThing(c *analysis.Coder, t *thing) {
	c.Text(&t.name)
	c.Int(&t.near)
	c.Flag(&t.counted)
	c.Text(&t.custom)
	codeNode(c, &t.title)
	c.Text(&t.class)
	c.Text(&t.id)
	c.Int(&t.section)
	c.Int(&t.answers)
}

func codePlace(c *analysis.Coder, p *place) {
	c.Text(&p.id)
	c.Int(&p.thing)
	c.Int(&p.section)
}

func codeOutgoing(c *analysis.Coder, o *outgoing) {
	codeNode(c, &o.node)
	c.Flag(&o.empty)
	c.Int(&o.section)
}

func codeIndexed(c *analysis.Coder, t *indexed) {
	codeNode(c, &t.node)
	c.Int(&t.section)
	for _, s := range []*string{&t.id, &t.reference, &t.name, &t.born, &t.died} {
		c.Text(s)
	}
}

// whole reports whether the things that others refer to are there: what was
// decoded might come from anywhere.
func (f *moduleFacts) whole() bool {
	for i, s := range f.sections {
		if s.parent < noSection || s.parent >= i {
			return false
		}
	}
	if slices.ContainsFunc(f.tallies, func(t tally) bool { return !f.has(t.section) }) {
		return false
	}
	things, ok1 := unpacked(f.things, codeThing)
	for i, t := range things {
		if t.near < -1 || t.near >= i || !f.has(t.section) {
			return false
		}
	}
	ids, ok2 := unpacked(f.ids, codePlace)
	links, ok3 := unpacked(f.links, codeOutgoing)
	definitions, ok4 := unpacked(f.definitions, codeNode)
	terms, ok5 := unpacked(f.terms, codeIndexed)
	return ok1 && ok2 && ok3 && ok4 && ok5 &&
		!slices.ContainsFunc(ids, func(p place) bool { return p.thing < -1 || p.thing >= len(things) || !f.has(p.section) }) &&
		!slices.ContainsFunc(links, func(o outgoing) bool { return o.node == nil || !f.has(o.section) }) &&
		!slices.ContainsFunc(terms, func(t indexed) bool { return t.node == nil || !f.has(t.section) }) &&
		!slices.Contains(definitions, nil)
}

// has reports whether the section is there, or is one of those that are none.
func (f *moduleFacts) has(section int) bool {
	return section >= inGlossary && section < len(f.sections)
}

// codeNode codes a tree, which may be nil.
func codeNode(c *analysis.Coder, n **cnxml.Node) {
	there := *n != nil
	if c.Flag(&there); !there {
		*n = nil
		return
	}
	if *n == nil {
		*n = &cnxml.Node{}
	}
	e := *n
	space := int(e.Space)
	for _, number := range []*int{&space, &e.Pos.Line, &e.Pos.Column} {
		c.Int(number)
	}
	e.Space = cnxml.Space(space)
	for _, s := range []*string{&e.Prefix, &e.Name, &e.NS, &e.Data} {
		c.Text(s)
	}
	analysis.List(c, &e.Attrs, func(a *cnxml.Attr) {
		c.Text(&a.Space)
		c.Text(&a.Name)
		c.Text(&a.Value)
	})
	analysis.List(c, &e.Children, func(child **cnxml.Node) { codeNode(c, child) })
}

// Survey keeps what books need to know of a module among the facts. It is for
// those who have parsed a text for another reason, to save the next parse.
func Survey(cache analysis.Cache, key string, text *collection.Text) {
	var known moduleFacts
	if !analysis.Load(cache, factsKind, key, known.code) {
		analysis.Store(cache, factsKind, key, factsOf(text).code)
	}
}

// factsFor are the facts of a module: those that are kept, or else found in its
// text and kept.
func factsFor(ctx context.Context, cache analysis.Cache, m *collection.Module) (*moduleFacts, error) {
	f := &moduleFacts{}
	if analysis.Load(cache, factsKind, m.Key, f.code) && f.whole() {
		return f, nil
	}
	text, err := m.Text(ctx)
	if err != nil {
		return nil, err
	}
	f = factsOf(text)
	analysis.Store(cache, factsKind, m.Key, f.code)
	return f, nil
}

// allFacts are the facts of the modules of a table of contents. Those that are
// not kept are found on all cores.
func allFacts(ctx context.Context, cache analysis.Cache, entries []collection.Entry) (map[*collection.Module]*moduleFacts, error) {
	all := map[*collection.Module]*moduleFacts{}
	forModules(entries, func(m *collection.Module) { all[m] = nil })
	modules := make([]*collection.Module, 0, len(all))
	for m := range all {
		modules = append(modules, m)
	}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, m := range modules {
		g.Go(func() error {
			f, err := factsFor(ctx, cache, m)
			mu.Lock()
			defer mu.Unlock()
			all[m] = f
			return err
		})
	}
	return all, g.Wait()
}

// forModules calls f for the modules of a table of contents, some of them more
// than once.
func forModules(entries []collection.Entry, f func(*collection.Module)) {
	for _, e := range entries {
		switch {
		case e.Subcollection != nil:
			forModules(e.Subcollection.Entries, f)
		case e.Module != nil:
			f(e.Module)
			forModules(e.Children, f)
		}
	}
}

// factsOf finds the facts of a text.
func factsOf(text *collection.Text) *moduleFacts {
	s := &surveyor{moduleFacts: &moduleFacts{}, seen: map[string]bool{}, linked: map[string]bool{}}
	if !text.Title.IsBlank() {
		s.title = short(text.Title)
	}
	for _, n := range countedParts(text) {
		s.walk(n, spot{near: -1, section: noSection})
	}
	s.walk(text.Glossary, spot{near: -1, section: inGlossary})
	s.prune()
	slices.Sort(s.hidden)
	for _, t := range s.things {
		s.answers = s.answers || t.answers > 0
		if t.counted {
			s.tally(t)
		}
	}
	f := s.moduleFacts
	f.things, f.ids, f.links = pack(s.things, codeThing), pack(s.ids, codePlace), pack(s.links, codeOutgoing)
	f.definitions, f.terms = pack(s.definitions, codeNode), pack(s.terms, codeIndexed)
	f.defines, f.indexed = len(s.definitions) > 0, len(s.terms) > 0
	return f
}

// tally counts a thing in its section.
func (s *surveyor) tally(t thing) {
	at := slices.IndexFunc(s.tallies, func(in tally) bool { return in.section == t.section })
	if at < 0 {
		at = len(s.tallies)
		s.tallies = append(s.tallies, tally{section: t.section})
	}
	s.tallies[at].counts.next(t.name)
}

// countedParts are the parts of a text whose elements are counted, in that
// order. Those of a glossary are not: it may be shown in several places.
func countedParts(text *collection.Text) []*cnxml.Node {
	return []*cnxml.Node{text.Abstract, text.Content}
}

// spot is where a walk through a text has come to.
type spot struct {
	near    int  // the thing around it: a link to what is called nothing says that it leads there
	section int  // the innermost section with a class
	boxed   bool // within an example or a note
	closed  bool // within anything else than content and sections
}

// below is the spot of the children of n.
func (s spot) below(n *cnxml.Node) spot {
	s.boxed = s.boxed || n.Is("example", "note")
	s.closed = s.closed || !n.Is("content", "section")
	return s
}

// mayMove reports whether a section may be collected elsewhere: it has a class
// that says what it is, and stands in no box.
func mayMove(n *cnxml.Node, at spot) bool {
	return !at.closed && at.section != inGlossary && n.Is("section") && strings.TrimSpace(n.Attr("class")) != ""
}

// surveyor goes through one text.
type surveyor struct {
	*moduleFacts
	things      []thing
	ids         []place
	links       []outgoing
	definitions []*cnxml.Node
	terms       []indexed

	seen   map[string]bool // ids
	linked map[string]bool // by what of a link counts
}

// walk notes what is at and below n.
func (s *surveyor) walk(n *cnxml.Node, at spot) {
	if n == nil {
		return
	}
	s.nodes++
	if n.Space == cnxml.Text {
		return
	}
	if isHidden(n) {
		n.Walk(func(c *cnxml.Node) bool {
			if id := c.ID(); validID(id) {
				s.hidden = append(s.hidden, id)
			}
			return true
		})
		return
	}
	id := n.ID()
	if !validID(id) {
		id = ""
	}
	if mayMove(n, at) {
		s.section(n, id, &at)
	}
	if t, ok := thingOf(n); ok {
		t.near, t.section = at.near, at.section
		if t.counted = numbered(n, at.boxed) && at.section != inGlossary; t.counted {
			t.id = id
		}
		if n.Is("exercise") {
			t.id, t.answers = id, answersOf(n, at.boxed)
		}
		at.near = len(s.things)
		s.things = append(s.things, t)
	}
	if id != "" && !s.seen[id] && !n.Is(withoutID...) {
		s.seen[id] = true
		s.ids = append(s.ids, place{id, at.near, at.section})
	}
	s.link(n, at.section)
	switch {
	case n.Space == cnxml.MathML:
		return
	case n.Is("definition") && at.section == inGlossary:
		s.definitions = append(s.definitions, n)
	case n.Is("term") && at.section != inGlossary && !n.IsBlank():
		s.term(n, id, at.section)
	}
	for _, c := range n.Children {
		s.walk(c, at.below(n))
	}
}

// section notes a section that may be collected, which what is in it belongs to.
func (s *surveyor) section(n *cnxml.Node, id string, at *spot) {
	found := section{class: n.Attr("class"), id: id, parent: at.section}
	if title := n.Child("title"); !title.IsBlank() {
		found.title = short(title)
	}
	at.section = len(s.sections)
	s.sections = append(s.sections, found)
}

// answersOf is how many of an exercise's solutions belong in a list of answers:
// all, unless the author wants one to stand here; of one in a box, whose readers
// have its solution before them, only those that are to stand at the end.
func answersOf(exercise *cnxml.Node, boxed bool) int {
	count := 0
	for _, c := range exercise.Children {
		if isAnswer(c, boxed) {
			count++
		}
	}
	return count
}

func isAnswer(n *cnxml.Node, boxed bool) bool {
	if !n.Is("solution") || isHidden(n) || n.IsBlank() {
		return false
	}
	where := n.Attr("print-placement")
	return where == "end" || where != "here" && !boxed
}

// term notes what an index leads to.
func (s *surveyor) term(n *cnxml.Node, id string, in int) {
	t := indexed{node: short(n), id: id, section: in}
	for _, a := range n.Attrs {
		switch {
		case strings.Contains(a.Space, "cmlnle") && a.Name == "reference":
			t.reference = clip(oneLine(a.Value), maxTitle)
		case !strings.Contains(a.Space, "cxlxt"):
		case a.Name == "name":
			t.name = clip(oneLine(a.Value), maxTitle)
		case a.Name == "born":
			t.born = clip(oneLine(a.Value), maxTitle)
		case a.Name == "died":
			t.died = clip(oneLine(a.Value), maxTitle)
		}
	}
	s.terms = append(s.terms, t)
}

// thingOf is n as something that is called by a name, if it is.
func thingOf(n *cnxml.Node) (t thing, ok bool) {
	if n.Space == cnxml.HTML {
		switch n.Name {
		case "h1", "h2", "h3", "h4", "h5", "h6":
			return thing{name: "heading", title: short(n)}, true
		}
		return t, false
	}
	if n.Space != cnxml.CNXML {
		return t, false
	}
	t = thing{name: n.Name, title: n.Child("title")}
	switch n.Name {
	case "figure", "table", "example", "equation", "exercise", "rule", "proof":
		if l := n.Child("label"); l != nil {
			t.custom = clip(oneLine(l.PlainText()), maxTitle)
		}
	case "note":
		if t.title == nil {
			t.class = n.Attr("class")
			if l := n.Child("label"); l != nil {
				t.custom = clip(oneLine(l.PlainText()), maxTitle)
			}
		}
	case "section", "list", "glossary":
		if t.title == nil || strings.TrimSpace(t.title.PlainText()) == "" {
			return thing{}, false
		}
	case "term":
		t.title = n
	case "definition":
		if t.title = n.Child("term"); t.title == nil {
			return thing{}, false
		}
	case "solution", "footnote":
	default:
		return thing{}, false
	}
	if t.title != nil {
		t.title = short(t.title)
	}
	return t, true
}

// link notes what a link leads to. Two links that would be written alike are
// noted once.
func (s *surveyor) link(n *cnxml.Node, section int) {
	var attrs []cnxml.Attr
	leads := false
	for _, a := range n.Attrs {
		switch {
		case a.Space == "" && slices.Contains(linkAttributes, a.Name):
			leads = true
		case a.Space == "" && a.Name == "class" && hasClass(a.Value, "target-chapter"):
			a.Value = "target-chapter"
		case isCase(a):
		default:
			continue
		}
		attrs = append(attrs, cnxml.Attr{Space: a.Space, Name: a.Name, Value: a.Value})
	}
	if !leads {
		return
	}
	o := outgoing{&cnxml.Node{Space: n.Space, Name: n.Name, Attrs: attrs, Pos: n.Pos}, n.IsBlank(), section}
	key := strconv.Itoa(section) + n.Name
	if o.empty {
		key += " empty"
	}
	for _, a := range attrs {
		key += "\x00" + a.Name + "\x00" + a.Value
	}
	if !s.linked[key] {
		s.linked[key] = true
		s.links = append(s.links, o)
	}
}

// linkAttributes say where an element leads.
var linkAttributes = []string{"document", "target-id", "url", "href", "resource"}

// prune drops the things that nobody asks for: they are neither counted nor
// answered, and neither they nor anything in them has an id.
func (s *surveyor) prune() {
	used := make([]bool, len(s.things))
	for _, p := range s.ids {
		if p.thing >= 0 {
			used[p.thing] = true
		}
	}
	for i := len(s.things) - 1; i >= 0; i-- {
		used[i] = used[i] || s.things[i].counted || s.things[i].answers > 0
		if near := s.things[i].near; used[i] && near >= 0 {
			used[near] = true
		}
	}
	moved := make([]int, len(s.things))
	kept := s.things[:0]
	for i, t := range s.things {
		if !used[i] {
			continue
		}
		if t.near >= 0 {
			t.near = moved[t.near]
		}
		moved[i] = len(kept)
		kept = append(kept, t)
	}
	s.things = slices.Clip(kept)
	for i, p := range s.ids {
		if p.thing >= 0 {
			s.ids[i].thing = moved[p.thing]
		}
	}
}
