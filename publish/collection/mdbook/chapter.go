package mdbook

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// chapter is a module while it is read.
type chapter struct {
	*collection.Module
	*reader
	chapterAnalysis
	name   string             // its path as the contents have it; Path is that of the file, behind links
	listed *collection.Report // of the chapter's file
	report *collection.Report // of what is wrong in its text
	ids    map[string]bool
}

// read takes the cached analysis, or converts the chapter's file to find
// them.
func (ch *chapter) read(ctx context.Context) error {
	blob, err := ch.files.BlobID(ch.name)
	if err != nil {
		return err
	}
	known, err := ch.recall(blob)
	if err != nil {
		return err
	}
	if !known {
		ch.chapterAnalysis = chapterAnalysis{}
		text, err := ch.convert(ctx)
		if err != nil {
			return err
		}
		ch.names = slices.Sorted(maps.Keys(ch.ids))
		ch.problems = ch.report.Problems()
		ch.keep(blob)
		if ch.onParse != nil && ch.whole {
			ch.onParse(ch.kept, ch.key, text)
		}
	}
	ch.Key, ch.Source = ch.key, ch.text
	return nil
}

// text converts the chapter's file anew, for [collection.Module.Text].
func (ch *chapter) text(ctx context.Context) (*collection.Text, error) {
	again := &chapter{Module: ch.Module, reader: ch.reader, name: ch.name, report: collection.NewReport("")}
	text, err := again.convert(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the text of %s: %w", ch.name, err)
	}
	return text, nil
}

// convert makes the tree of the chapter and keeps its analysis.
func (ch *chapter) convert(ctx context.Context) (*collection.Text, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	end, err := ch.files.Begin(ch.Path, ch.files.Size(ch.name)*memoryFactor)
	if err != nil {
		return nil, err
	}
	defer func() { end() }()
	data, missing, err := load(ch.files, ch.name, ch.report)
	if data == nil || missing || err != nil {
		return &collection.Text{}, err
	}
	ch.whole = true
	data = withoutMark(data)
	in := &includer{chapter: ch}
	in.out.cursor = cnxml.NewCursor(data)
	checkConflicts(data, func(from, to int) collection.Place {
		return collection.Place{Pos: in.out.cursor.At(from), End: in.out.cursor.At(to)}
	}, ch.report)
	if err := in.expand(data); err != nil {
		return nil, err
	}
	held := 2 * len(data)
	hold := func(size int) (err error) {
		if size <= held {
			return nil
		}
		end()
		if end, err = ch.files.Begin(ch.Path, int64(size)*memoryFactor); err != nil {
			end = func() {}
		}
		held = size
		return err
	}
	if err := hold(len(in.out.text)); err != nil { // it includes more than it has
		return nil, err
	}
	src := ch.preprocess(&in.out)
	if err := hold(len(src.text)); err != nil { // a translation may be longer
		return nil, err
	}
	ch.key = keyOf(data, src.text, ch.dialect.String()+ch.textKey)
	doc, tooComplex := parse(src.text, ch.dialect)
	if tooComplex >= 0 {
		at, _ := src.span(tooComplex, lineEnd(src.text, tooComplex))
		ch.report.Add(at.Problem(collection.Error, "markdown-too-complex", "the text here is too deeply nested or too long to read; make it simpler"))
	}
	ch.ids = map[string]bool{}
	c := &converter{chapter: ch, parsed: &parsed{source: src, doc: doc}, suffixes: map[string]int{}, noted: map[pointer]bool{},
		raw: map[*cnxml.Node]*rawTag{}, told: map[string]bool{}}
	return c.document(doc), nil
}

// keyOf names what a chapter is made of: its file, and that with everything
// that it includes, and the dialect that it is written in.
func keyOf(data, expanded []byte, dialect string) string {
	size := strconv.Itoa(len(data)) + " markdown-5" + dialect
	return analysis.ContentID(bytes.Join([][]byte{[]byte(size), data, expanded}, []byte{'\n'}))
}

// converter turns the Markdown of one chapter into a tree.
type converter struct {
	*chapter
	*parsed
	noted    map[pointer]bool // links and images: a definition may serve many
	suffixes map[string]int   // the last number given to an id that repeats
	notes    map[int]*note
	quotes   []quotation // quotation marks by their offsets
	raw      map[*cnxml.Node]*rawTag
	told     map[string]bool // names of elements whose tags have been said to be lost

	shortcuts   int  // brackets that have been compared with definitions
	hasContents bool // there is a table of contents of the page
}

// document converts the whole chapter. A heading that comes first, or the
// first of level one, is the page's title.
func (c *converter) document(doc ast.Node) *collection.Text {
	text := &collection.Text{}
	content := element("content", cnxml.Pos{Line: 1, Column: 1})
	title := titleOf(doc)
	if title != nil {
		text.Title = element("title", c.pos(title), c.inlines(title, 0)...)
		c.resolve(text.Title, 0)
		if cnxml.PlainTitle(text.Title) {
			c.report.Warning(text.Title.Pos, collection.HiddenRule, "the title contains control characters or bidirectional overrides, which are removed; remove them from the source")
		}
		if id := c.headingID(title); id != "" {
			content.Attrs = append(content.Attrs, attr("id", id, text.Title.Pos))
		}
	}
	c.collectNotes(doc)
	b := c.builder(content, 2)
	c.blocks(b, doc, title)
	c.checkNotes(doc)
	c.checkDefinitions()
	c.resolve(content, 2)
	c.fillContents(content)
	text.Content = content
	return text
}

// titleOf is the heading that names the page, or nil.
func titleOf(doc ast.Node) *ast.Heading {
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		if h, ok := n.(*ast.Heading); ok && (h.Level == 1 || h.PreviousSibling() == nil) {
			return h
		}
	}
	return nil
}

// headingID is the id of a heading: the author's own, or one made from its
// text as mdBook makes it, since links on the web rely on that.
func (c *converter) headingID(h ast.Node) string {
	if own, ok := h.AttributeString("id"); ok {
		if text, ok := own.([]byte); ok && len(text) > 0 {
			return c.claim(string(text), c.whole(h))
		}
	}
	var b strings.Builder
	for _, r := range headingText(h, c.source.text, c.dialect.smart) {
		switch {
		case unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r), r == '_', r == '-':
			b.WriteRune(unicode.ToLower(r))
		case unicode.IsSpace(r):
			b.WriteByte('-')
		}
	}
	if b.Len() == 0 {
		return c.unique("section")
	}
	return c.unique(b.String())
}

// unique is the id, with a number behind it if the page has it already.
func (c *converter) unique(id string) string {
	candidate := id
	for c.ids[candidate] {
		c.suffixes[id]++
		candidate = id + "-" + strconv.Itoa(c.suffixes[id])
	}
	c.ids[candidate] = true
	return candidate
}

// claim takes an id that an author has given. It is empty if it is taken.
func (c *converter) claim(id string, at collection.Place) string {
	if id == "" || strings.ContainsFunc(id, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }) {
		return ""
	}
	if c.ids[id] {
		c.report.Add(at.Problem(collection.Warning, "duplicate-id", "the id %s stands twice on this page; change one", cnxml.Quote(id)))
		return ""
	}
	c.ids[id] = true
	return id
}
