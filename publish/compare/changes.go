package compare

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/sync/errgroup"

	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/sequence"
)

// Changes list the differences between two editions.
type Changes struct {
	Pages    []Page    // that have changed, in the order of the new edition
	Same     int       // pages in both that read alike
	Headings []Heading // of the contents
	Media    []Medium  // images and other files that pages show
}

// Any reports whether anything has changed.
func (c *Changes) Any() bool { return len(c.Pages)+len(c.Headings)+len(c.Media) > 0 }

// Page is a page that has changed.
type Page struct {
	Old, New *release.Entry // nil: the page is in the other edition only
	Moved    bool           // it stands before or behind others than it did
	Media    []string       // paths of files that it shows and that have other bytes
	Counts   Counts
	Coarse   bool // more may be the same than the counts say: the comparison came to a bound

	// Why the page was not compared, if it was not.
	TooLarge   bool // it cannot be
	Uncompared bool // there were too many others; by itself it can be
}

// Slug is the page's in the new edition, or in the old one if it is gone.
func (p *Page) Slug() string {
	if p.New != nil {
		return p.New.Slug
	}
	return p.Old.Slug
}

// Retitled reports whether the page has another title than before.
func (p *Page) Retitled() bool { return p.Old != nil && p.New != nil && p.Old.Plain != p.New.Plain }

// Heading is a title in the contents that is no page and was added or removed.
type Heading struct {
	Added bool
	Text  string // with its number
}

// Medium is a file that differs. One of the types is empty if the file is in
// one edition only.
type Medium struct {
	Path             string
	OldType, NewType string
}

// Bounds of what is read for one list, in bytes. Pages behind them are not
// compared.
const (
	maxScan    = 512 << 20 // of pages that are looked through
	maxCompare = 64 << 20  // of those that differ in more than numbers
)

// Changes lists what differs. It looks through all pages first, which is quick, and
// compares those that have to be.
func (c *Comparison) Changes(ctx context.Context) (*Changes, error) {
	out := &Changes{Headings: c.headings(), Media: c.media()}
	replaced := replacedMedia(out.Media)
	found := make([]Page, len(c.pairs))
	open := make([]bool, len(c.pairs)) // what has changed in the page is not known yet
	size := int64(0)
	g, each := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, p := range c.pairs {
		found[i] = c.describe(p)
		equal := p.old != nil && p.new != nil && p.old.file.Digest == p.new.file.Digest
		if equal && len(replaced) == 0 {
			continue
		}
		if size += p.size(); size > maxScan {
			found[i].Uncompared = !equal
			continue
		}
		if open[i] = p.old == nil || p.new == nil; open[i] {
			continue
		}
		g.Go(func() (err error) {
			open[i], err = c.scan(each, p, replaced, &found[i])
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if err := c.countAll(ctx, found, open); err != nil {
		return nil, err
	}
	for i, p := range c.pairs {
		switch {
		case c.hasNews(&found[i], p):
			out.Pages = append(out.Pages, found[i])
		case p.old != nil && p.new != nil:
			out.Same++
		}
	}
	return out, nil
}

func (p pair) size() int64 {
	var n int64
	if p.old != nil {
		n += p.old.file.Size
	}
	if p.new != nil {
		n += p.new.file.Size
	}
	return n
}

// scan looks whether two versions of a page have to be compared, or differ in
// nothing but numbers.
func (c *Comparison) scan(ctx context.Context, p pair, replaced map[string]bool, page *Page) (compare bool, err error) {
	old, new, err := c.both(ctx, p)
	switch {
	case errors.Is(err, ErrTooLarge):
		page.TooLarge = true
		return false, nil
	case err != nil:
		return false, err
	}
	old, new = articleBytes(old), articleBytes(new)
	if page.Media = shown(new, replaced); len(page.Media) > 0 {
		return true, nil
	}
	if bytes.Equal(old, new) {
		return false, nil
	}
	numbers, ok := renumbered(old, new)
	page.Counts.Numbers = numbers
	return !ok, nil
}

// countAll compares the pages that are left, as many as the bounds allow.
func (c *Comparison) countAll(ctx context.Context, found []Page, open []bool) error {
	size := int64(0)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, p := range c.pairs {
		if !open[i] {
			continue
		}
		if size += p.size(); size > maxCompare {
			found[i].Uncompared = true
			continue
		}
		g.Go(func() error {
			d, err := c.diff(ctx, p)
			switch {
			case errors.Is(err, ErrTooLarge):
				found[i].TooLarge = true
			case err != nil:
				return err
			default:
				found[i].Counts, found[i].Coarse = d.counts, d.coarse
			}
			return nil
		})
	}
	return g.Wait()
}

// both are the stored pages of a pair; nil is one that is not there.
func (c *Comparison) both(ctx context.Context, p pair) (old, new []byte, err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if p.old != nil {
		if old, err = c.read(ctx, c.old, p.old.Slug); err != nil {
			return nil, nil, err
		}
	}
	if p.new != nil {
		new, err = c.read(ctx, c.new, p.new.Slug)
	}
	return old, new, err
}

// describe returns the title and number of a page in the contents.
func (c *Comparison) describe(p pair) Page {
	page := Page{Moved: p.moved}
	if p.old != nil {
		page.Old = &p.old.Entry
	}
	if p.new != nil {
		page.New = &p.new.Entry
	}
	return page
}

// hasNews reports whether a page has anything to show in a list of changes.
func (c *Comparison) hasNews(page *Page, p pair) bool {
	return p.old == nil || p.new == nil || p.moved || page.TooLarge || page.Uncompared || page.Counts.Any() || len(page.Media) > 0 ||
		page.Retitled() || p.old.Number != p.new.Number
}

// headings compares the titles in the contents that are no pages. One that has got
// another number is the same.
func (c *Comparison) headings() []Heading {
	old, new := headings(c.old), headings(c.new)
	keys := func(list []release.Entry) []uint64 {
		out := make([]uint64, len(list))
		for i, e := range list {
			out[i] = hashOf(e.Plain)
		}
		return out
	}
	text := func(e release.Entry) string { return strings.TrimSpace(e.Number + " " + e.Plain) }
	matches, _ := sequence.Align(keys(old), keys(new))
	var out []Heading
	i, j := 0, 0
	for _, m := range append(matches, sequence.Match{Old: len(old), New: len(new)}) {
		for ; i < m.Old; i++ {
			out = append(out, Heading{Text: text(old[i])})
		}
		for ; j < m.New; j++ {
			out = append(out, Heading{Added: true, Text: text(new[j])})
		}
		i, j = m.Old+m.N, m.New+m.N
	}
	return out
}

// media are the files that differ, by path, without pages and the theme's files.
func (c *Comparison) media() []Medium {
	var out []Medium
	old, new := c.old.Files, c.new.Files
	for len(old) > 0 || len(new) > 0 {
		var m Medium
		switch {
		case len(new) == 0 || len(old) > 0 && old[0].Path < new[0].Path:
			m, old = Medium{Path: old[0].Path, OldType: old[0].Type}, old[1:]
		case len(old) == 0 || new[0].Path < old[0].Path:
			m, new = Medium{Path: new[0].Path, NewType: new[0].Type}, new[1:]
		default:
			if old[0].Digest != new[0].Digest {
				m = Medium{Path: new[0].Path, OldType: old[0].Type, NewType: new[0].Type}
			}
			old, new = old[1:], new[1:]
		}
		if strings.HasPrefix(m.Path, "media/") {
			out = append(out, m)
		}
	}
	return out
}

// replacedMedia are the paths of files that have other bytes.
func replacedMedia(list []Medium) map[string]bool {
	paths := map[string]bool{}
	for _, m := range list {
		if m.OldType != "" && m.NewType != "" {
			paths[m.Path] = true
		}
	}
	return paths
}

// shown are those of the files that a page shows, or links to.
func shown(page []byte, files map[string]bool) []string {
	var paths []string
	for len(files) > 0 {
		i := bytes.Index(page, []byte(`"media/`))
		if i < 0 {
			break
		}
		address, rest, _ := bytes.Cut(page[i+1:], []byte(`"`))
		page = rest
		if path, err := url.PathUnescape(html.UnescapeString(string(address))); err == nil && files[path] {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
