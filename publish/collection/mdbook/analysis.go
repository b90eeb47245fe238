package mdbook

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/collection/mdbook/markdown"
)

// chapterAnalysis are what is known about a chapter by its own text, with what it
// includes.
type chapterAnalysis struct {
	whole    bool     // the file could be read
	key      string   // names the text with all that it includes; see keyOf
	names    []string // ids, sorted
	pointers []markdown.Pointer
	absent   []absentee
	problems []collection.Problem
	included []dependency
}

// absentee is a file that is to be included and is not there.
type absentee struct {
	written string // in the directive
	path    string
	at      markdown.Spot // of the path, or of the directive that led to it
}

// dependency is a file that the chapter includes.
type dependency struct {
	path string
	blob string // absent, or the id of its content
}

// absent is the id of a file that is not there.
const absent = "-"

func (f *chapterAnalysis) code(c *analysis.Coder) {
	c.Flag(&f.whole)
	c.Text(&f.key)
	analysis.List(c, &f.names, c.Text)
	analysis.List(c, &f.pointers, func(p *markdown.Pointer) {
		c.Text(&p.Destination)
		c.Flag(&p.Image)
		codeSpot(c, &p.At)
	})
	analysis.List(c, &f.absent, func(a *absentee) {
		c.Text(&a.written)
		c.Text(&a.path)
		codeSpot(c, &a.at)
	})
	collection.CodeProblems(c, &f.problems)
	analysis.List(c, &f.included, func(d *dependency) {
		c.Text(&d.path)
		c.Text(&d.blob)
	})
}

func codeSpot(c *analysis.Coder, s *markdown.Spot) {
	collection.CodePlace(c, &s.Place)
	c.Flag(&s.Exact)
}

// has reports whether the page has the id.
func (f *chapterAnalysis) has(id string) bool {
	_, found := slices.BinarySearch(f.names, id)
	return found
}

// analysisKind names the analysis of a chapter. It depends on where it is, since
// that says which files it includes, and on the dialect that it is written in.
// The number is that of the form in which they are kept.
func (ch *chapter) analysisKind() string {
	return "mdbook-chapter-7" + ch.dialect.String() + ch.textKey + ":" + ch.name
}

// recall takes the cached analysis, if the chapter includes the same as
// when they were found: what it includes is a function of its own text and of
// what was included before.
func (ch *chapter) recall(blob string) (bool, error) {
	var f chapterAnalysis
	if !analysis.Load(ch.kept, ch.analysisKind(), blob, f.code) {
		return false, nil
	}
	for _, d := range f.included {
		now, err := ch.contentOf(d.path)
		if err != nil || now != d.blob {
			return false, err
		}
	}
	ch.chapterAnalysis = f
	return true, nil
}

// keep stores the analysis, if they can be recognised again.
func (ch *chapter) keep(blob string) {
	nameless := func(d dependency) bool { return d.blob == "" }
	if !slices.ContainsFunc(ch.included, nameless) {
		analysis.Store(ch.kept, ch.analysisKind(), blob, ch.chapterAnalysis.code)
	}
}

// contentOf is the id of a file's content: absent, or empty if nobody knows it.
func (ch *chapter) contentOf(name string) (string, error) {
	ok, err := ch.files.Exists(name)
	if !ok || err != nil {
		return absent, err
	}
	return ch.files.BlobID(name)
}

// hiddenKey names what book.toml says of hidden lines; empty if nothing.
func hiddenKey(hidelines map[string]string) string {
	var b strings.Builder
	for _, language := range slices.Sorted(maps.Keys(hidelines)) {
		fmt.Fprintf(&b, "-%q=%q", language, hidelines[language])
	}
	return b.String()
}
