// Package markdown converts the Markdown of a chapter of mdBook into the elements
// of CNXML. It knows the chapter's text only: what a link leads to and whether an
// image exists is found out by the package mdbook, from the pointers of the result.
//
// Conversion has three steps. The text is parsed, within limits ([Parse]); its tree
// becomes elements (block.go, inline.go), in which tags of raw HTML are marks; the
// marks then get the meaning that a browser gives them (construct.go), and headings
// become sections (builder.go). Each element and each problem has its place in the
// chapter's file, whatever was included ([Source]).
//
// The package is large because Markdown and the HTML within it are one stream: the
// steps share the state of a chapter.
package markdown

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// Input is a chapter and what its book says about all chapters.
type Input struct {
	Source    *Source
	Dialect   Dialect
	HideLines map[string]string // what hidden lines of code begin with, by language
	Contents  *Contents         // nil: pages have no tables of contents
	// ResolveLink is the destination that the one of a link stands for; nil if
	// all stand for themselves.
	ResolveLink func(destination string) string
	Report      *collection.Report // given what is wrong in the text
}

// Contents says where the table of contents of a page goes.
type Contents struct {
	Marker string // the paragraph or HTML that it replaces
	Levels int    // the deepest level of the headings in it
}

// Result is a converted chapter.
type Result struct {
	Text     *collection.Text
	IDs      []string // sorted
	Pointers []Pointer
}

// Convert converts a chapter. Of a text that would cost too much to read, that
// part is left out and reported.
func Convert(in Input) *Result {
	text := in.Source.text
	doc, tooComplex := Parse(text, in.Dialect)
	if tooComplex >= 0 {
		at, _ := in.Source.span(tooComplex, LineEnd(text, tooComplex))
		in.Report.Add(at.Problem(collection.Error, "markdown-too-complex", "the text here is too deeply nested or too long to read; make it simpler"))
	}
	c := &converter{
		report: in.Report, dialect: in.Dialect, hidelines: in.HideLines, toc: in.Contents, resolveLink: in.ResolveLink,
		Document: NewDocument(in.Source, doc), found: &Result{}, ids: map[string]bool{}, suffixes: map[string]int{},
		noted: map[Pointer]bool{}, raw: map[*cnxml.Node]*rawTag{}, reported: map[string]bool{},
	}
	c.found.Text = c.document(doc)
	c.found.IDs = slices.Sorted(maps.Keys(c.ids))
	return c.found
}

// converter turns the Markdown of one chapter into a tree.
type converter struct {
	report      *collection.Report
	dialect     Dialect
	hidelines   map[string]string
	toc         *Contents           // may be nil
	resolveLink func(string) string // may be nil

	*Document
	found    *Result
	ids      map[string]bool
	noted    map[Pointer]bool // links and images: a definition may serve many
	suffixes map[string]int   // the last number given to an id that repeats
	notes    map[int]*note
	quotes   []quotation // quotation marks by their offsets
	raw      map[*cnxml.Node]*rawTag
	reported map[string]bool // names of elements whose tags have been reported as lost

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
	for _, r := range headingText(h, c.source.text, c.dialect.Smart) {
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
