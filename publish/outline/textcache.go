package outline

import (
	"sync"

	"github.com/rhaptos/rhaptos/gitserver/lru"
)

// maxCachedNodes bounds the texts that are kept for the next page of a chapter.
const maxCachedNodes = 100_000

// textCache keeps the texts that several pages show until the last of these
// has it, so that the pages at the end of a chapter do not read all of it anew.
type textCache struct {
	mu   sync.Mutex
	uses map[*Page]int // how often a page's module is still to be shown
	kept *lru.Cache[*Page, *ModuleText]
}

func newTextCache(pages []*Page) *textCache {
	c := &textCache{uses: map[*Page]int{}, kept: lru.New[*Page, *ModuleText](maxCachedNodes)}
	for _, p := range pages {
		if p.Module != nil {
			c.uses[p]++
		}
		for _, e := range p.Excerpts {
			if len(e.Sections) > 0 || e.Answers {
				c.uses[e.Of]++
			}
		}
	}
	return c
}

// get returns the text of a page's module if it is kept. It counts as one use.
func (c *textCache) get(p *Page) (*ModuleText, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.kept.Get(p)
	if c.uses[p]--; c.uses[p] < 1 {
		c.kept.Remove(p)
	}
	return s, ok
}

// put keeps a text, which nobody changes, if there is use for it.
func (c *textCache) put(s *ModuleText) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.uses[s.Page] > 0 {
		c.kept.Put(s.Page, s, int64(s.Page.scan.nodes))
	}
}
