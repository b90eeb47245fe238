// Package recipe says how books are printed: which sections of a chapter are
// collected at its end, in which order and under which title, and what has a
// number. The facts are in recipes.toml, one recipe for each style of OpenStax,
// with a default for books of any other. A book names its style in its list of
// books; settings may add styles and classes.
//
//   - A style is a recipe as it is written in a file.
//   - A Recipe is what holds for one book: its style and what the settings add.
//   - A Page collects sections of some classes at the end of a chapter.
//   - A Counter gives numbers to elements of one kind.
package recipe

import (
	"slices"
	"strings"
)

// Style is a recipe as a file has it. The comment of recipes.toml says what its
// keys mean.
type Style struct {
	Like         string            `toml:"like"`
	Pages        []Page            `toml:"pages"`
	Stay         []string          `toml:"stay"`
	Apart        []string          `toml:"apart"`
	Exercises    string            `toml:"exercises"`
	Others       *bool             `toml:"others"`
	Notes        []Note            `toml:"notes"`
	PerPage      []string          `toml:"per-page"`
	Skip         []string          `toml:"skip"`
	Between      string            `toml:"between"`
	Labelled     []string          `toml:"labelled"`
	Answers      []string          `toml:"answers"` // nil: all
	AnswersFirst *bool             `toml:"answers-first"`
	Outline      *bool             `toml:"outline"`
	Indexes      []string          `toml:"indexes"`
	Labels       map[string]string `toml:"labels"`
	NoteTitles   map[string]string `toml:"note-titles"`
}

// What a Page shows besides sections of its class.
const (
	Glossary   = "glossary"   // the definitions of a chapter
	Answers    = "answers"    // the solutions of its exercises
	References = "references" // on a page of the book: its references too, the notes of that class in sentences
)

// book is the Place of a page at the end of the book.
const book = "book"

// Page is one at the end of a chapter or of the book.
type Page struct {
	Show     string            `toml:"show"`
	Also     []string          `toml:"also"`
	Parts    []string          `toml:"parts"`
	Title    string            `toml:"title"`
	Titles   map[string]string `toml:"titles"`
	ByModule bool              `toml:"by-module"`
	Sign     string            `toml:"sign"`
	Under    string            `toml:"under"`
	Place    string            `toml:"place"`
}

// Classes are the classes of the sections that the page shows.
func (p *Page) Classes() []string {
	switch {
	case p.Show == Glossary, p.Show == Answers:
		return nil
	case len(p.Parts) > 0:
		return p.Parts
	}
	return append([]string{p.Show}, p.Also...)
}

// Headed reports whether the page has a heading for each of its classes; else
// they are one kind.
func (p *Page) Headed() bool { return len(p.Parts) > 0 }

// OfBook reports whether the page stands at the end of the book, for all of its
// chapters: one page of sections, and one of answers for each chapter.
func (p *Page) OfBook() bool { return p.Place == book }

// TitleIn is the title of the page in a language, given by its primary subtag;
// empty if the recipe has none.
func (p *Page) TitleIn(language string) string {
	if language == "en" {
		return p.Title
	}
	return p.Titles[language]
}

// Note is a class of notes that have a number.
type Note struct {
	Class    string `toml:"class"`
	Count    string `toml:"count"`
	NumberOf string `toml:"number-of"`
	Sign     string `toml:"sign"`
}

// Recipe is what holds for one book.
type Recipe struct {
	Name         string // of the style; empty for the default
	Pages        []Page // at the end of each chapter
	Counters     []Counter
	Others       bool // exercises outside of the sections that the recipe knows are numbered
	AnswersFirst bool
	Between      string   // between the chapter and the number of an exercise; empty for a point
	Outline      bool     // introductions have an outline of their chapters
	Indexes      []string // of the book; empty if there is one for all terms
	Labels       map[string]string
	NoteTitles   map[string]string

	exercises map[string]int // counters by class of section
	notes     map[string]int // counters by class of note
	labelled  []string       // classes of notes
	answers   map[string]int // in the order of the answer key
	all       bool           // solutions of all exercises are in the answer key
	skip      []string
}

// Of returns the recipe for a book of a style, with what the settings say.
func Of(style string, own *Own) *Recipe {
	if own == nil {
		own = &Own{}
	}
	if own.Style != "" {
		style = own.Style
	}
	s, known := own.style(style)
	s = own.add(s)
	r := compile(s)
	if known {
		r.Name = style
	}
	return r
}

// Collect makes the recipe collect sections of these classes alone, in this order
// after the glossary, each on a page of its own. Exercises of other classes are
// numbered where they stand, and answers stay where the recipe has them.
func (r *Recipe) Collect(classes []string) {
	pages := []Page{{Show: Glossary}}
	if answers := r.Shows(Answers); answers != nil {
		defer func() { r.Pages = append(r.Pages, *answers) }()
	}
	for _, class := range classes {
		page := Page{Show: class, ByModule: true}
		if i := slices.IndexFunc(r.Pages, func(p Page) bool { return p.Show == class && !p.Headed() }); i >= 0 {
			page = r.Pages[i]
			page.Also = nil
		}
		pages = append(pages, page)
		if _, known := r.exercises[class]; !known {
			r.exercises[class] = slices.Index(Elements, "exercise")
		}
	}
	r.Pages = pages
}

// Printed reports whether the program knows how the book is printed. If it does
// not, all that authors write is shown where they have written it.
func (r *Recipe) Printed() bool { return r.Name != "" }

// Shows returns the page that shows something else than sections: Glossary or
// Answers; nil if the recipe does not say where that is.
func (r *Recipe) Shows(what string) *Page {
	if i := slices.IndexFunc(r.Pages, func(p Page) bool { return p.Show == what }); i >= 0 {
		return &r.Pages[i]
	}
	return nil
}

// Reference is the counter of references in the text, -1 if the book has no page
// of them.
func (r *Recipe) Reference() int {
	if p := r.Shows(References); p != nil && p.OfBook() {
		return len(Elements)
	}
	return -1
}

// Page returns the index of the page that collects sections of a class attribute, and
// which of its classes that is; -1 if none does.
func (r *Recipe) Page(class string) (page, within int) {
	names := strings.Fields(class)
	for i := range r.Pages {
		j := slices.IndexFunc(r.Pages[i].Classes(), func(c string) bool { return slices.Contains(names, c) })
		if j >= 0 {
			return i, j
		}
	}
	return -1, -1
}

// Knows reports whether the recipe says of a class attribute where its sections stand
// and how their exercises are counted.
func (r *Recipe) Knows(class string) bool {
	_, known := lookup(r.exercises, class)
	return known
}

// Exercise returns the counter of an exercise in a section of a class attribute, -1 if it has
// no number, and whether the recipe knows the class.
func (r *Recipe) Exercise(class string) (counter int, known bool) {
	return lookup(r.exercises, class)
}

// Note returns the counter of notes of a class attribute, -1 if they have no number.
func (r *Recipe) Note(class string) int {
	if i, ok := lookup(r.notes, class); ok {
		return i
	}
	return -1
}

// InKey reports whether the solutions of exercises in a section or a note of a class attribute
// are in the answer key; all holds for exercises of which the recipe says nothing.
func (r *Recipe) InKey(class string, all bool) bool {
	if r.all {
		return all
	}
	_, in := lookup(r.answers, class)
	return in
}

// AnswersOf is the class of those of the answer key that a note of a class attribute
// has, and its place among them; empty if it has none.
func (r *Recipe) AnswersOf(class string) (name string, place int) {
	for _, c := range strings.Fields(class) {
		if place, in := r.answers[c]; in {
			return c, place
		}
	}
	return "", 0
}

// Labelled is the class of a note of a class attribute whose label stands before
// the author's title; empty if the title stands alone.
func (r *Recipe) Labelled(class string) string {
	for _, c := range strings.Fields(class) {
		if slices.Contains(r.labelled, c) {
			return c
		}
	}
	return ""
}

// Skips reports whether elements of a name use up a number although they have
// none.
func (r *Recipe) Skips(element string) bool { return slices.Contains(r.skip, element) }

// lookup returns the value of the first name of a class attribute that the map has.
func lookup[T any](m map[string]T, class string) (value T, ok bool) {
	for _, c := range strings.Fields(class) {
		if value, ok = m[c]; ok {
			return value, true
		}
	}
	return value, false
}
