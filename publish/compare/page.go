package compare

import (
	"bytes"
	"context"
	"fmt"
	"net/url"

	"golang.org/x/net/html"

	"github.com/rhaptos/rhaptos/publish/release"
)

// Difference is one page as it is in the new edition, with marks around what
// has been added and removed.
type Difference struct {
	Page    Page   // what the list says of it
	Article string // HTML: the article element
	Changes int    // places that are marked; each links to the next one, the last to #changes
	First   string // id of the first one; empty if there is none
}

// Options say how a difference is written.
type Options struct {
	Words Words
	Old   *url.URL // where the files of each edition are, with a slash at the end
	New   *url.URL
}

// Page compares the versions of one page: the one that has the slug in the new
// edition or, if none has, in the old one.
func (c *Comparison) Page(ctx context.Context, slug string, o Options) (*Difference, error) {
	p, ok := c.find(slug)
	if !ok {
		return nil, fmt.Errorf("neither edition has a page %q", slug)
	}
	d, err := c.diff(ctx, p)
	if err != nil {
		return nil, err
	}
	m := &marker{words: o.Words, old: o.Old, new: o.New}
	var out bytes.Buffer
	if err := html.Render(&out, m.article(d.new, d.edits)); err != nil {
		return nil, fmt.Errorf("write the difference of %s: %w", slug, err)
	}
	result := &Difference{Page: c.describe(p), Article: out.String(), Changes: len(m.changes)}
	result.Page.Counts, result.Page.Coarse = d.counts, d.coarse || m.plain
	if len(m.changes) > 0 {
		result.First = m.id(0)
	}
	return result, nil
}

// Find is the slug of the page that has the given one in the new edition, or had
// it in the old one: the slug under which [Comparison.Page] knows it.
func (c *Comparison) Find(slug string) (string, bool) {
	p, ok := c.find(slug)
	switch {
	case !ok:
		return "", false
	case p.new != nil:
		return p.new.Slug, true
	}
	return p.old.Slug, true
}

func (c *Comparison) find(slug string) (pair, bool) {
	for _, p := range c.pairs {
		if p.new != nil && p.new.Slug == slug {
			return p, true
		}
	}
	for _, p := range c.pairs {
		if p.old != nil && p.old.Slug == slug {
			return p, true
		}
	}
	return pair{}, false
}

// difference is one page in two versions; old or new is nil if there is one only.
type difference struct {
	old, new *html.Node // articles
	edits    []edit
	counts   Counts
	coarse   bool // more may be in common than was found
}

func (c *Comparison) diff(ctx context.Context, p pair) (*difference, error) {
	old, new, err := c.both(ctx, p)
	if err != nil {
		return nil, err
	}
	return compareArticles(old, new, digestsOf(c.old), digestsOf(c.new))
}

// digestsOf finds the bytes behind a path of an edition.
func digestsOf(m *release.Manifest) func(string) string {
	return func(path string) string {
		f, _ := m.File(path)
		return string(f.Digest)
	}
}

// compareArticles compares two pages; nil is one that is not there.
func compareArticles(old, new []byte, oldDigest, newDigest func(string) string) (*difference, error) {
	d := &difference{}
	var was, now *block
	var err error
	if old != nil {
		if d.old, err = parseArticle(old); err != nil {
			return nil, err
		}
		was = (&lexer{digest: oldDigest}).article(d.old)
	}
	if new != nil {
		if d.new, err = parseArticle(new); err != nil {
			return nil, err
		}
		now = (&lexer{digest: newDigest}).article(d.new)
	}
	switch {
	case was == nil:
		d.edits = all(added, now.children)
	case now == nil:
		d.new, d.edits = shell(d.old), all(removed, was.children)
	case was.hash != now.hash:
		c := &comparer{}
		d.edits = c.children(was, now)
		d.coarse = c.coarse
		findMoved(d.edits)
	default:
		d.edits = all(same, now.children)
	}
	d.counts.edits(d.edits)
	return d, nil
}

// shortest is the least number of words by which a block is recognised in another
// place.
const shortest = 5

// findMoved finds blocks that were removed in one place and added in another.
func findMoved(list []edit) {
	gone := map[uint64][]*edit{}
	each(list, func(e *edit) {
		if e.op == removed && e.old.counts >= shortest {
			gone[e.old.loose] = append(gone[e.old.loose], e)
		}
	})
	each(list, func(e *edit) {
		if e.op != added {
			return
		}
		if from := gone[e.new.loose]; len(from) > 0 {
			e.moved, from[0].moved = true, true
			gone[e.new.loose] = from[1:]
		}
	})
}

func each(list []edit, f func(*edit)) {
	for i := range list {
		f(&list[i])
		each(list[i].inner, f)
	}
}
