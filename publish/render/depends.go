package render

import (
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/rhaptos/rhaptos/publish/outline"
)

// Depends writes what the content of a page depends on besides the program: the
// keys of the texts that it shows, and everything that it shows of the book around
// them. Two pages with the same output have the same content. It reads no text.
func (b *Book) Depends(w io.Writer, p *Page) {
	say(w, "page", p.Kind, p.Slug, p.PlainTitle, p.Chapter, b.Source.Language, b.Source.Format, b.Options.Notes)
	d := &dependence{w: w, r: b.renderer(p.Page)}
	switch p.Kind {
	case "":
		d.module(p.Page)
	case outline.Collected:
		say(w, "by module", p.ByModule(), p.OfBook())
		for _, part := range p.Excerpts {
			say(w, "class", outline.OneLine(b.ClassTitle(p.Page, part.Class).ReadableText()))
			d.collected(part)
		}
		if p.OfBook() {
			d.references(p.Page)
		}
	case outline.Answers:
		for _, part := range p.Excerpts {
			d.answers(part.Of)
		}
		d.order()
	case outline.Glossary:
		d.definitions(p.Page)
	case outline.Index:
		d.index()
	case outline.About:
		about := *b.Source
		about.Collection = nil
		say(w, fmt.Sprintf("%+v", about))
	}
}

// dependence writes what a page depends on. Its renderer says how links are
// written in the page.
type dependence struct {
	w io.Writer
	r *renderer
}

// module is a module's own page.
func (d *dependence) module(p *outline.Page) {
	d.text(p)
	d.start(d.r.Starts(p.Module.ID).Own)
	d.cites()
	if d.r.LeavesOutAbstract(p) {
		say(d.w, "no abstract")
	}
	for _, listed := range d.r.ChapterOutline(p) {
		d.named(listed)
	}
	d.links(p, func(section int) bool {
		home := p.Home(section)
		return home == outline.NoSection || home == outline.InGlossary && p.Glossary == nil
	})
	for i, to := range p.Sections {
		say(d.w, "section", i, to != nil)
	}
	ids := p.MovedIDs(d.r.names(p.Module.ID))
	for _, to := range p.Elsewhere() {
		say(d.w, "elsewhere", to.Slug, to.PlainTitle, to.Kind == outline.Collected && to.OfBook(), d.r.names(p.Module.ID).Moved[first(ids[to])].ID)
	}
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// text names a module's text, and the files that it shows.
func (d *dependence) text(p *outline.Page) {
	shown := d.r.pageOf[p].digests()
	say(d.w, "text", shown.text, shown.media, d.r.Recipe.Numbering())
	d.r.src = &outline.ModuleText{Module: p.Module, Page: p}
}

// digests are of what pages show of a module, wherever that is in the book: on
// the module's own page, and on several at the ends of chapters.
type digests struct {
	text, media, definitions string
}

func (p *Page) digest() digests {
	m := p.Module
	return digests{
		text: digest(func(w io.Writer) { say(w, m.Key, m.ID) }),
		media: digest(func(w io.Writer) {
			for _, src := range slices.Sorted(maps.Keys(m.Media)) {
				to := m.Media[src]
				say(w, src, to.Path, to.Type, to.Size, to.Width, to.Height)
			}
		}),
		definitions: digest(func(w io.Writer) { say(w, outline.Encoded(p.Definitions()...)) }),
	}
}

func digest(write func(io.Writer)) string {
	h := sha256.New()
	write(h)
	return string(h.Sum(nil))
}

func (d *dependence) start(at outline.Start) {
	say(d.w, "start", at.Chapter)
	for i, n := range at.Counts {
		if n > 0 {
			say(d.w, i, n)
		}
	}
}

// links are those of the sections of the module that is being written.
func (d *dependence) links(p *outline.Page, in func(section int) bool) {
	for _, o := range p.Links() {
		if !in(o.Section) {
			continue
		}
		t := d.r.resolve(o.Node)
		d.r.w.Reset()
		if o.Empty {
			d.r.line(func() { d.r.linkText(o.Node, t) })
		}
		say(d.w, "link", t.href, t.rel, d.r.w.String())
	}
}

// named adds how links name a page.
func (d *dependence) named(p *outline.Page) {
	say(d.w, "named", p.Slug, p.Number, string(d.r.pageOf[p].Title))
}

// collected writes what a page shows of the sections of a module.
func (d *dependence) collected(part outline.Excerpt) {
	if len(part.Sections) == 0 {
		return
	}
	d.cites()
	d.text(part.Of)
	d.named(part.Of)
	for _, s := range part.Sections {
		say(d.w, "section", s)
		d.start(d.r.Starts(part.Of.Module.ID).Moved[s])
	}
	has := part.Has()
	in := func(section int) bool { return has[part.Of.Home(section)] }
	d.links(part.Of, in)
	d.ids(part.Of, in)
}

// cites adds where the numbers of references lead.
func (d *dependence) cites() {
	if to := d.r.ReferencePage(); to != nil {
		say(d.w, "cites", to.Slug)
	}
}

// references are those of all chapters, on a page at the end of the book.
func (d *dependence) references(p *outline.Page) {
	var last *outline.Chapter
	for _, part := range p.Excerpts {
		in := part.Of.In
		d.r.src = &outline.ModuleText{Module: part.Of.Module, Page: part.Of}
		if part.Cited {
			say(d.w, "media", d.r.pageOf[part.Of].digests().media)
			d.links(part.Of, func(int) bool { return true })
		}
		if in == last {
			continue
		}
		last = in
		say(d.w, "chapter", in.Number, in.Title, in.Pages[0].Slug)
		for _, ref := range d.r.ReferencesIn(p, in) {
			d.r.src = &outline.ModuleText{Module: ref.From.Module, Page: ref.From}
			say(d.w, "reference", ref.Number, outline.Encoded(ref.Note), ref.Note.Pos, d.r.hrefOf(ref.At, ref.From.Module.ID, ref.Note.ID()))
		}
	}
}

// ids are those that are others here than in the source.
func (d *dependence) ids(p *outline.Page, in func(section int) bool) {
	n := d.r.names(p.Module.ID)
	for _, place := range n.IDs {
		if !in(place.Section) {
			continue
		}
		if a := n.Moved[place.ID]; a.Page == d.r.page && a.ID != place.ID {
			say(d.w, "id", place.ID, a.ID)
		}
	}
}

// answers are those of the exercises of a module, wherever they stand.
func (d *dependence) answers(p *outline.Page) {
	d.text(p)
	d.named(p)
	from := d.r.Starts(p.Module.ID)
	d.start(from.Own)
	ranks := p.Ranks()
	for i, to := range p.Sections {
		if to == nil {
			continue
		}
		d.named(to)
		say(d.w, "section", i, ranks[i])
		d.start(from.Moved[i])
	}
	d.links(p, func(int) bool { return true })
	n := d.r.names(p.Module.ID)
	for _, t := range n.Targets {
		if t.Answers.Any() {
			say(d.w, "answer", n.Moved[t.ID].ID)
		}
	}
}

// order writes the order of the pages on which the exercises are.
func (d *dependence) order() {
	var pages []*outline.Page
	for _, part := range d.r.page.Excerpts {
		pages = append(append(pages, part.Of), part.Of.Sections...)
	}
	pages = slices.DeleteFunc(pages, func(p *outline.Page) bool { return p == nil })
	slices.SortFunc(pages, outline.InOrder)
	for _, p := range slices.Compact(pages) {
		say(d.w, "page", p.Slug)
	}
}

// definitions are those of a chapter, or of the book with their places.
func (d *dependence) definitions(p *outline.Page) {
	for _, part := range p.Excerpts {
		definitions := part.Of.Definitions()
		say(d.w, "definitions", d.r.pageOf[part.Of].digests().definitions)
		if part.Glossary { // problems in them have lines
			for _, n := range definitions {
				say(d.w, "line", n.Pos)
			}
		}
		d.r.src = &outline.ModuleText{Module: part.Of.Module, Page: part.Of}
		say(d.w, "media", d.r.pageOf[part.Of].digests().media)
		in := func(section int) bool { return section == outline.InGlossary }
		d.links(part.Of, in)
		if part.Glossary {
			d.ids(part.Of, in)
			continue
		}
		for _, n := range definitions {
			def := outline.Definition{Node: n, From: part.Of}
			d.places([]outline.Occurrence{part.Of.Introduced(def.Term())})
		}
	}
}

// places are links to pages of the book.
func (d *dependence) places(list []outline.Occurrence) {
	d.r.w.Reset()
	d.r.places(list)
	say(d.w, "places", d.r.w.String())
}

// index are the entries of the book's index.
func (d *dependence) index() {
	for _, e := range d.r.page.IndexEntries() {
		say(d.w, "entry", e.Word, outline.Encoded(e.Node))
		d.places(e.Places)
	}
}

// say writes values so that no two lists of them are written alike.
func say(w io.Writer, values ...any) {
	var b []byte
	for _, v := range values {
		s := spelled(v)
		b = strconv.AppendInt(b, int64(len(s)), 10)
		b = append(append(append(b, ':'), s...), ',')
	}
	w.Write(b) // to a digest, which takes everything
}

func spelled(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	}
	return fmt.Sprint(v)
}
