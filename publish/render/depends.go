package render

import (
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// Depends writes what the content of a page is made from, as far as it is not
// the program: the texts that it shows by their keys, and everything that it
// shows of the book around them. Two pages of which it writes the same have the
// same content. No text is read for it.
func (b *Book) Depends(w io.Writer, p *Page) {
	say(w, "page", p.Kind, p.Slug, p.PlainTitle, p.chapter, b.book.Language, b.book.Format, b.options.Notes)
	d := &dependence{w: w, r: b.renderer(p)}
	switch p.Kind {
	case "":
		d.module(p)
	case Collected:
		for _, part := range p.parts {
			say(w, "class", oneLine(b.madeTitle(p, part.class).ReadableText()))
			d.collected(part)
		}
	case Answers:
		for _, part := range p.parts {
			d.answers(part.of)
		}
		d.order()
	case Glossary:
		d.definitions(p)
	case Index:
		d.index()
	case About:
		about := *b.book
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
func (d *dependence) module(p *Page) {
	d.text(p)
	d.start(d.r.starts[p.Module.ID].own)
	d.links(p, func(section int) bool {
		home := p.home(section)
		return home == noSection || home == inGlossary && p.glossary == nil
	})
	for i, to := range p.sections {
		say(d.w, "section", i, to != nil)
	}
	ids := d.r.idsElsewhere()
	for _, to := range p.others() {
		say(d.w, "elsewhere", to.Slug, to.PlainTitle, d.r.names(p.Module.ID).moved[first(ids[to])].id)
	}
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// text names a module's text, and the files that it shows.
func (d *dependence) text(p *Page) {
	shown := p.shown()
	say(d.w, "text", shown.text, shown.media)
	d.r.src = &source{module: p.Module, page: p}
}

// shown are digests of what pages show of a module, wherever that is in the
// book: the module's own page, and several at the ends of chapters.
type shown struct {
	text, media, definitions string
}

func (p *Page) digests() shown {
	m := p.Module
	return shown{
		text: digest(func(w io.Writer) { say(w, m.Key, m.ID) }),
		media: digest(func(w io.Writer) {
			for _, src := range slices.Sorted(maps.Keys(m.Media)) {
				to := m.Media[src]
				say(w, src, to.Path, to.Type, to.Size, to.Width, to.Height)
			}
		}),
		definitions: digest(func(w io.Writer) { say(w, encoded(unpack(p.facts.definitions, codeNode)...)) }),
	}
}

func digest(write func(io.Writer)) string {
	h := sha256.New()
	write(h)
	return string(h.Sum(nil))
}

func (d *dependence) start(at start) {
	say(d.w, "start", at.chapter)
	for i, n := range at.counts {
		if n > 0 {
			say(d.w, countedNames[i], n)
		}
	}
}

// links are those of the sections of the module that is being written.
func (d *dependence) links(p *Page, in func(section int) bool) {
	for _, o := range unpack(p.facts.links, codeOutgoing) {
		if !in(o.section) {
			continue
		}
		t := d.r.resolve(o.node)
		d.r.w.Reset()
		if o.empty {
			d.r.line(func() { d.r.linkText(o.node, t) })
		}
		say(d.w, "link", t.href, t.rel, d.r.w.String())
	}
}

// named is how links lead to a page.
func (d *dependence) named(p *Page) { say(d.w, "named", p.Slug, p.Number, string(p.Title)) }

// collected is what a page has of the sections of another.
func (d *dependence) collected(part part) {
	d.text(part.of)
	d.named(part.of)
	for _, s := range part.sections {
		say(d.w, "section", s)
		d.start(d.r.starts[part.of.Module.ID].moved[s])
	}
	has := part.has()
	in := func(section int) bool { return has[part.of.home(section)] }
	d.links(part.of, in)
	d.ids(part.of, in)
}

// ids are those that are others here than in the source.
func (d *dependence) ids(p *Page, in func(section int) bool) {
	n := d.r.names(p.Module.ID)
	for _, place := range n.ids {
		if !in(place.section) {
			continue
		}
		if a := n.moved[place.id]; a.page == d.r.page && a.id != place.id {
			say(d.w, "id", place.id, a.id)
		}
	}
}

// answers are those of the exercises of a module, wherever they stand.
func (d *dependence) answers(p *Page) {
	d.text(p)
	d.named(p)
	from := d.r.starts[p.Module.ID]
	d.start(from.own)
	ranks := p.ranks()
	for i, to := range p.sections {
		if to == nil {
			continue
		}
		d.named(to)
		say(d.w, "section", i, ranks[i])
		d.start(from.moved[i])
	}
	d.links(p, func(int) bool { return true })
	n := d.r.names(p.Module.ID)
	for _, t := range n.things {
		if t.answers > 0 {
			say(d.w, "answer", n.moved[t.id].id)
		}
	}
}

// order is that of the pages on which the exercises of the answers are.
func (d *dependence) order() {
	var pages []*Page
	for _, part := range d.r.page.parts {
		pages = append(append(pages, part.of), part.of.sections...)
	}
	pages = slices.DeleteFunc(pages, func(p *Page) bool { return p == nil })
	slices.SortFunc(pages, inOrder)
	for _, p := range slices.Compact(pages) {
		say(d.w, "page", p.Slug)
	}
}

// definitions are those of a chapter, or of the book with their places.
func (d *dependence) definitions(p *Page) {
	for _, part := range p.parts {
		definitions := unpack(part.of.facts.definitions, codeNode)
		say(d.w, "definitions", part.of.shown().definitions)
		if part.glossary { // what is told of them has lines
			for _, n := range definitions {
				say(d.w, "line", n.Pos)
			}
		}
		d.r.src = &source{module: part.of.Module, page: part.of}
		say(d.w, "media", part.of.shown().media)
		in := func(section int) bool { return section == inGlossary }
		d.links(part.of, in)
		if part.glossary {
			d.ids(part.of, in)
			continue
		}
		for _, n := range definitions {
			def := defined{n, part.of}
			d.places([]pagePlace{d.r.introduced(part.of, def.term())})
		}
	}
}

// places are links to pages of the book.
func (d *dependence) places(list []pagePlace) {
	d.r.w.Reset()
	d.r.places(list)
	say(d.w, "places", d.r.w.String())
}

// index are the entries of the book's index.
func (d *dependence) index() {
	for _, e := range d.r.indexEntries() {
		say(d.w, "entry", e.word, encoded(e.spellings[0].node))
		d.places(e.places)
	}
}

// encoded is what nodes are, wherever they stand in a file.
func encoded(nodes ...*cnxml.Node) string {
	return string(analysis.Encode(func(c *analysis.Coder) {
		for _, n := range nodes {
			n = placeless(n)
			codeNode(c, &n)
		}
	}))
}

// placeless is a copy of the node without places.
func placeless(n *cnxml.Node) *cnxml.Node {
	if n == nil {
		return nil
	}
	out := *n
	out.Pos, out.End, out.Children = cnxml.Pos{}, cnxml.Pos{}, make([]*cnxml.Node, len(n.Children))
	for i, c := range n.Children {
		out.Children[i] = placeless(c)
	}
	return &out
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
