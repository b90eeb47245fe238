package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"runtime"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/settings"
)

// maxTerms bounds the problems of terms in one module.
const maxTerms = 100

// terms finds the terms that the repository avoids in the texts of its modules,
// but for code, formulas and quotations.
func terms(ctx context.Context, s *settings.Settings, lib *collection.Library, fsys fs.FS, cache analysis.Cache) ([]collection.Problem, error) {
	if len(s.Terms) == 0 {
		return nil, nil
	}
	byFirst := map[string][]*settings.Term{}
	for i := range s.Terms {
		term := &s.Terms[i]
		byFirst[term.First()] = append(byFirst[term.First()], term)
	}
	ids, kind := slices.Sorted(maps.Keys(lib.Modules)), termsKind(s)
	found := make([][]collection.Problem, len(ids))
	g, each := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for i := 0; i < len(ids) && each.Err() == nil; i++ {
		g.Go(func() error {
			search := &termSearch{terms: byFirst, path: lib.Modules[ids[i]].Path}
			err := search.module(each, lib.Modules[ids[i]], fsys, cache, kind)
			found[i] = search.found
			return err
		})
	}
	err := errors.Join(g.Wait(), ctx.Err())
	return slices.Concat(found...), err
}

// parallel bounds the modules whose texts are searched at a time.
var parallel = max(4, runtime.GOMAXPROCS(0))

// termsKind returns the kind of the cached results, which differs with the terms.
func termsKind(s *settings.Settings) string {
	var list []byte
	for _, t := range s.Terms {
		list = fmt.Appendf(list, "%q %q %d\n", t.Avoid, t.Use, t.Severity)
	}
	return "words-" + analysis.ContentID(list)
}

// termSearch searches one module.
type termSearch struct {
	terms   map[string][]*settings.Term // by first word
	path    string
	found   []collection.Problem
	spelled []string // the text of each of found
}

// module takes the result from the cache, or searches the text and caches it.
func (s *termSearch) module(ctx context.Context, m *collection.Module, fsys fs.FS, cache analysis.Cache, kind string) error {
	code := func(c *analysis.Coder) { collection.CodeProblems(c, &s.found) }
	if m.Key == "" || analysis.Load(cache, kind, m.Key, code) {
		for i := range s.found {
			s.found[i].Path = m.Path
		}
		return nil
	}
	s.found = nil
	text, err := m.Text(ctx)
	if err != nil {
		return err
	}
	for _, part := range text.Parts() {
		part.Walk(s.visit)
	}
	if len(s.found) > 0 {
		if err := s.locate(fsys); err != nil {
			return err
		}
	}
	analysis.Store(cache, kind, m.Key, code)
	return nil
}

// visit is for [cnxml.Node.Walk]. It looks for a term at every word of a text.
func (s *termSearch) visit(n *cnxml.Node) bool {
	if n.Space != cnxml.Text {
		return n.Space != cnxml.MathML && !n.Is("code", "preformat", "quote") && n.Name != "pre"
	}
	for at := 0; at < len(n.Data) && len(s.found) < maxTerms; {
		word := n.Data[at:]
		length := strings.IndexFunc(word, func(r rune) bool { return !settings.IsWordRune(r) })
		if length < 0 {
			length = len(word)
		}
		if length == 0 {
			_, size := utf8.DecodeRuneInString(word)
			at += size
			continue
		}
		for _, t := range s.terms[strings.ToLower(word[:length])] {
			if spelled := t.Find(word); spelled != "" {
				s.add(n, at, t, spelled)
			}
		}
		at += length
	}
	return true
}

// add reports a term that stands in the text of n at an offset in bytes.
func (s *termSearch) add(n *cnxml.Node, at int, t *settings.Term, spelled string) {
	message := "avoid " + cnxml.Quote(t.Avoid)
	if t.Use != "" {
		message += "; write " + cnxml.Quote(t.Use)
	}
	p := collection.Problem{Path: s.path, Line: n.Pos.Line, Rule: "word-unwanted", Severity: t.Severity, Message: message, Replacement: t.Use}
	before := n.Data[:at]
	p.Line += strings.Count(before, "\n")
	p.Column = utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	if p.Line == n.Pos.Line {
		p.Column += n.Pos.Column - 1
	}
	s.found = append(s.found, p)
	s.spelled = append(s.spelled, spelled)
}

// longestModule is larger in bytes than any file that a format reads as a module.
const longestModule = 64 << 20

// locate makes the columns exact. A character reference is one character of the
// text and several of the source, so what follows it moves to the right.
func (s *termSearch) locate(fsys fs.FS) error {
	data, err := collection.NewFiles(fsys).Read(s.path, longestModule)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	lines := strings.Split(string(data), "\n")
	for i := range s.found {
		p := &s.found[i]
		if p.Line < 1 || p.Line > len(lines) || strings.Contains(s.spelled[i], "\n") {
			p.Replacement = ""
			continue
		}
		line := []rune(lines[p.Line-1])
		start := min(p.Column-1, len(line))
		at := strings.Index(string(line[start:]), s.spelled[i])
		if at < 0 {
			p.Replacement = ""
			continue
		}
		p.Column += utf8.RuneCountInString(string(line[start:])[:at])
		p.EndLine, p.EndColumn = p.Line, p.Column+utf8.RuneCountInString(s.spelled[i])
	}
	return nil
}
