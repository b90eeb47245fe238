package compare

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/rhaptos/rhaptos/publish/release"
)

// Changes is what differs between two editions.
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
	TooLarge bool // it was not compared
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

// Bounds of what is read for one list, in bytes.
const (
	maxRead = 256 << 20 // in all
	maxScan = 64 << 20  // for the pages that show other images and are the same else
)

// Changes lists what differs.
func (c *Comparison) Changes(ctx context.Context) (*Changes, error) {
	out := &Changes{Headings: c.headings(), Media: c.media()}
	replaced := replacedMedia(out.Media)
	found := make([]*Page, len(c.pairs))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	var read, scanned int64
	for i, p := range c.pairs {
		equal := p.old != nil && p.new != nil && p.old.file.Digest == p.new.file.Digest
		size := p.size()
		if equal && (len(replaced) == 0 || scanned+size > maxScan) {
			if page := c.describe(p, Counts{}); c.tells(&page, p) {
				found[i] = &page
			}
			continue
		}
		if equal {
			scanned += size
		} else {
			read += size
		}
		unread := !equal && read > maxRead
		g.Go(func() error {
			var err error
			found[i], err = c.page(ctx, p, replaced, unread)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for i, page := range found {
		switch p := c.pairs[i]; {
		case page != nil:
			out.Pages = append(out.Pages, *page)
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

// page is what has changed in a page; nil if that is nothing.
func (c *Comparison) page(ctx context.Context, p pair, replaced []medium, unread bool) (*Page, error) {
	page := c.describe(p, Counts{})
	page.TooLarge = unread
	if !unread {
		err := c.count(ctx, p, replaced, &page)
		switch {
		case errors.Is(err, ErrTooLarge):
			page.TooLarge = true
		case err != nil:
			return nil, err
		}
	}
	if !c.tells(&page, p) {
		return nil, nil
	}
	return &page, nil
}

// count compares the two versions of a page as far as is needed.
func (c *Comparison) count(ctx context.Context, p pair, replaced []medium, page *Page) error {
	old, new, err := c.both(ctx, p)
	if err != nil {
		return err
	}
	if old != nil && new != nil {
		for _, m := range replaced {
			if bytes.Contains(articleBytes(new), m.quoted) {
				page.Media = append(page.Media, m.path)
			}
		}
		if len(page.Media) == 0 && bytes.Equal(articleBytes(old), articleBytes(new)) {
			return nil
		}
	}
	d, err := compareArticles(old, new, digestsOf(c.old), digestsOf(c.new))
	if err != nil {
		return err
	}
	page.Counts = d.counts
	return nil
}

// both are the stored pages of a pair; nil is one that is not there.
func (c *Comparison) both(ctx context.Context, p pair) (old, new []byte, err error) {
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

// describe is what the contents say of a page, and the counts.
func (c *Comparison) describe(p pair, counts Counts) Page {
	page := Page{Moved: p.moved, Counts: counts}
	if p.old != nil {
		page.Old = &p.old.Entry
	}
	if p.new != nil {
		page.New = &p.new.Entry
	}
	return page
}

// tells reports whether a page has anything to show in a list of changes.
func (c *Comparison) tells(page *Page, p pair) bool {
	return p.old == nil || p.new == nil || p.moved || page.TooLarge || page.Counts.Any() || len(page.Media) > 0 ||
		page.Retitled() || p.old.Number != p.new.Number
}

// headings compares the titles in the contents that are no pages.
func (c *Comparison) headings() []Heading {
	old, new := headings(c.old), headings(c.new)
	keys := func(list []string) []uint64 {
		out := make([]uint64, len(list))
		for i, s := range list {
			out[i] = hashOf(s)
		}
		return out
	}
	var out []Heading
	i, j := 0, 0
	for _, m := range append(align(keys(old), keys(new)), match{len(old), len(new), 0}) {
		for ; i < m.old; i++ {
			out = append(out, Heading{Text: old[i]})
		}
		for ; j < m.new; j++ {
			out = append(out, Heading{Added: true, Text: new[j]})
		}
		i, j = m.old+m.n, m.new+m.n
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

// medium is a file that pages show under one path and that has other bytes.
type medium struct {
	path   string
	quoted []byte // as it stands in a page
}

// maxReplaced bounds for how many files all pages are looked through.
const maxReplaced = 100

func replacedMedia(list []Medium) []medium {
	var out []medium
	for _, m := range list {
		if m.OldType == "" || m.NewType == "" || len(out) == maxReplaced {
			continue
		}
		segments := strings.Split(m.Path, "/")
		for i, s := range segments {
			segments[i] = url.PathEscape(s)
		}
		out = append(out, medium{m.Path, []byte(`"` + strings.Join(segments, "/") + `"`)})
	}
	return out
}
