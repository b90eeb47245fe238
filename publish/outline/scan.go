package outline

import (
	"context"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// scan has what a book needs to know of a module before any page is written.
// It is a function of the module's text alone: what depends on the language, on
// the recipe, on settings or on other modules is found when the book is opened. A
// book has the scans of all its modules at once, so what is asked of one module
// at a time is packed.
type scan struct {
	title    *cnxml.Node // nil if there is none; see short
	sections []section   // those with a class, which may be collected elsewhere
	defines  bool        // there are definitions,
	indexed  bool        // terms,
	answers  bool        // solutions that belong in a list of answers,
	cites    bool        // and references
	hidden   []string    // ids of what is for teachers, sorted
	nodes    int         // how large the text is

	targets     packed[Target]      // what links can call by a name, and what is counted, in document order
	ids         packed[Place]       // each once, in document order
	links       packed[Link]        // each kind of each section once, in document order
	definitions packed[*cnxml.Node] // of the glossary, whole
	terms       packed[indexed]     // what a book's index leads to
	references  packed[*cnxml.Node] // whole, in document order
}

// Sections that are none: most of a text is in no section, and the glossary has
// its own.
const (
	NoSection  = -1
	InGlossary = -2
)

// section is one with a class that stands in the text itself or in another section.
type section struct {
	class  string
	line   int // of its start tag
	column int
	id     string
	title  *cnxml.Node // nil if it has none; see short
	parent int         // the section that it stands in, or noSection
}

// indexed is a term in the text.
type indexed struct {
	node      *cnxml.Node // see short
	id        string      // empty if it has none
	section   int
	index     string // which of several it belongs in; empty if it does not say
	reference string // what it is called in an index, if that is something else
	name      string // of a person, as it is sorted
	born      string
	died      string
}

// Target is an element that links can call by a name.
type Target struct {
	near    int         // the target that it stands in; -1: the page
	counted bool        // it takes part in the numbering if the recipe says so
	custom  string      // text of its own label
	title   *cnxml.Node // nil if it has none; see short
	label   string      // class of a note without a title
	ID      string      // its own, if it is counted or an exercise
	section int         // that it stands in

	Answers Solutions // of an exercise
	countable
}

// Solutions are how many of an exercise belong in a list of answers.
type Solutions struct {
	end      int // wherever the exercise stands
	unplaced int // if the recipe says so
}

// Any reports whether there are any.
func (s Solutions) Any() bool { return s.end+s.unplaced > 0 }

// Place is an id with the target and the section that it is in.
type Place struct {
	ID      string
	Section int
	target  int // -1: the page
}

// Link is an element that links somewhere.
type Link struct {
	Node    *cnxml.Node // what says where, without children
	Empty   bool        // it has no text of its own
	Section int
}

// Scan puts the scan of a module into the cache under the module's key. It is
// for those who have parsed the text for another reason, to save the next parse.
func Scan(cache analysis.Cache, key string, text *collection.Text) {
	var known scan
	if !analysis.Load(cache, scanKind, key, known.code) {
		analysis.Store(cache, scanKind, key, scanOf(text).code)
	}
}

// scanFor is the scan of a module: from the cache, or else of its text and
// then kept.
func scanFor(ctx context.Context, cache analysis.Cache, m *collection.Module) (*scan, error) {
	f := &scan{}
	if analysis.Load(cache, scanKind, m.Key, f.code) && f.whole() {
		return f, nil
	}
	text, err := m.Text(ctx)
	if err != nil {
		return nil, err
	}
	f = scanOf(text)
	analysis.Store(cache, scanKind, m.Key, f.code)
	return f, nil
}

// scanAll has the scans of the modules of a table of contents. Those that are
// not in the cache are made on all cores.
func scanAll(ctx context.Context, cache analysis.Cache, entries []collection.Entry) (map[*collection.Module]*scan, error) {
	all := map[*collection.Module]*scan{}
	forModules(entries, func(m *collection.Module) { all[m] = nil })
	modules := make([]*collection.Module, 0, len(all))
	for m := range all {
		modules = append(modules, m)
	}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, m := range modules {
		g.Go(func() error {
			f, err := scanFor(ctx, cache, m)
			mu.Lock()
			defer mu.Unlock()
			all[m] = f
			return err
		})
	}
	return all, g.Wait()
}

// forModules calls f for the modules of a table of contents, some of them more
// than once.
func forModules(entries []collection.Entry, f func(*collection.Module)) {
	for _, e := range entries {
		switch {
		case e.Subcollection != nil:
			forModules(e.Subcollection.Entries, f)
		case e.Module != nil:
			f(e.Module)
			forModules(e.Children, f)
		}
	}
}
