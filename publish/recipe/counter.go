package recipe

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// MaxCounters bounds the counters of a recipe.
const MaxCounters = 33

// Elements are those that have the first counters of every recipe, in their order.
// The next counter is that of references in the text.
var Elements = []string{"equation", "example", "exercise", "figure", "table"}

// Counter numbers elements of one kind.
type Counter struct {
	Element string // "figure", "note"
	PerPage bool   // begins at 1 on each page, else in each chapter
	Plain   bool   // the number leaves out the chapter
	Sign    string // before the number
	Between string // between the chapter and the number, a point if it is empty
	Repeats int    // the counter whose last number it repeats; -1 if it counts
}

// Number writes the number of the n-th element. The chapter may be empty; that of an
// appendix is a letter, with no point behind it.
func (c *Counter) Number(chapter string, n int) string {
	number := strconv.Itoa(n)
	switch {
	case c.Plain || c.Sign != "" || chapter == "":
		return c.Sign + number
	case IsAppendix(chapter):
		return chapter + number
	}
	return chapter + cmp.Or(c.Between, ".") + number
}

// IsAppendix reports whether the number of a chapter is the letter of an appendix.
func IsAppendix(chapter string) bool { return chapter != "" && chapter[0] >= 'A' && chapter[0] <= 'Z' }

// compile makes the recipe of a style, which has been checked.
func compile(s Style) *Recipe {
	r := &Recipe{
		Pages: s.Pages, Others: s.Others != nil && *s.Others, AnswersFirst: s.AnswersFirst != nil && *s.AnswersFirst,
		Between: s.Between, Outline: s.Outline == nil || *s.Outline, Indexes: s.Indexes, Labels: s.Labels, NoteTitles: s.NoteTitles, skip: s.Skip,
		exercises: map[string]int{}, notes: map[string]int{}, answers: map[string]int{}, labelled: s.Labelled, all: s.Answers == nil,
	}
	for _, name := range Elements {
		c := Counter{Element: name, Repeats: -1}
		c.PerPage = slices.Contains(s.PerPage, name) || name == "exercise" && s.Exercises == "page"
		c.Plain = slices.Contains(s.PerPage, name)
		if name == "exercise" {
			c.Between = s.Between
		}
		r.Counters = append(r.Counters, c)
	}
	r.Counters = append(r.Counters, Counter{Element: "reference", Plain: true, Repeats: -1})
	r.countSections(s)
	for _, n := range s.Notes {
		r.notes[n.Class] = r.counter(Counter{Element: "note", PerPage: n.Count == "page", Sign: n.Sign, Repeats: slices.Index(Elements, n.NumberOf)})
	}
	for i, class := range s.Answers {
		r.answers[class] = i
	}
	return r
}

// countSections gives the classes of sections their counters.
func (r *Recipe) countSections(s Style) {
	usual := slices.Index(Elements, "exercise")
	if s.Exercises == "none" {
		usual, r.Others = -1, false
	}
	for _, class := range s.Stay {
		r.exercises[class] = usual
	}
	if len(s.Apart) > 0 {
		apart := r.counter(Counter{Element: "exercise", PerPage: s.Exercises == "page", Between: s.Between, Repeats: -1})
		for _, class := range s.Apart {
			r.exercises[class] = apart
		}
	}
	for i := range s.Pages {
		at := usual
		if sign := s.Pages[i].Sign; sign != "" {
			at = r.counter(Counter{Element: "exercise", PerPage: true, Sign: sign, Repeats: -1})
		}
		for _, class := range s.Pages[i].Classes() {
			r.exercises[class] = at
		}
	}
}

// counter adds a counter and returns its index; -1 if there are too many.
func (r *Recipe) counter(c Counter) int {
	if len(r.Counters) == MaxCounters {
		return -1
	}
	r.Counters = append(r.Counters, c)
	return len(r.Counters) - 1
}

// Numbering is different for recipes that number anything differently or call it
// by another name.
func (r *Recipe) Numbering() string {
	return fmt.Sprint(r.Name, r.Counters, r.Others, r.AnswersFirst, r.Labels, r.NoteTitles,
		sorted(r.exercises), sorted(r.notes), sorted(r.answers), r.all, r.skip, r.Reference(), r.labelled)
}

func sorted[T any](m map[string]T) string {
	s := ""
	for _, k := range slices.Sorted(maps.Keys(m)) {
		s += fmt.Sprint(k, "=", m[k], ";")
	}
	return s
}
