package render

import (
	"context"
	"sync"

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
	if s, ok := b.sources.get(p); ok {
		return s, nil
	}
	text, err := p.Module.Text(ctx)
	if err != nil {
		return nil, err
	}
	s := &source{module: p.Module, page: p, text: text, numbers: map[*cnxml.Node]string{}}
	from := b.starts[p.Module.ID]
	own := from.own
	for _, n := range countedParts(text) {
		s.number(n, spot{section: noSection}, &own, from.moved)
	}
	b.sources.put(s)
	return s, nil
}

// number gives each counted element at and below n its number, from where at
// stands.
func (s *source) number(n *cnxml.Node, where spot, at *start, moved map[int]start) {
	if n == nil || n.Space == cnxml.Text || n.Space == cnxml.MathML || isHidden(n) {
		return
	}
	if mayMove(n, where) {
		if there, ok := moved[len(s.sections)]; ok {
			at = &there
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

// maxCachedNodes bounds the sources that are kept for the next page of a chapter.
const maxCachedNodes = 100_000

// sourceCache keeps the sources that several pages show until the last of these
// has it, so that the pages at the end of a chapter do not read all of it anew.
type sourceCache struct {
	mu   sync.Mutex
	uses map[*Page]int // how often a page's module is still to be shown
	kept *lru.Cache[*Page, *source]
}

func newSourceCache(pages []*Page) *sourceCache {
	c := &sourceCache{uses: map[*Page]int{}, kept: lru.New[*Page, *source](maxCachedNodes)}
	for _, p := range pages {
		if p.Module != nil {
			c.uses[p]++
		}
		for _, part := range p.parts {
			if len(part.sections) > 0 || part.answers {
				c.uses[part.of]++
			}
		}
	}
	return c
}

// get is what is kept of a page's module. It counts as one use.
func (c *sourceCache) get(p *Page) (*source, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.kept.Get(p)
	if c.uses[p]--; c.uses[p] < 1 {
		c.kept.Remove(p)
	}
	return s, ok
}

// put keeps a source, which nobody changes, if there is use for it.
func (c *sourceCache) put(s *source) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.uses[s.page] > 0 {
		c.kept.Put(s.page, s, int64(s.page.facts.nodes))
	}
}
