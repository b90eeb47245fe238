package render

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/rhaptos/rhaptos/gitserver/lru"
	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// index knows where the counting begins in each module, and what each id of a
// book stands for: that is found when it is asked for, since a large book has
// many, and pages ask for those of their neighbours.
type index struct {
	starts  map[string]*starts   // by module id
	renamed map[string][]renamed // by module id
	named   *lru.Cache[*Page, *names]
}

// renamed is an id that is another one in the page that shows it, which has the
// same of an earlier module.
type renamed struct {
	id, own string
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
	chapter string // what its numbers begin with; may be empty
	counts  counts // how many the chapter has before
}

// counts are numbers of what is counted, in the order of countedNames.
type counts [5]int

// countedNames are the elements that are counted through a chapter, in the
// order of letters.
var countedNames = []string{"equation", "example", "exercise", "figure", "table"}

// next counts one more of the kind, and is how many there are then.
func (c *counts) next(name string) int {
	i := slices.Index(countedNames, name)
	if i < 0 {
		return 0
	}
	c[i]++
	return c[i]
}

// number is that of the next element of the kind, which counts as one more.
func (s *start) number(name string) string {
	n := strconv.Itoa(s.counts.next(name))
	if s.chapter == "" {
		return n
	}
	return s.chapter + "." + n
}

func (c *counts) add(more counts) {
	for i, n := range more {
		c[i] += n
	}
}

// tallied is what is counted in a module, by where it is now; see home.
func (p *Page) tallied() map[int]counts {
	at := map[int]counts{}
	for _, t := range p.facts.tallies {
		home := p.home(t.section)
		sum := at[home]
		sum.add(t.counts)
		at[home] = sum
	}
	return at
}

// label names what a link leads to.
type label struct {
	word   string      // key of messages.Labels: "figure"; empty when the title says it
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
	return slices.Contains(countedNames, n.Name) && !(boxed && n.Name == "exercise")
}

// emptyLabel reports whether the author asks for no label.
func emptyLabel(n *cnxml.Node) bool {
	l := n.Child("label")
	return l != nil && strings.TrimSpace(l.PlainText()) == ""
}

// newIndex goes through the pages of a book in reading order: what is counted
// counts where readers meet it.
func newIndex(pages []*Page) index {
	x := index{starts: map[string]*starts{}, renamed: map[string][]renamed{}, named: lru.New[*Page, *names](maxNamed)}
	moved := map[*Page]map[int]counts{}
	var at start
	for i, p := range pages {
		if i == 0 || p.chapter == "" || p.chapter != at.chapter {
			at = start{chapter: p.chapter}
		}
		if p.Module != nil && x.starts[p.Module.ID] == nil { // else the module stands in the book once more
			x.starts[p.Module.ID] = &starts{own: at}
			tallied := p.tallied()
			at.counts.add(tallied[noSection])
			if len(p.sections) > 0 {
				moved[p] = tallied
			}
		}
		for _, part := range p.parts {
			for _, s := range part.sections {
				from := x.starts[part.of.Module.ID]
				if from.moved == nil {
					from.moved = map[int]start{}
				}
				from.moved[s] = at
				at.counts.add(moved[part.of][s])
			}
		}
		p.takeIDs(func(module, id, own string) {
			if own != id {
				x.renamed[module] = append(x.renamed[module], renamed{id, own})
			}
		})
	}
	return x
}

// maxNamed bounds the ids of all names that are kept.
const maxNamed = 20_000

// names are what the ids of a module stand for.
type names struct {
	things []thing
	ids    []place
	labels map[string]*label // by id
	moved  map[string]anchor // by id: those that are not in the module's page
}

// namesOf are the names of a page's module; there are none if there is no page.
func (o *outline) namesOf(p *Page) *names {
	if p == nil {
		return &names{}
	}
	if n, ok := o.named.Get(p); ok {
		return n
	}
	n := &names{
		things: unpack(p.facts.things, codeThing), ids: unpack(p.facts.ids, codePlace),
		moved: map[string]anchor{},
	}
	n.labels = labelsOf(p, n.ids, o.nameThings(p, n.things))
	for _, place := range n.ids {
		if to := p.other(place.section); to != nil {
			n.moved[place.id] = anchor{to, place.id}
		}
	}
	for _, r := range o.renamed[p.Module.ID] {
		n.moved[r.id] = anchor{n.moved[r.id].page, r.own}
	}
	o.named.Put(p, n, int64(1+len(n.ids)))
	return n
}

// nameThings finds what the things of a page's module are called. Those that
// have been moved may stand in one that has not, but not the other way round.
func (o *outline) nameThings(p *Page, things []thing) []*label {
	labels := make([]*label, len(things))
	homes := map[int][]int{}
	for i, t := range things {
		home := p.home(t.section)
		homes[home] = append(homes[home], i)
	}
	name := func(home int, at start) {
		page := p.label(home)
		for _, i := range homes[home] {
			t := things[i]
			near, number := page, ""
			if t.near >= 0 && labels[t.near] != nil {
				near = labels[t.near]
			}
			if t.counted {
				number = at.number(t.name)
			}
			labels[i] = o.labelOf(t, number, near)
		}
	}
	from := o.starts[p.Module.ID]
	name(noSection, from.own)
	name(inGlossary, from.own) // where nothing is counted
	for s, at := range from.moved {
		name(s, at)
	}
	return labels
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

// labelsOf are the labels of the ids of a module, by those of its things.
func labelsOf(p *Page, places []place, named []*label) map[string]*label {
	pages := map[int]*label{}
	ids := make(map[string]*label, len(places))
	for _, place := range places {
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

// takeIDs calls f for the ids of what a page that is made shows of modules, with
// what they are in the page: those of the source, with the module's before them
// where an earlier module has the same.
func (p *Page) takeIDs(f func(module, id, own string)) {
	taken := map[string]bool{}
	for i := range p.parts {
		part := &p.parts[i]
		if len(part.sections) == 0 && !part.glossary {
			continue
		}
		has := part.has()
		module := part.of.Module.ID
		for _, place := range unpack(part.of.facts.ids, codePlace) {
			home := part.of.home(place.section)
			if !has[home] && !(home == inGlossary && part.glossary) {
				continue
			}
			own := place.id
			for taken[own] {
				own = module + "-" + own
			}
			taken[own] = true
			f(module, place.id, own)
		}
	}
}

// withoutID are elements that leave no element with their id in a page.
var withoutID = []string{"label", "colspec", "spanspec", "param", "tgroup", "newline", "space"}

// label is what a link to the thing says: near, which it stands in, if it has
// nothing to be called by.
func (o *outline) labelOf(t thing, number string, near *label) *label {
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
	if text := o.noteText(t.custom, t.class); text != "" {
		return &label{text: clip(text, maxTitle)}
	}
	return near
}

// noteTitle is the title of a note that has none in its source: its label, or
// what its class stands for; empty if nothing is known.
func (o *outline) noteTitle(n *cnxml.Node) string {
	custom := ""
	if l := n.Child("label"); l != nil {
		custom = oneLine(l.PlainText())
	}
	return o.noteText(custom, n.Attr("class"))
}

// noteText is noteTitle by the text of the label and the classes.
func (o *outline) noteText(custom, class string) string {
	if custom != "" {
		return custom
	}
	for _, c := range strings.Fields(class) {
		if t := o.messages.Notes[c]; t != "" {
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
