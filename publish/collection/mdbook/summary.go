package mdbook

import (
	"context"
	"net/url"
	"path"
	"strings"

	"github.com/yuin/goldmark/ast"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/collection/mdbook/markdown"
)

// summaryDepth is the deepest nesting of chapters.
const summaryDepth = 32

// summary reads a table of contents. Its grammar is that of mdBook: links
// before the first list are prefix chapters, lists are numbered chapters,
// links behind the lists are suffix chapters, and a heading between lists
// begins a part. A link to nothing is a draft.
type summary struct {
	*reader
	report *collection.Report
	source []byte
	cursor *cnxml.Cursor
	text   *markdown.Document

	entries []collection.Entry
	part    *collection.Subcollection // the part that is being filled
	missing []missingChapter
	begun   bool // a numbered chapter has been seen
	closed  bool // a suffix chapter has been seen
}

func (r *reader) readSummary(context.Context) error {
	if r.book == nil {
		return nil
	}
	name := path.Join(r.src, "SUMMARY.md")
	report := r.report(name)
	source, missing, err := load(r.files, name, report)
	if err != nil {
		return err
	}
	if missing && !r.doubtful {
		report.Error(cnxml.Pos{}, "summary-missing", "the table of contents is missing; add the file %s", cnxml.Escape(name))
	}
	if source == nil {
		return nil
	}
	source = withoutMark(source)
	s := &summary{reader: r, report: report, source: source, cursor: cnxml.NewCursor(source)}
	checkConflicts(source, s.span, report)
	doc, tooComplex := markdown.Parse(source, markdown.Dialect{NoDefinition: true})
	s.text = markdown.NewDocument(markdown.WholeFile(source, s.cursor), doc)
	if tooComplex >= 0 {
		at := s.span(tooComplex, markdown.LineEnd(source, tooComplex))
		report.Add(at.Problem(collection.Error, "markdown-too-complex", "the text from here on is too deeply nested or too long to read; make it simpler"))
	}
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		if err := s.block(n); err != nil {
			return err
		}
	}
	if len(s.entries) == 0 {
		report.Error(cnxml.Pos{}, "summary-malformed", "the table of contents names no chapter; add a list of links to chapters")
	}
	r.book.Collection.Entries = s.entries
	return s.reportMissing()
}

// missingChapter is one that the contents name and that does not exist.
type missingChapter struct {
	written, path string
	at            markdown.Spot
}

// reportMissing reports the chapters that do not exist, once it is known which
// files the contents name elsewhere: those are not what was meant.
func (s *summary) reportMissing() error {
	isFree := func(name string) bool {
		return strings.HasSuffix(name, ".md") && below(name, s.src) && s.chapters[name] == nil && name != path.Join(s.src, "SUMMARY.md")
	}
	for _, m := range s.missing {
		p := m.at.Problem(collection.Error, "chapter-missing", "the chapter %s does not exist; add %s or remove the entry", cnxml.Quote(m.written), cnxml.Escape(m.path))
		if behind, err := s.behindLink(&p, m.path); behind || err != nil {
			s.report.Add(p)
			return err
		}
		if err := s.suggestFile(&p, m.at, s.src, m.path, isFree, func(s string) string { return percent(s, "") }); err != nil {
			return err
		}
		s.report.Add(p)
	}
	return nil
}

func (s *summary) block(n ast.Node) error {
	switch n := n.(type) {
	case *ast.Heading:
		if n.Level == 1 && (s.begun || n.PreviousSibling() != nil) && !s.closed {
			s.beginPart(n)
		}
	case *ast.List:
		if s.closed {
			s.malformed(n, "numbered chapters cannot follow the chapters behind the list; move them up")
			return nil
		}
		s.begun = true
		entries, err := s.list(n, 0)
		if s.part != nil {
			s.part.Entries = append(s.part.Entries, entries...)
		} else {
			s.entries = append(s.entries, entries...)
		}
		return err
	case *ast.Paragraph:
		return s.unnumbered(n)
	}
	return nil
}

func (s *summary) beginPart(n *ast.Heading) {
	title := s.title(markdown.Plain(n, s.source))
	if title == "" {
		s.malformed(n, "the part has no title; write one behind the #")
	}
	s.part = &collection.Subcollection{Title: title, Pos: s.pos(n)}
	s.entries = append(s.entries, collection.Entry{Subcollection: s.part})
}

// unnumbered reads a paragraph of prefix or suffix chapters.
func (s *summary) unnumbered(p *ast.Paragraph) error {
	for n := p.FirstChild(); n != nil; n = n.NextSibling() {
		link, ok := n.(*ast.Link)
		if !ok {
			if t, isText := n.(*ast.Text); isText && strings.TrimSpace(string(t.Value(s.source))) != "" {
				at := s.span(t.Segment.Start, t.Segment.Stop)
				s.report.Add(at.Problem(collection.Warning, "summary-malformed", "text that is no link is not shown; write a chapter as [title](file.md)"))
			}
			continue
		}
		if s.begun {
			s.closed, s.part = true, nil
		}
		e, err := s.entry(link, false)
		if err != nil {
			return err
		}
		if e != nil {
			s.entries = append(s.entries, *e)
		}
	}
	return nil
}

// list reads numbered chapters.
func (s *summary) list(list *ast.List, depth int) ([]collection.Entry, error) {
	var entries []collection.Entry
	if depth > summaryDepth {
		s.malformed(list, "chapters are nested too deep; use fewer levels")
		return nil, nil
	}
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		read, err := s.item(item, depth)
		if err != nil {
			return nil, err
		}
		entries = append(entries, read...)
	}
	return entries, nil
}

// item reads a numbered chapter and those below it, which move up if it cannot
// be one.
func (s *summary) item(item ast.Node, depth int) ([]collection.Entry, error) {
	var e *collection.Entry
	var err error
	if link := firstLink(item); link != nil {
		e, err = s.entry(link, true)
		s.checkRest(link)
	} else {
		s.malformed(item, "a chapter is missing here; begin the item with a link, [title](file.md)")
	}
	var below []collection.Entry
	for n := item.FirstChild(); n != nil && err == nil; n = n.NextSibling() {
		if list, ok := n.(*ast.List); ok {
			var read []collection.Entry
			read, err = s.list(list, depth+1)
			below = append(below, read...)
		}
	}
	switch {
	case err != nil || e == nil:
		return below, err
	case e.Subcollection != nil:
		e.Subcollection.Entries = below
	default:
		e.Children = below
	}
	return []collection.Entry{*e}, nil
}

// checkRest reports what follows the link that an item begins with: it is no
// part of the contents.
func (s *summary) checkRest(link *ast.Link) {
	for n := link.NextSibling(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Link:
			from := markdown.OffsetOf(n)
			at := s.span(from, markdown.LineEnd(s.source, from))
			s.report.Add(at.Problem(collection.Warning, "summary-malformed", "%s is no chapter of the book, since an item has one link; write it as an item of its own, indented by no more than four spaces", cnxml.Quote(markdown.Unescape(n.Destination))))
		case *ast.Text:
			if strings.Trim(string(n.Value(s.source)), " \t\r\n-*+") != "" {
				at := s.span(n.Segment.Start, n.Segment.Stop)
				s.report.Add(at.Problem(collection.Warning, "summary-malformed", "text behind the link is not shown; put it into the title or remove it"))
			}
		}
	}
}

// firstLink is the link that an item begins with, or nil.
func firstLink(item ast.Node) *ast.Link {
	if first := item.FirstChild(); first != nil {
		link, _ := first.FirstChild().(*ast.Link)
		return link
	}
	return nil
}

// entry is the entry of one link, nil if it cannot be one. A draft is a
// heading without a page.
func (s *summary) entry(link *ast.Link, numbered bool) (*collection.Entry, error) {
	title := s.title(markdown.Plain(link, s.source))
	at := s.text.Destination(link, link.Reference, link.Destination)
	destination := markdown.Unescape(link.Destination)
	if destination == "" {
		sub := &collection.Subcollection{Title: title, Pos: s.pos(link)}
		return &collection.Entry{Subcollection: sub, Title: title, Numbered: numbered}, nil
	}
	if decoded, err := url.PathUnescape(destination); err == nil {
		destination = decoded
	}
	inside := path.Clean(destination)
	name := path.Join(s.src, inside)
	id := strings.TrimSuffix(inside, ".md")
	if strings.HasPrefix(inside, "/") || strings.HasPrefix(inside, "../") || id == "" || id == "." || id == ".." {
		s.report.Add(at.Problem(collection.Error, "chapter-missing", "%s is no file in the folder %s; correct the path", cnxml.Quote(destination), cnxml.Escape(s.src)))
		return nil, nil
	}
	if s.chapters[name] != nil || s.lib.Modules[id] != nil {
		s.report.Add(at.Problem(collection.Error, "duplicate-page", "the chapter %s stands in the contents twice; remove one entry", cnxml.Quote(destination)))
		return nil, nil
	}
	real, err := s.files.Real(name)
	if err != nil {
		return nil, err
	}
	if real == "" {
		s.missing = append(s.missing, missingChapter{destination, name, at})
		real = name
	}
	return &collection.Entry{Module: s.add(name, real, id), Title: title, Numbered: numbered}, nil
}

func (s *summary) add(name, real, id string) *collection.Module {
	m := &collection.Module{ID: id, Path: real, Media: map[string]*collection.Media{}, Pages: map[string]*collection.Module{}}
	s.lib.Modules[id] = m
	ch := &chapter{Module: m, reader: s.reader, name: name, listed: s.reader.report(real), report: collection.NewReport("")}
	s.chapters[name] = ch
	s.order = append(s.order, ch)
	return m
}

func (s *summary) malformed(n ast.Node, message string) {
	from := markdown.OffsetOf(n)
	at := s.span(from, markdown.LineEnd(s.source, from))
	s.report.Add(at.Problem(collection.Error, "summary-malformed", "%s", message))
}

// span is the place of a part of the file.
func (s *summary) span(from, to int) collection.Place {
	return collection.Place{Pos: s.cursor.At(from), End: s.cursor.At(to)}
}

func (s *summary) pos(n ast.Node) cnxml.Pos { return s.cursor.At(markdown.OffsetOf(n)) }
