package outline

import (
	"context"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// ModuleText is the text of a module with the numbers of what is counted in it.
type ModuleText struct {
	Module   *collection.Module
	Page     *Page // the module's own
	Text     *collection.Text
	Numbers  map[*cnxml.Node]string // of counted elements
	Sections []*cnxml.Node          // those that may move, in the order of the scan

	answers []answer // in document order
}

// ModuleText reads the text of a page's module. An error is one of reading, a
// fault of the storage.
func (o *Outline) ModuleText(ctx context.Context, p *Page) (*ModuleText, error) {
	if s, ok := o.texts.get(p); ok {
		return s, nil
	}
	text, err := p.Module.Text(ctx)
	if err != nil {
		return nil, err
	}
	s := &ModuleText{Module: p.Module, Page: p, Text: text, Numbers: map[*cnxml.Node]string{}}
	from := o.starts[p.Module.ID]
	own := from.Own
	for _, n := range countedParts(text) {
		o.numberIn(s, n, spot{section: NoSection}, &own, from.Moved)
	}
	o.texts.put(s)
	return s, nil
}

// numberIn gives each counted element at and below n its number, from where at
// stands.
func (o *Outline) numberIn(s *ModuleText, n *cnxml.Node, where spot, at *Start, moved map[int]Start) {
	if n == nil || n.Space == cnxml.Text || n.Space == cnxml.MathML || IsHidden(n) {
		return
	}
	if mayMove(n, where) {
		if there, ok := moved[len(s.Sections)]; ok {
			at = &there
		}
		where.section = len(s.Sections)
		s.Sections = append(s.Sections, n)
	}
	if c, ok := countableOf(n, where); ok {
		if number := at.number(o.Recipe, o.counter(s.Page, &c, where.section), &c); number != "" {
			s.Numbers[n] = number
		}
	}
	box := where.around
	where = where.below(n)
	if n.Is("exercise") {
		t := Target{countable: countable{box: where.box}, section: where.section, Answers: solutionsOf(n)}
		if o.answers(s.Page, &t) > 0 {
			s.answers = append(s.answers, answer{n, o.answers(s.Page, &t) == t.Answers.end, where.section, box})
		}
	}
	if n.Is("note", "example") {
		where.around = n
	}
	for _, c := range n.Children {
		o.numberIn(s, c, where, at, moved)
	}
}

// Away has the sections of the module that other pages show.
func (s *ModuleText) Away() map[*cnxml.Node]bool {
	out := map[*cnxml.Node]bool{}
	for i, n := range s.Sections {
		if i < len(s.Page.Sections) && s.Page.Sections[i] != nil {
			out[n] = true
		}
	}
	return out
}
