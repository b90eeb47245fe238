package render

import "slices"

// recipe says which sections of a chapter are taken to its end: the pages there
// in their order, each with the classes of the sections that it shows.
type recipe []ending

// ending is a page at the end of a chapter.
type ending struct {
	name    string   // key of messages.Sections, and of the repository's titles
	classes []string // of the sections that it shows
	headed  bool     // there is a heading for each class, else they are one kind
}

// recipeOf is the recipe of a book by the style that it names.
func recipeOf(style string) recipe {
	if r, ok := recipes[style]; ok {
		return r
	}
	return textbook
}

// textbook has the classes of OpenStax's books in the order of their chapters'
// ends: what is to be remembered, then what is to be done, then where more can
// be read. Exercises whose readers find them below their section stay there:
// those are of other classes (section-exercises, check-understanding,
// practice-problems), as are objectives and introductions.
var textbook = recipe{
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

func single(name string, others ...string) ending {
	return ending{name: name, classes: append([]string{name}, others...)}
}

func headed(name string, classes ...string) ending {
	return ending{name: name, classes: classes, headed: true}
}

// recipes are those of styles that differ.
var recipes = map[string]recipe{
	"hs-physics": {
		single("summary"),
		single("key-equations"),
		headed("chapter-review", "concept", "critical-thinking", "problems", "performance"),
		headed("test-prep", "multiple-choice", "short-answer", "extended-response"),
		single("references", "References"),
	},
}

// endings is the recipe for a book: the repository's own list, or that of the
// book's style, or none.
func (o *Options) endings(style string) recipe {
	switch {
	case !o.Collected:
		return nil
	case o.Sections != nil:
		var own recipe
		for _, class := range o.Sections {
			own = append(own, single(class))
		}
		return own
	}
	return recipeOf(style)
}

// of is the index of the ending that shows sections of the class attribute, and
// which of its classes that is; -1 if none does.
func (r recipe) of(class string) (ending, within int) {
	for i, e := range r {
		if j := slices.IndexFunc(e.classes, func(c string) bool { return hasClass(class, c) }); j >= 0 {
			return i, j
		}
	}
	return -1, -1
}
