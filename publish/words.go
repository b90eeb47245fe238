package publish

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// maxFound bounds how often unwanted words are reported in one module.
const maxFound = 100

// unwanted finds the words that the repository does not want in the text of
// its modules. What is code, a formula or quoted is not its own text.
func (s *Settings) unwanted(ctx context.Context, lib *collection.Library, fsys fs.FS, cache analysis.Cache) ([]collection.Problem, error) {
	if len(s.Words) == 0 {
		return nil, nil
	}
	words := map[string][]*Word{}
	for i := range s.Words {
		key := leading(s.Words[i].Avoid)
		words[key] = append(words[key], &s.Words[i])
	}
	ids := slices.Sorted(maps.Keys(lib.Modules))
	found := make([][]collection.Problem, len(ids))
	err := inParallel(ctx, len(ids), func(ctx context.Context, i int) error {
		search := &wordSearch{words: words, path: lib.Modules[ids[i]].Path}
		err := search.module(ctx, lib.Modules[ids[i]], fsys, cache, s.wordsKind())
		found[i] = search.found
		return err
	})
	return slices.Concat(found...), err
}

// wordsKind is the kind of facts about the words that are not wanted: others
// are found by other words.
func (s *Settings) wordsKind() string {
	var list []byte
	for _, w := range s.Words {
		list = fmt.Appendf(list, "%q %q %d\n", w.Avoid, w.Use, w.Severity)
	}
	return "words-" + analysis.ContentID(list)
}

// wordSearch looks through one module.
type wordSearch struct {
	words   map[string][]*Word // by what they begin with
	path    string
	found   []collection.Problem
	spelled []string // as each of found stands in the text
}

// module takes what is known of the module, or looks through its text.
func (s *wordSearch) module(ctx context.Context, m *collection.Module, fsys fs.FS, cache analysis.Cache, kind string) error {
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

// visit is for Node.Walk: it looks at every word of a text.
func (s *wordSearch) visit(n *cnxml.Node) bool {
	if n.Space != cnxml.Text {
		return n.Space != cnxml.MathML && !n.Is("code", "preformat", "quote") && n.Name != "pre"
	}
	for at := 0; at < len(n.Data) && len(s.found) < maxFound; {
		word := n.Data[at:]
		length := strings.IndexFunc(word, func(r rune) bool { return !isWordRune(r) })
		if length < 0 {
			length = len(word)
		}
		if length == 0 {
			_, size := utf8.DecodeRuneInString(word)
			at += size
			continue
		}
		for _, w := range s.words[strings.ToLower(word[:length])] {
			s.compare(n, at, w)
		}
		at += length
	}
	return true
}

// leading is the word that a phrase begins with, in small letters.
func leading(phrase string) string {
	phrase = strings.TrimSpace(phrase)
	if end := strings.IndexFunc(phrase, func(r rune) bool { return !isWordRune(r) }); end >= 0 {
		phrase = phrase[:end]
	}
	return strings.ToLower(phrase)
}

func isWordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_')
}

// compare reports the word if it stands in the text there, and not as part of
// a longer one.
func (s *wordSearch) compare(n *cnxml.Node, at int, w *Word) {
	spelled := w.pattern.FindString(n.Data[at:])
	next, _ := utf8.DecodeRuneInString(n.Data[at+len(spelled):])
	last, _ := utf8.DecodeLastRuneInString(spelled)
	if spelled == "" || isWordRune(last) && isWordRune(next) {
		return
	}
	message := "this house does not write " + cnxml.Quote(w.Avoid)
	if w.Use != "" {
		message += "; write " + cnxml.Quote(w.Use)
	}
	p := collection.Problem{Path: s.path, Line: n.Pos.Line, Rule: "word-unwanted", Severity: w.Severity, Message: message, Replacement: w.Use}
	before := n.Data[:at]
	p.Line += strings.Count(before, "\n")
	p.Column = utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	if p.Line == n.Pos.Line {
		p.Column += n.Pos.Column - 1
	}
	s.found = append(s.found, p)
	s.spelled = append(s.spelled, spelled)
}

// locate makes the places exact: references in the source, which are one
// character in the text, move what follows them to the right.
func (s *wordSearch) locate(fsys fs.FS) error {
	data, err := fs.ReadFile(fsys, s.path)
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
