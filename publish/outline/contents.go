package outline

import (
	"cmp"
	"strconv"
	"strings"
	"sync"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/listmark"
)

// Entry is a line of the table of contents: a page if it has a slug, else a
// heading.
type Entry struct {
	Kind     string // of a generated page; empty for a module's, and for headings
	Number   string
	Plain    string // the title as text
	Slug     string
	Module   string // id
	UUID     string
	Children []Entry

	page  *Page  // a generated one
	under string // of a heading over pages at the end of a chapter
}

// level is a place in the numbering: what comes before the dot, and how many
// entries have been counted there.
type level struct {
	prefix   string // "1." below chapter 1
	count    int
	numbered bool // whether modules take part
	top      bool
}

func (l *level) next() string {
	l.count++
	return l.prefix + strconv.Itoa(l.count)
}

func (l *level) below(number string) *level {
	return &level{prefix: number + ".", numbered: true}
}

func (o *Outline) entries(entries []collection.Entry, at *level) []Entry {
	out := make([]Entry, 0, len(entries))
	for _, e := range entries {
		switch {
		case e.Subcollection != nil:
			out = append(out, o.subcollection(e, at))
		case e.Module != nil:
			out = append(out, o.module(e, at))
		}
	}
	return out
}

// subcollection numbers a part, unit or chapter. A part, and a unit that holds
// chapters, has no number of its own: the numbering goes on through it.
func (o *Outline) subcollection(e collection.Entry, at *level) Entry {
	s := e.Subcollection
	title := e.Title
	if title == "" {
		title = s.Title
	}
	out := Entry{Plain: Clip(OneLine(title), maxTitle)}
	switch {
	case o.Source.Format != "mdbook" && isUnit(s):
		modules := at.numbered
		at.numbered = false // a unit's own modules introduce it
		out.Children = o.entries(s.Entries, at)
		at.numbered = modules
	case !e.Numbered:
		out.Children = o.entries(s.Entries, at)
	default:
		out.Number = at.next()
		from, around := len(o.Pages), o.chapter
		chapter := &Chapter{Number: out.Number, Title: out.Plain}
		o.chapter = chapter
		out.Children = o.entries(s.Entries, at.below(out.Number))
		o.chapter = around
		if o.Source.Format != "mdbook" {
			out.Children = append(out.Children, o.chapterBackMatter(chapter, o.Pages[from:])...)
		}
	}
	return out
}

func isUnit(s *collection.Subcollection) bool {
	for _, e := range s.Entries {
		if e.Subcollection != nil {
			return true
		}
	}
	return false
}

func (o *Outline) module(e collection.Entry, at *level) Entry {
	m := e.Module
	p := &Page{Module: m, scan: o.scans[m], In: o.chapter}
	if o.chapter != nil {
		o.chapter.Pages = append(o.chapter.Pages, p)
	}
	p.termIDs = sync.OnceValue(p.introductions)
	if p.Heading = p.scan.title; p.Heading == nil {
		p.Heading = short(titled(cmp.Or(e.Title, m.ID)))
	}
	p.PlainTitle = OneLine(p.Heading.ReadableText())
	p.Number = o.number(e, at)
	p.Slug = o.slug(p, at)
	p.Chapter, _, _ = strings.Cut(p.Number, ".")
	if p.Number == "" {
		p.Chapter = strings.TrimSuffix(at.prefix, ".")
		p.Chapter, _, _ = strings.Cut(p.Chapter, ".")
	}
	o.Pages = append(o.Pages, p)
	o.BySlug[p.Slug] = p
	if o.ByModule[m.ID] == nil {
		o.ByModule[m.ID] = p
	}
	out := Entry{Number: p.Number, Plain: p.PlainTitle, Slug: p.Slug, Module: m.ID, UUID: m.UUID}
	if own := Clip(OneLine(e.Title), maxTitle); own != "" && OneLine(p.Heading.PlainText()) != own {
		out.Plain = own
	}
	if len(e.Children) > 0 {
		below := at
		if p.Number != "" {
			below = at.below(p.Number)
		}
		out.Children = o.entries(e.Children, below)
	}
	return out
}

// number is the module's number: none for introductions and for what stands
// outside the numbering, a letter for an appendix. Only modules of the class
// "introduction" are introductions, as in OpenStax's books (cookbook,
// lib/kitchen/page_element.rb): one of class "intro" is the second of its chapter.
func (o *Outline) number(e collection.Entry, at *level) string {
	switch {
	case HasClass(e.Module.Class, "appendix") && at.top:
		o.appendix++
		return listmark.Ordinal(o.appendix, "upper-alpha")
	case !e.Numbered || !at.numbered,
		HasClass(e.Module.Class, "introduction") && !at.top,
		HasClass(e.Module.Class, "preface"):
		return ""
	}
	return at.next()
}

// slug is the page's name in URLs: from the path of an mdBook chapter, which
// its readers know, and else from its number and title.
func (o *Outline) slug(p *Page, at *level) string {
	if o.Source.Format == "mdbook" {
		return o.slugs.unique(PathSlug(p.Module.ID))
	}
	number := p.Number
	if number == "" {
		number = at.prefix
	}
	slug := SlugOf(number + " " + p.PlainTitle)
	if slug == SlugOf(number) { // nothing in the title can be in a slug
		slug = SlugOf(number + " " + p.Module.ID)
	}
	return o.slugs.unique(slug)
}
