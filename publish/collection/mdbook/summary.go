package mdbook

import (
	"context"
	"net/url"
	"path"
	"strings"

	"github.com/yuin/goldmark/ast"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// summaryDepth is how deep chapters may be nested.
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

	entries []collection.Entry
	part    *collection.Subcollection // the part that is being filled
	begun   bool                      // a numbered chapter has been seen
	closed  bool                      // a suffix chapter has been seen
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
	doc, tooComplex := parse(source)
	if tooComplex >= 0 {
		report.Error(s.cursor.At(tooComplex), "markdown-too-complex", "the text from here on is too deeply nested or too long to read; make it simpler")
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
	title := plain(n, s.source)
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
				s.report.Warning(s.pos(n), "summary-malformed", "text that is no link is not shown; write a chapter as [title](file.md)")
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
		e, err := s.item(item, depth)
		if err != nil {
			return nil, err
		}
		if e != nil {
			entries = append(entries, *e)
		}
	}
	return entries, nil
}

func (s *summary) item(item ast.Node, depth int) (*collection.Entry, error) {
	var link *ast.Link
	if first := item.FirstChild(); first != nil {
		link, _ = first.FirstChild().(*ast.Link)
	}
	if link == nil {
		s.malformed(item, "a chapter is missing here; begin the item with a link, [title](file.md)")
		return nil, nil
	}
	e, err := s.entry(link, true)
	if err != nil || e == nil {
		return nil, err
	}
	for n := item.FirstChild().NextSibling(); n != nil; n = n.NextSibling() {
		list, ok := n.(*ast.List)
		if !ok {
			continue
		}
		below, err := s.list(list, depth+1)
		if err != nil {
			return nil, err
		}
		if e.Subcollection != nil {
			e.Subcollection.Entries = append(e.Subcollection.Entries, below...)
		} else {
			e.Children = append(e.Children, below...)
		}
	}
	return e, nil
}

// entry is the entry of one link, nil if it cannot be one. A draft is a
// heading without a page.
func (s *summary) entry(link *ast.Link, numbered bool) (*collection.Entry, error) {
	title, pos := plain(link, s.source), s.pos(link)
	destination := unescape(link.Destination)
	if destination == "" {
		sub := &collection.Subcollection{Title: title, Pos: pos}
		return &collection.Entry{Subcollection: sub, Title: title, Numbered: numbered}, nil
	}
	if decoded, err := url.PathUnescape(destination); err == nil {
		destination = decoded
	}
	inside := path.Clean(destination)
	name := path.Join(s.src, inside)
	id := strings.TrimSuffix(inside, ".md")
	if strings.HasPrefix(inside, "/") || strings.HasPrefix(inside, "../") || id == "" || id == "." || id == ".." {
		s.report.Error(pos, "chapter-missing", "%s is no file in the folder %s; correct the path", cnxml.Quote(destination), cnxml.Escape(s.src))
		return nil, nil
	}
	if s.chapters[name] != nil || s.lib.Modules[id] != nil {
		s.report.Error(pos, "duplicate-page", "the chapter %s stands in the contents twice; remove one entry", cnxml.Quote(destination))
		return nil, nil
	}
	ok, err := s.files.Exists(name)
	if err != nil {
		return nil, err
	}
	if !ok {
		p := collection.Place{Pos: pos}.Problem(collection.Error, "chapter-missing",
			"the chapter %s does not exist; add %s or remove the entry", cnxml.Quote(destination), cnxml.Escape(name))
		if err := s.suggestFile(&p, s.src, destination); err != nil {
			return nil, err
		}
		s.report.Add(p)
	}
	return &collection.Entry{Module: s.add(name, id, title), Title: title, Numbered: numbered}, nil
}

func (s *summary) add(name, id, title string) *collection.Module {
	m := &collection.Module{ID: id, Path: name, Media: map[string]*collection.Media{}, Pages: map[string]*collection.Module{}}
	m.Title = element("title", cnxml.Pos{}, &cnxml.Node{Data: title})
	s.lib.Modules[id] = m
	ch := &chapter{Module: m, reader: s.reader, listed: s.reader.report(name), report: collection.NewReport("")}
	s.chapters[name] = ch
	s.order = append(s.order, ch)
	return m
}

func (s *summary) malformed(n ast.Node, message string) {
	s.report.Error(s.pos(n), "summary-malformed", "%s", message)
}

func (s *summary) pos(n ast.Node) cnxml.Pos { return s.cursor.At(offsetOf(n)) }
