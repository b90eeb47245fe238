package outline

import "slices"

// layout says which sections of a chapter move to its end: the section pages in
// their order, each with the classes of the sections that it shows.
type layout []sectionPage

// sectionPage is a page of sections at the end of a chapter.
type sectionPage struct {
	name    string   // key of messages.Sections, and of the repository's titles
	classes []string // of the sections that it shows
	headed  bool     // there is a heading for each class, else they are one kind
}

// layoutOf is the chapter layout of a book by the style that it names.
func layoutOf(style string) layout {
	if r, ok := layouts[style]; ok {
		return r
	}
	return textbook
}

// textbook has the classes of OpenStax's books in the order of their chapters'
// ends: what is to be remembered, then what is to be done, then where more can
// be read. Exercises whose readers find them below their section stay there:
// those are of other classes (section-exercises, check-understanding,
// practice-problems), as are objectives and introductions.
var textbook = layout{
	single("summary", "section-summary", "chapter-review"),
	single("key-concepts"),
	single("key-equations"),
	single("key-formulas"),
	single("formula-review"),
	single("review-questions"),
	single("concept", "conceptual-questions", "concept-questions"),
	single("practice"),
	single("bring-together-exercises"),
	single("homework", "free-response"),
	single("bring-together-homework"),
	single("questions"),
	single("self-check-questions"),
	single("multiple-choice"),
	single("short-answer"),
	single("critical-thinking"),
	single("personal-application", "personal-application-questions"),
	single("problems"),
	single("problems-exercises"),
	single("additional-problems"),
	single("challenge-problems"),
	single("performance"),
	single("extended-response"),
	single("review-exercises", "chapter-review-exercises"),
	single("practice-test"),
	single("references"),
	single("further-research"),
	single("suggested-reading", "further-reading"),
}

func single(name string, others ...string) sectionPage {
	return sectionPage{name: name, classes: append([]string{name}, others...)}
}

func headed(name string, classes ...string) sectionPage {
	return sectionPage{name: name, classes: classes, headed: true}
}

// layouts are those of styles that differ.
var layouts = map[string]layout{
	"hs-physics": {
		single("summary"),
		single("key-equations"),
		headed("chapter-review", "concept", "critical-thinking", "problems", "performance"),
		headed("test-prep", "multiple-choice", "short-answer", "extended-response"),
		single("references", "References"),
	},
}

// layoutFor is the chapter layout of a book: the repository's own list, or that of the
// book's style, or none.
func (o *Options) layoutFor(style string) layout {
	switch {
	case !o.Collected:
		return nil
	case o.Sections != nil:
		var own layout
		for _, class := range o.Sections {
			own = append(own, single(class))
		}
		return own
	}
	return layoutOf(style)
}

// of is the index of the section page that shows sections of the class attribute, and
// which of its classes that is; -1 if none does.
func (l layout) of(class string) (page, within int) {
	for i, e := range l {
		if j := slices.IndexFunc(e.classes, func(c string) bool { return HasClass(class, c) }); j >= 0 {
			return i, j
		}
	}
	return -1, -1
}
