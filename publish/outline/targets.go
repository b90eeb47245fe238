package outline

import (
	"github.com/rhaptos/rhaptos/gitserver/lru"
)

// targets know where the counting begins in each module, and what each id of a
// book stands for. The latter is found when it is asked for: a large book has
// many ids, and pages ask for those of their neighbours.
type targets struct {
	starts  map[string]*Starts   // by module id
	renamed map[string][]renamed // by module id
	named   *lru.Cache[*Page, *Names]
}

// newTargets goes through the pages of a book in reading order: what is counted
// counts where readers meet it.
func (o *Outline) newTargets() targets {
	x := targets{starts: map[string]*Starts{}, renamed: map[string][]renamed{}, named: lru.New[*Page, *Names](maxNamed)}
	moved := map[*Page]map[int]Counts{}
	var at Start
	for i, p := range o.Pages {
		if i == 0 || p.Chapter == "" || p.Chapter != at.Chapter {
			at = Start{Chapter: p.Chapter}
		}
		for i, c := range o.Recipe.Counters {
			if c.PerPage {
				at.Counts[i] = 0
			}
		}
		if p.Module != nil && x.starts[p.Module.ID] == nil { // else the module stands in the book once more
			x.starts[p.Module.ID] = &Starts{Own: at}
			tallied := o.tally(p)
			at.Counts.add(tallied[NoSection])
			if len(p.Sections) > 0 {
				moved[p] = tallied
			}
		}
		for _, e := range p.Excerpts {
			for _, s := range e.Sections {
				from := x.starts[e.Of.Module.ID]
				if from.Moved == nil {
					from.Moved = map[int]Start{}
				}
				from.Moved[s] = at
				at.Counts.add(moved[e.Of][s])
			}
		}
		p.EachID(func(module, id, own string) {
			if own != id {
				x.renamed[module] = append(x.renamed[module], renamed{id, own})
			}
		})
	}
	return x
}

// renamed is an id that is another one in the page that shows it, which has the
// same of an earlier module.
type renamed struct {
	id, own string
}

// Anchor is where a page shows what an id stands for.
type Anchor struct {
	Page *Page
	ID   string // in that page
}

// maxNamed bounds the ids of all names that are kept.
const maxNamed = 20_000

// Names map the ids of a module to labels and places.
type Names struct {
	Targets []Target
	IDs     []Place
	Labels  map[string]*Label // by id
	Moved   map[string]Anchor // by id: those that other pages show
}

// Large reports whether the names are worth keeping while a page is written
// that may ask for many modules in turn.
func (n *Names) Large() bool { return len(n.IDs) > maxNamed/100 }

// Starts say where the counting begins in a module of the book.
func (o *Outline) Starts(module string) *Starts { return o.starts[module] }

// NamesOf has the names of a page's module; there are none if there is no page.
func (o *Outline) NamesOf(p *Page) *Names {
	if p == nil {
		return &Names{}
	}
	if n, ok := o.named.Get(p); ok {
		return n
	}
	n := &Names{
		Targets: unpack(p.scan.targets, codeTarget), IDs: unpack(p.scan.ids, codePlace),
		Moved: map[string]Anchor{},
	}
	n.Labels = labelsOf(p, n.IDs, o.nameTargets(p, n.Targets))
	for _, place := range n.IDs {
		if to := p.other(place.Section); to != nil {
			n.Moved[place.ID] = Anchor{to, place.ID}
		}
	}
	for _, r := range o.renamed[p.Module.ID] {
		n.Moved[r.id] = Anchor{n.Moved[r.id].Page, r.own}
	}
	o.named.Put(p, n, int64(1+len(n.IDs)))
	return n
}

// nameTargets finds what the targets of a page's module are called. Those that
// have been moved may stand in one that has not, but not the other way round.
func (o *Outline) nameTargets(p *Page, targets []Target) []*Label {
	labels := make([]*Label, len(targets))
	homes := map[int][]int{}
	for i, t := range targets {
		home := p.Home(t.section)
		homes[home] = append(homes[home], i)
	}
	name := func(home int, at Start) {
		page := p.label(home)
		for _, i := range homes[home] {
			t := targets[i]
			near, number := page, ""
			if t.near >= 0 && labels[t.near] != nil {
				near = labels[t.near]
			}
			if t.counted {
				number = at.number(o.Recipe, o.counter(p, &t.countable, t.section), &t.countable)
			}
			labels[i] = o.labelOf(t, number, near)
		}
	}
	from := o.starts[p.Module.ID]
	name(NoSection, from.Own)
	name(InGlossary, from.Own) // where nothing is counted
	for s, at := range from.Moved {
		name(s, at)
	}
	return labels
}

// EachID calls f for the ids of what a generated page shows of modules, with the
// id that the page gives them: that of the source, with the module's before it
// where an earlier module has the same.
func (p *Page) EachID(f func(module, id, own string)) {
	taken := map[string]bool{}
	for i := range p.Excerpts {
		e := &p.Excerpts[i]
		if len(e.Sections) == 0 && !e.Glossary {
			continue
		}
		has := e.Has()
		module := e.Of.Module.ID
		for _, place := range unpack(e.Of.scan.ids, codePlace) {
			home := e.Of.Home(place.Section)
			if !has[home] && !(home == InGlossary && e.Glossary) {
				continue
			}
			own := place.ID
			for taken[own] {
				own = module + "-" + own
			}
			taken[own] = true
			f(module, place.ID, own)
		}
	}
}

// withoutID are elements that leave no element with their id in a page.
var withoutID = []string{"label", "colspec", "spanspec", "param", "tgroup", "newline", "space"}
