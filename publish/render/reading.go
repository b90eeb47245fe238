package render

import (
	"context"

	"github.com/rhaptos/rhaptos/gitserver/lru"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// source is a module that something is written of.
type source struct {
	module   *collection.Module
	page     *Page // the module's own
	text     *collection.Text
	numbers  map[*cnxml.Node]string // of what is counted
	sections []*cnxml.Node          // those that may be collected, as moduleFacts has them
	answers  []answered             // in document order; rank is the section here
}

// noSource is for what is no module's: its links and images lead nowhere.
var noSource = &source{module: &collection.Module{}}

// source reads a module's text and numbers what is counted in it.
func (b *Book) source(ctx context.Context, p *Page) (*source, error) {
	text, err := b.texts.get(ctx, p.Module)
	if err != nil {
		return nil, err
	}
	s := &source{module: p.Module, page: p, text: text, numbers: map[*cnxml.Node]string{}}
	from := b.starts[p.Module.ID]
	own := from.own.clone()
	for _, n := range countedParts(text) {
		s.number(n, spot{section: noSection}, own, from.moved)
	}
	return s, nil
}

// number gives each counted element at and below n its number, from where at
// stands.
func (s *source) number(n *cnxml.Node, where spot, at start, moved map[int]start) {
	if n == nil || n.Space == cnxml.Text || n.Space == cnxml.MathML || isHidden(n) {
		return
	}
	if mayMove(n, where) {
		if there, ok := moved[len(s.sections)]; ok {
			at = there.clone()
		}
		where.section = len(s.sections)
		s.sections = append(s.sections, n)
	}
	if numbered(n, where.boxed) {
		s.numbers[n] = at.number(n.Name)
	}
	if n.Is("exercise") && answersOf(n, where.boxed) > 0 {
		s.answers = append(s.answers, answered{exercise: n, boxed: where.boxed, rank: where.section})
	}
	for _, c := range n.Children {
		s.number(c, where.below(n), at, moved)
	}
}

// away are the sections of the module that are in other pages.
func (s *source) away() map[*cnxml.Node]bool {
	out := map[*cnxml.Node]bool{}
	for i, n := range s.sections {
		if i < len(s.page.sections) && s.page.sections[i] != nil {
			out[n] = true
		}
	}
	return out
}

// maxCachedNodes bounds the texts that are kept for the next page of a chapter.
const maxCachedNodes = 400_000

// textCache keeps the texts that several pages show, so that the pages at the
// end of a chapter do not read all of it anew.
type textCache struct {
	uses map[*collection.Module]int
	size map[*collection.Module]int64
	kept *lru.Cache[*collection.Module, *collection.Text]
}

func newTextCache(pages []*Page) *textCache {
	c := &textCache{uses: map[*collection.Module]int{}, size: map[*collection.Module]int64{},
		kept: lru.New[*collection.Module, *collection.Text](maxCachedNodes)}
	for _, p := range pages {
		if p.Module != nil {
			c.uses[p.Module]++
			c.size[p.Module] = int64(p.facts.nodes)
		}
		for _, part := range p.parts {
			if len(part.sections) > 0 || part.answers {
				c.uses[part.of.Module]++
			}
		}
	}
	return c
}

// get reads a text, which nobody changes.
func (c *textCache) get(ctx context.Context, m *collection.Module) (*collection.Text, error) {
	if c.uses[m] < 2 {
		return m.Text(ctx)
	}
	if text, ok := c.kept.Get(m); ok {
		return text, nil
	}
	text, err := m.Text(ctx)
	if err == nil {
		c.kept.Put(m, text, c.size[m])
	}
	return text, err
}
