package render

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// moduleFacts are what a book needs to know of a module before any of its
// pages can be written. They are a function of the module's text alone: what
// depends on the language, on settings or on other modules is found when a book
// is made of them.
type moduleFacts struct {
	title     *cnxml.Node // nil if there is none; see short
	things    []thing     // what links can call by a name, and what is counted, in document order
	ids       []place     // each once, in document order
	links     []outgoing  // each kind once, in document order
	exercises int         // how many there are, counted or not
	solutions int
}

// thing is an element that is called something.
type thing struct {
	name    string      // of the element; "heading" for one of HTML
	near    int         // the thing that it stands in; -1: the page
	counted bool        // it takes part in the numbering
	custom  string      // text of its own label
	title   *cnxml.Node // nil if it has none; see short
	class   string      // of a note without a title
}

// place is an id and the thing that it is in.
type place struct {
	id    string
	thing int // -1: the page
}

// outgoing is an element that links somewhere: what of it says where, and
// whether it has a text of its own.
type outgoing struct {
	node  *cnxml.Node // without children
	empty bool
}

// factsKind is the kind of the facts; its number is that of their form.
const factsKind = "render-module-1"

func (f *moduleFacts) code(c *collection.Coder) {
	codeNode(c, &f.title)
	collection.List(c, &f.things, func(t *thing) {
		c.Text(&t.name)
		c.Int(&t.near)
		c.Flag(&t.counted)
		c.Text(&t.custom)
		codeNode(c, &t.title)
		c.Text(&t.class)
	})
	collection.List(c, &f.ids, func(p *place) {
		c.Text(&p.id)
		c.Int(&p.thing)
	})
	collection.List(c, &f.links, func(o *outgoing) {
		codeNode(c, &o.node)
		c.Flag(&o.empty)
	})
	c.Int(&f.exercises)
	c.Int(&f.solutions)
}

// whole reports whether the things that others refer to are there: what was
// decoded might come from anywhere.
func (f *moduleFacts) whole() bool {
	for i, t := range f.things {
		if t.near < -1 || t.near >= i {
			return false
		}
	}
	return !slices.ContainsFunc(f.ids, func(p place) bool { return p.thing < -1 || p.thing >= len(f.things) }) &&
		!slices.ContainsFunc(f.links, func(o outgoing) bool { return o.node == nil })
}

// codeNode codes a tree, which may be nil.
func codeNode(c *collection.Coder, n **cnxml.Node) {
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
	collection.List(c, &e.Attrs, func(a *cnxml.Attr) {
		c.Text(&a.Space)
		c.Text(&a.Name)
		c.Text(&a.Value)
	})
	collection.List(c, &e.Children, func(child **cnxml.Node) { codeNode(c, child) })
}

// Survey keeps what books need to know of a module among the facts. It is for
// those who have parsed a text for another reason, to save the next parse.
func Survey(facts collection.Facts, key string, text *collection.Text) {
	var known moduleFacts
	if !collection.Recall(facts, factsKind, key, known.code) {
		collection.Keep(facts, factsKind, key, factsOf(text).code)
	}
}

// factsFor are the facts of a module: those that are kept, or else found in its
// text and kept.
func factsFor(ctx context.Context, facts collection.Facts, m *collection.Module) (*moduleFacts, error) {
	f := &moduleFacts{}
	if collection.Recall(facts, factsKind, m.Key, f.code) && f.whole() {
		return f, nil
	}
	text, err := m.Text(ctx)
	if err != nil {
		return nil, err
	}
	f = factsOf(text)
	collection.Keep(facts, factsKind, m.Key, f.code)
	return f, nil
}

// allFacts are the facts of the modules of a table of contents. Those that are
// not kept are found on all cores.
func allFacts(ctx context.Context, facts collection.Facts, entries []collection.Entry) (map[*collection.Module]*moduleFacts, error) {
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
			f, err := factsFor(ctx, facts, m)
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
	if !isEmpty(text.Title) {
		s.title = short(text.Title)
	}
	for _, n := range numberedParts(text) {
		if n != nil {
			s.walk(n, -1, false)
		}
	}
	s.prune()
	return s.moduleFacts
}

// numberedParts are the parts of a text whose elements are counted and can be
// linked to, in that order.
func numberedParts(text *collection.Text) []*cnxml.Node {
	return []*cnxml.Node{text.Abstract, text.Content, text.Glossary}
}

// surveyor goes through one text.
type surveyor struct {
	*moduleFacts
	seen   map[string]bool // ids
	linked map[string]bool // by what of a link counts
}

// walk notes what is at and below n. near is the thing that n stands in: a link
// to an element that is called nothing says that it leads there. boxed says
// whether n is within an example or a note.
func (s *surveyor) walk(n *cnxml.Node, near int, boxed bool) {
	if n.Space == cnxml.Text || isHidden(n) {
		return
	}
	at := near
	if t, ok := thingOf(n); ok {
		t.near, t.counted = near, numbered(n, boxed)
		at = len(s.things)
		s.things = append(s.things, t)
	}
	if id := n.ID(); validID(id) && !s.seen[id] && !n.Is(withoutID...) {
		s.seen[id] = true
		s.ids = append(s.ids, place{id, at})
	}
	s.link(n)
	switch {
	case n.Space == cnxml.MathML:
		return
	case n.Is("exercise"):
		s.exercises++
	case n.Is("solution"):
		s.solutions++
	}
	for _, c := range n.Children {
		s.walk(c, at, boxed || n.Is("example", "note"))
	}
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
func (s *surveyor) link(n *cnxml.Node) {
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
	o := outgoing{&cnxml.Node{Space: n.Space, Name: n.Name, Attrs: attrs, Pos: n.Pos}, isEmpty(n)}
	key := n.Name
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

// prune drops the things that nobody asks for: they are not counted, and
// neither they nor anything in them has an id.
func (s *surveyor) prune() {
	used := make([]bool, len(s.things))
	for _, p := range s.ids {
		if p.thing >= 0 {
			used[p.thing] = true
		}
	}
	for i := len(s.things) - 1; i >= 0; i-- {
		used[i] = used[i] || s.things[i].counted
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
