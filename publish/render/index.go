package render

import (
	"maps"
	"strconv"
	"strings"
	"unicode"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// index knows what each id of a book stands for, and where the counting begins
// in each module.
type index struct {
	labels map[string]map[string]*label // by module id and id
	starts map[string]*starts           // by module id
	moved  map[string]map[string]anchor // by module id and id: those that are not in the module's page
}

// starts say where the counting begins in a module.
type starts struct {
	own   start
	moved map[int]start // by section: those that are in other pages
}

// anchor is where a page has what an id stands for.
type anchor struct {
	page *Page
	id   string // in that page
}

// start is where a module stands in the numbering.
type start struct {
	chapter string         // what its numbers begin with; may be empty
	counts  map[string]int // by element: how many the chapter has before
}

// number is that of the next element of the kind, which counts as one more.
func (s start) number(name string) string {
	s.counts[name]++
	if s.chapter == "" {
		return strconv.Itoa(s.counts[name])
	}
	return s.chapter + "." + strconv.Itoa(s.counts[name])
}

func (s start) clone() start { return start{s.chapter, maps.Clone(s.counts)} }

// label names what a link leads to.
type label struct {
	word   string      // key of words.labels: "figure"; empty when the title says it
	custom string      // the author's own word in place of it
	number string      // "3.4"; may be empty
	title  *cnxml.Node // shown when there is no word
	text   string      // shown when there is no title
}

// numbered are the elements that are counted through a chapter, if nothing
// about them says otherwise.
func numbered(n *cnxml.Node, boxed bool) bool {
	if n.Space != cnxml.CNXML || hasClass(n.Attr("class"), "unnumbered") || emptyLabel(n) {
		return false
	}
	switch n.Name {
	case "figure", "table", "example", "equation":
		return true
	case "exercise":
		return !boxed
	}
	return false
}

// emptyLabel reports whether the author asks for no label.
func emptyLabel(n *cnxml.Node) bool {
	l := n.Child("label")
	return l != nil && strings.TrimSpace(l.PlainText()) == ""
}

// newIndex goes through the pages of a book in reading order: what is counted
// counts where readers meet it.
func newIndex(w *words, pages []*Page) index {
	x := index{labels: map[string]map[string]*label{}, starts: map[string]*starts{}, moved: map[string]map[string]anchor{}}
	named := map[*Page]*naming{}
	var at start
	for i, p := range pages {
		if i == 0 || p.chapter == "" || p.chapter != at.chapter {
			at = start{p.chapter, map[string]int{}}
		}
		if p.Module != nil && x.starts[p.Module.ID] == nil { // else the module stands in the book once more
			x.starts[p.Module.ID] = &starts{own: at.clone(), moved: map[int]start{}}
			named[p] = newNaming(p)
			w.name(named[p], noSection, at)
			w.name(named[p], inGlossary, at)
		}
		for _, part := range p.parts {
			for _, s := range part.sections {
				x.starts[part.of.Module.ID].moved[s] = at.clone()
				w.name(named[part.of], s, at)
			}
		}
	}
	for p, n := range named {
		x.labels[p.Module.ID] = labelsOf(p, n.labels)
	}
	for _, p := range pages {
		x.anchors(p)
	}
	return x
}

// naming is what the things of a page's module are called, as far as that has
// been found.
type naming struct {
	page   *Page
	labels []*label      // by thing
	at     map[int][]int // things by the section that they have been moved with
}

func newNaming(p *Page) *naming {
	n := &naming{page: p, labels: make([]*label, len(p.facts.things)), at: map[int][]int{}}
	for i, t := range p.facts.things {
		home := p.home(t.section)
		n.at[home] = append(n.at[home], i)
	}
	return n
}

// name finds what the things are called that stand in a section, or where most
// of the module stands. What is counted is counted on.
func (w *words) name(n *naming, section int, at start) {
	page := n.page.label(section)
	for _, i := range n.at[section] {
		t := n.page.facts.things[i]
		near, number := page, ""
		if t.near >= 0 && n.labels[t.near] != nil {
			near = n.labels[t.near]
		}
		if t.counted {
			number = at.number(t.name)
		}
		n.labels[i] = w.label(t, number, near)
	}
}

// label is what a link to something without a name says: the title of the page
// that has it.
func (p *Page) label(section int) *label {
	switch {
	case section >= 0:
		return &label{title: p.sections[section].title}
	case section == inGlossary && p.glossary != nil:
		return &label{title: p.glossary.title}
	}
	return &label{title: p.title}
}

// labelsOf are the labels of the ids of a module.
func labelsOf(p *Page, named []*label) map[string]*label {
	pages := map[int]*label{}
	ids := make(map[string]*label, len(p.facts.ids))
	for _, place := range p.facts.ids {
		home := p.home(place.section)
		if pages[home] == nil {
			pages[home] = p.label(home)
		}
		ids[place.id] = pages[home]
		if place.thing >= 0 {
			ids[place.id] = named[place.thing]
		}
	}
	return ids
}

// anchors gives what a page shows of modules its ids: those of the source, with
// the module's before them where two modules have the same.
func (x *index) anchors(p *Page) {
	for _, part := range p.parts {
		has := part.has()
		shown := func(section int) bool { return section == inGlossary && part.glossary || has[section] }
		module := part.of.Module.ID
		for _, place := range part.of.facts.ids {
			if !shown(part.of.home(place.section)) {
				continue
			}
			id := place.id
			for p.ids[id] {
				id = module + "-" + id
			}
			if p.ids == nil {
				p.ids = map[string]bool{}
			}
			p.ids[id] = true
			if x.moved[module] == nil {
				x.moved[module] = map[string]anchor{}
			}
			x.moved[module][place.id] = anchor{p, id}
		}
	}
}

// withoutID are elements that leave no element with their id in a page.
var withoutID = []string{"label", "colspec", "spanspec", "param", "tgroup", "newline", "space"}

// label is what a link to the thing says: near, which it stands in, if it has
// nothing to be called by.
func (w *words) label(t thing, number string, near *label) *label {
	switch t.name {
	case "figure", "table", "example", "equation", "exercise", "rule", "proof":
		l := &label{word: t.name, custom: t.custom, number: number, title: t.title}
		if number == "" && t.custom == "" && (t.title != nil || near.word != "" || t.name == "exercise") {
			if t.title == nil {
				return near
			}
			l.word = ""
		}
		return l
	case "solution":
		return &label{word: t.name, number: near.number, title: t.title}
	case "footnote":
		return &label{word: t.name}
	}
	if t.title != nil {
		return &label{title: t.title}
	}
	if text := w.noteText(t.custom, t.class); text != "" {
		return &label{text: clip(text, maxTitle)}
	}
	return near
}

// noteTitle is the title of a note that has none in its source: its label, or
// what its class stands for; empty if nothing is known.
func (w *words) noteTitle(n *cnxml.Node) string {
	custom := ""
	if l := n.Child("label"); l != nil {
		custom = oneLine(l.PlainText())
	}
	return w.noteText(custom, n.Attr("class"))
}

// noteText is noteTitle by the text of the label and the classes.
func (w *words) noteText(custom, class string) string {
	if custom != "" {
		return custom
	}
	for _, c := range strings.Fields(class) {
		if t := w.notes[c]; t != "" {
			return t
		}
	}
	return ""
}

// isHidden reports whether n is for teachers only, which readers do not see.
func isHidden(n *cnxml.Node) bool {
	if n.Space != cnxml.CNXML {
		return false
	}
	class := n.Attr("class")
	class = class[:min(len(class), 1000)]
	if !strings.Contains(class, "teacher") {
		return false
	}
	for _, c := range strings.Fields(class) {
		if strings.HasPrefix(strings.ReplaceAll(c, "\u2010", "-"), "os-teacher") {
			return true
		}
	}
	return false
}

// validID reports whether a page can hold the id: HTML wants at least one
// character and no white space.
func validID(id string) bool {
	return id != "" && len(id) <= 500 && strings.IndexFunc(id, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == unicode.ReplacementChar || r&0xFFFE == 0xFFFE || r >= 0xFDD0 && r <= 0xFDEF
	}) < 0
}
