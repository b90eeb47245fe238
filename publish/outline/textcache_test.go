package outline

import (
	"testing"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// TestSourcesAreLetGo: a source is kept from its first use until its last, and
// one with a single use never.
func TestSourcesAreLetGo(t *testing.T) {
	page := func(id string, nodes int) *Page {
		return &Page{Module: &collection.Module{ID: id}, scan: &scan{nodes: nodes}}
	}
	once, thrice, huge := page("once", 1), page("thrice", 1), page("huge", maxCachedNodes+1)
	end := &Page{Excerpts: []Excerpt{
		{Of: thrice, Sections: []int{0}}, {Of: thrice, Answers: true},
		{Of: huge, Answers: true},
		{Of: once, Glossary: true}, // for which no source is read
	}}
	c := newTextCache([]*Page{once, thrice, huge, end})
	for i, step := range []struct {
		of   *Page
		kept bool
	}{{once, false}, {thrice, false}, {huge, false}, {thrice, true}, {thrice, true}, {huge, false}, {thrice, false}, {once, false}} {
		_, ok := c.get(step.of)
		if ok != step.kept {
			t.Errorf("use %d, of %s: kept is %t", i, step.of.Module.ID, ok)
		}
		if !ok {
			c.put(&ModuleText{Page: step.of})
		}
	}
	if gone := c.kept.Delete(func(*Page, *ModuleText) bool { return true }); len(gone) > 0 {
		t.Errorf("%d sources are kept that nobody waits for", len(gone))
	}
}
