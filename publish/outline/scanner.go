package outline

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// scanOf scans a text.
func scanOf(text *collection.Text) *scan {
	s := &scanner{scan: &scan{}, seen: map[string]bool{}, linked: map[string]bool{}}
	if !text.Title.IsBlank() {
		s.title = short(text.Title)
	}
	for _, n := range countedParts(text) {
		s.walk(n, spot{near: -1, section: NoSection})
	}
	s.walk(text.Glossary, spot{near: -1, section: InGlossary})
	s.prune()
	slices.Sort(s.hidden)
	for _, t := range s.targets {
		s.answers = s.answers || t.Answers.Any()
	}
	f := s.scan
	f.targets, f.ids, f.links = pack(s.targets, codeTarget), pack(s.ids, codePlace), pack(s.links, codeLink)
	f.definitions, f.terms, f.references = pack(s.definitions, codeNode), pack(s.terms, codeIndexed), pack(s.references, codeNode)
	f.defines, f.indexed, f.cites = len(s.definitions) > 0, len(s.terms) > 0, len(s.references) > 0
	return f
}

// countedParts are the parts of a text whose elements are counted, in that
// order. Those of a glossary are not: it may be shown in several places.
func countedParts(text *collection.Text) []*cnxml.Node {
	return []*cnxml.Node{text.Abstract, text.Content}
}

// spot is where a walk through a text has come to.
type spot struct {
	near    int  // the target around it: a link to what is called nothing says that it leads there
	section int  // the innermost section with a class
	closed  bool // within anything else than content and sections
	figure  bool // within a figure

	box       string      // the innermost example or note around it; see boxOf
	solved    bool        // within a solution that may leave for the answer key,
	solvedBox string      // of an exercise in this box
	around    *cnxml.Node // the box, while a text is numbered
}

// below is the spot of the children of n.
func (s spot) below(n *cnxml.Node) spot {
	switch {
	case n.Is("example", "note"):
		s.box = boxOf(n)
	case n.Is("figure"):
		s.figure = true
	case n.Is("solution") && n.Attr("print-placement") != "here":
		s.solved, s.solvedBox = true, s.box
	}
	s.closed = s.closed || !n.Is("content", "section")
	return s
}

// mayMove reports whether a section may be collected elsewhere: it has a class
// that says what it is, and stands in no box.
func mayMove(n *cnxml.Node, at spot) bool {
	return !at.closed && at.section != InGlossary && n.Is("section") && strings.TrimSpace(n.Attr("class")) != ""
}

// scanner goes through one text.
type scanner struct {
	*scan
	targets     []Target
	ids         []Place
	links       []Link
	definitions []*cnxml.Node
	terms       []indexed
	references  []*cnxml.Node

	seen   map[string]bool // ids
	linked map[string]bool // by what of a link counts
}

// walk notes what is at and below n.
func (s *scanner) walk(n *cnxml.Node, at spot) {
	if n == nil {
		return
	}
	s.nodes++
	if n.Space == cnxml.Text {
		return
	}
	if IsHidden(n) {
		n.Walk(func(c *cnxml.Node) bool {
			if id := c.ID(); ValidID(id) {
				s.hidden = append(s.hidden, id)
			}
			return true
		})
		return
	}
	id := n.ID()
	if !ValidID(id) {
		id = ""
	}
	if mayMove(n, at) {
		s.section(n, id, &at)
	}
	if t, ok := targetOf(n); ok {
		name := t.name
		t.near, t.section = at.near, at.section
		if t.countable, t.counted = countableOf(n, at); t.counted {
			t.ID = id
		}
		t.name = cmp.Or(t.name, name)
		if t.name == reference {
			s.references = append(s.references, n)
		}
		if n.Is("exercise") {
			t.ID, t.box, t.Answers = id, at.box, solutionsOf(n)
		}
		at.near = len(s.targets)
		s.targets = append(s.targets, t)
	}
	if id != "" && !s.seen[id] && !n.Is(withoutID...) {
		s.seen[id] = true
		s.ids = append(s.ids, Place{ID: id, target: at.near, Section: at.section})
	}
	s.link(n, at.section)
	switch {
	case n.Space == cnxml.MathML:
		for _, c := range n.Children {
			c.Walk(func(part *cnxml.Node) bool {
				s.link(part, at.section)
				return true
			})
		}
		return
	case n.Is("definition") && at.section == InGlossary:
		s.definitions = append(s.definitions, n)
	case n.Is("term") && at.section != InGlossary && !n.IsBlank():
		s.term(n, id, at.section)
	}
	for _, c := range n.Children {
		s.walk(c, at.below(n))
	}
}

// section notes a section that may be collected, which what is in it belongs to.
func (s *scanner) section(n *cnxml.Node, id string, at *spot) {
	found := section{class: n.Attr("class"), line: n.Pos.Line, column: n.Pos.Column, id: id, parent: at.section}
	if title := n.Child("title"); !title.IsBlank() {
		found.title = short(title)
	}
	at.section = len(s.sections)
	s.sections = append(s.sections, found)
}

// solutionsOf counts the solutions of an exercise that may be in a list of
// answers. One that its author wants here is not; of an exercise in a box, whose
// readers have its solution before them, only those that are to stand at the end
// are, unless the recipe says more.
func solutionsOf(exercise *cnxml.Node) (s Solutions) {
	for _, c := range exercise.Children {
		switch {
		case IsAnswer(c, true):
			s.end++
		case IsAnswer(c, false):
			s.unplaced++
		}
	}
	return s
}

// IsAnswer reports whether n is a solution that belongs in a list of answers, or
// only does if it says so.
func IsAnswer(n *cnxml.Node, only bool) bool {
	if !n.Is("solution") || IsHidden(n) || n.IsBlank() {
		return false
	}
	where := n.Attr("print-placement")
	return where == "end" || where != "here" && !only
}

// term notes what an index leads to.
func (s *scanner) term(n *cnxml.Node, id string, in int) {
	t := indexed{node: short(n), id: id, section: in}
	for _, a := range n.Attrs {
		switch {
		case strings.Contains(a.Space, "cmlnle") && a.Name == "reference":
			t.reference = Clip(OneLine(a.Value), maxTitle)
		case !strings.Contains(a.Space, "cxlxt"):
		case a.Name == "index":
			t.index = a.Value
		case a.Name == "name":
			t.name = Clip(OneLine(a.Value), maxTitle)
		case a.Name == "born":
			t.born = Clip(OneLine(a.Value), maxTitle)
		case a.Name == "died":
			t.died = Clip(OneLine(a.Value), maxTitle)
		}
	}
	s.terms = append(s.terms, t)
}

// targetOf is n as a target, if links can call it by a name.
func targetOf(n *cnxml.Node) (t Target, ok bool) {
	if n.Space == cnxml.HTML {
		switch n.Name {
		case "h1", "h2", "h3", "h4", "h5", "h6":
			return Target{countable: countable{name: "heading"}, title: short(n)}, true
		}
		return t, false
	}
	if n.Space != cnxml.CNXML {
		return t, false
	}
	t = Target{countable: countable{name: n.Name}, title: n.Child("title")}
	switch n.Name {
	case "figure", "table", "example", "equation", "exercise", "rule", "proof":
		if l := n.Child("label"); l != nil {
			t.custom = Clip(OneLine(l.PlainText()), maxTitle)
		}
	case "note":
		if t.title == nil {
			t.label = n.Attr("class")
			if l := n.Child("label"); l != nil {
				t.custom = Clip(OneLine(l.PlainText()), maxTitle)
			}
		}
	case "section", "list", "glossary":
		if t.title == nil || strings.TrimSpace(t.title.PlainText()) == "" {
			return Target{}, false
		}
	case "term":
		t.title = n
	case "definition":
		if t.title = n.Child("term"); t.title == nil {
			return Target{}, false
		}
	case "solution", "footnote":
	default:
		return Target{}, false
	}
	if t.title != nil {
		t.title = short(t.title)
	}
	return t, true
}

// link notes what a link leads to. Two links that would be written alike are
// noted once.
func (s *scanner) link(n *cnxml.Node, section int) {
	var attrs []cnxml.Attr
	leads := false
	for _, a := range n.Attrs {
		switch {
		case a.Space == "" && slices.Contains(linkAttributes, a.Name):
			leads = true
		case a.Space == "" && a.Name == "class" && HasClass(a.Value, "target-chapter"):
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
	o := Link{&cnxml.Node{Space: n.Space, Name: n.Name, Attrs: attrs, Pos: n.Pos}, n.IsBlank(), section}
	key := strconv.Itoa(section) + n.Name
	if o.Empty {
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

// prune drops the targets that nobody asks for: they are neither counted nor
// answered, and neither they nor anything in them has an id.
func (s *scanner) prune() {
	used := make([]bool, len(s.targets))
	for _, p := range s.ids {
		if p.target >= 0 {
			used[p.target] = true
		}
	}
	for i := len(s.targets) - 1; i >= 0; i-- {
		used[i] = used[i] || s.targets[i].counted || s.targets[i].Answers.Any()
		if near := s.targets[i].near; used[i] && near >= 0 {
			used[near] = true
		}
	}
	moved := make([]int, len(s.targets))
	kept := s.targets[:0]
	for i, t := range s.targets {
		if !used[i] {
			continue
		}
		if t.near >= 0 {
			t.near = moved[t.near]
		}
		moved[i] = len(kept)
		kept = append(kept, t)
	}
	s.targets = slices.Clip(kept)
	for i, p := range s.ids {
		if p.target >= 0 {
			s.ids[i].target = moved[p.target]
		}
	}
}
