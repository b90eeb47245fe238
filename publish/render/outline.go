package render

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"sync"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/messages"
)

// outline is what a book is made of: its pages with their slugs and numbers,
// and what the ids in them stand for.
type outline struct {
	book     *collection.Book
	messages *messages.Catalogue
	facts    map[*collection.Module]*moduleFacts
	pages    []*Page
	contents []Entry
	byModule map[string]*Page // by module id; the first page when there are several
	bySlug   map[string]*Page
	index

	options  Options
	recipe   recipe
	titles   map[string]string // of the sections that are collected, by class
	slugs    slugs
	appendix int // how many appendices there have been
}

func newOutline(ctx context.Context, book *collection.Book, cache analysis.Cache, options Options) (*outline, error) {
	o := &outline{
		book: book, messages: messages.For(book.Language).WithNotes(options.noteTitles(book.Language)), slugs: newSlugs(), options: options, recipe: options.endings(book.Style),
		byModule: map[string]*Page{}, bySlug: map[string]*Page{},
	}
	if book.Collection != nil {
		var err error
		if o.facts, err = allFacts(ctx, cache, book.Collection.Entries); err != nil {
			return nil, err
		}
		o.titles = o.sectionTitles()
		o.contents = o.entries(book.Collection.Entries, &level{numbered: true, top: true})
		o.bookMatter()
		o.nameMatter(o.contents, "")
	}
	for i, p := range o.pages {
		p.order = i
	}
	o.index = newIndex(o.pages)
	return o, nil
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

func (o *outline) entries(entries []collection.Entry, at *level) []Entry {
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
func (o *outline) subcollection(e collection.Entry, at *level) Entry {
	s := e.Subcollection
	title := e.Title
	if title == "" {
		title = s.Title
	}
	out := Entry{Plain: clip(oneLine(title), maxTitle)}
	switch {
	case o.book.Format != "mdbook" && isUnit(s):
		modules := at.numbered
		at.numbered = false // a unit's own modules introduce it
		out.Children = o.entries(s.Entries, at)
		at.numbered = modules
	case !e.Numbered:
		out.Children = o.entries(s.Entries, at)
	default:
		out.Number = at.next()
		from := len(o.pages)
		out.Children = o.entries(s.Entries, at.below(out.Number))
		if o.book.Format != "mdbook" {
			out.Children = append(out.Children, o.chapterMatter(o.pages[from:])...)
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

func (o *outline) module(e collection.Entry, at *level) Entry {
	m := e.Module
	p := &Page{Module: m, facts: o.facts[m]}
	p.shown, p.termIDs = sync.OnceValue(p.digests), sync.OnceValue(p.introductions)
	if p.title = p.facts.title; p.title == nil {
		p.title = short(titled(cmp.Or(e.Title, m.ID)))
	}
	p.PlainTitle = oneLine(p.title.ReadableText())
	p.Number = o.number(e, at)
	p.Slug = o.slug(p, at)
	p.chapter, _, _ = strings.Cut(p.Number, ".")
	if p.Number == "" {
		p.chapter = strings.TrimSuffix(at.prefix, ".")
		p.chapter, _, _ = strings.Cut(p.chapter, ".")
	}
	o.pages = append(o.pages, p)
	o.bySlug[p.Slug] = p
	if o.byModule[m.ID] == nil {
		o.byModule[m.ID] = p
	}
	out := Entry{Number: p.Number, Plain: p.PlainTitle, Slug: p.Slug, Module: m.ID, UUID: m.UUID}
	if own := clip(oneLine(e.Title), maxTitle); own != "" && oneLine(p.title.PlainText()) != own {
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

// titled makes a title of plain text.
func titled(text string) *cnxml.Node {
	return &cnxml.Node{Space: cnxml.CNXML, Name: "title", Children: []*cnxml.Node{{Space: cnxml.Text, Data: text}}}
}

// maxTitle is how many characters of a title are repeated in other places: in
// the contents, above and below pages, by links.
const maxTitle = 300

// short is the title, or the beginning of its text if it is longer than titles
// are.
func short(title *cnxml.Node) *cnxml.Node {
	nodes, bytes := 0, 0
	title.Walk(func(n *cnxml.Node) bool {
		nodes++
		bytes += len(n.Data)
		return nodes <= maxTitle && bytes <= 4*maxTitle
	})
	if nodes <= maxTitle && bytes <= 4*maxTitle {
		return title
	}
	return titled(clip(oneLine(title.ReadableText()), maxTitle))
}

// clip is the text, cut off after so many characters.
func clip(s string, most int) string {
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// number is the module's number: none for introductions and for what stands
// outside the numbering, a letter for an appendix.
func (o *outline) number(e collection.Entry, at *level) string {
	switch {
	case hasClass(e.Module.Class, "appendix") && at.top:
		o.appendix++
		return letters(o.appendix)
	case !e.Numbered || !at.numbered,
		hasClass(e.Module.Class, "introduction", "intro", "unit-opener") && !at.top,
		hasClass(e.Module.Class, "preface"):
		return ""
	}
	return at.next()
}

// slug is the page's name in URLs: from the path of an mdBook chapter, which
// its readers know, and else from its number and title.
func (o *outline) slug(p *Page, at *level) string {
	if o.book.Format == "mdbook" {
		return o.slugs.unique(slugOfPath(p.Module.ID))
	}
	number := p.Number
	if number == "" {
		number = at.prefix
	}
	slug := slugOf(number + " " + p.PlainTitle)
	if slug == slugOf(number) { // nothing in the title can be in a slug
		slug = slugOf(number + " " + p.Module.ID)
	}
	return o.slugs.unique(slug)
}

// letters writes n as A, B, ... Z, AA, AB, ...
func letters(n int) string {
	s := ""
	for ; n > 0; n = (n - 1) / 26 {
		s = string(rune('A'+(n-1)%26)) + s
	}
	return s
}

// hasClass reports whether a class attribute holds one of the names.
func hasClass(class string, names ...string) bool {
	for _, c := range strings.Fields(class) {
		for _, name := range names {
			if c == name {
				return true
			}
		}
	}
	return false
}

// oneLine is the text without white space at its ends and with single spaces
// within.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
