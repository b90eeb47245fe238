package outline

import (
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/recipe"
)

// Starts say where the counting begins in a module.
type Starts struct {
	Own   Start
	Moved map[int]Start // by section: those that other pages show
}

// Start is a place in the numbering.
type Start struct {
	Chapter string // what the numbers begin with; may be empty
	Counts  Counts // how many the chapter has before, or the page
}

// Counts are the numbers of elements that have been counted, by the counters of
// the recipe.
type Counts [recipe.MaxCounters]int

func (c *Counts) add(more Counts) {
	for i, n := range more {
		c[i] += n
	}
}

// number counts an element and returns its number; empty if it has none.
func (s *Start) number(r *recipe.Recipe, counter int, c *countable) string {
	if counter < 0 {
		return ""
	}
	by := &r.Counters[counter]
	n := s.Counts[max(by.Repeats, 0)]
	if by.Repeats < 0 {
		s.Counts[counter]++
		n = s.Counts[counter]
	}
	if n == 0 || c.unnumbered || c.name == "equation" && r.Name != "" && (s.Chapter == "" || recipe.IsAppendix(s.Chapter)) {
		return ""
	}
	return by.Number(s.Chapter, n)
}

// countable is what the recipe goes by to number an element.
type countable struct {
	name       string
	class      string // of a note
	unnumbered bool   // by its class
	box        string // class of the note that an exercise stands in; see inExample
	solved     bool   // it stands in a solution that may leave for the answer key,
	solvedBox  string // of an exercise with this box
}

// Boxes that are no note with a class. The recipe has no such classes.
const (
	inExample = "(example)"
	inNote    = "(note)"
)

// boxOf is the box that an example or a note is.
func boxOf(n *cnxml.Node) string {
	if n.Is("example") {
		return inExample
	}
	return strings.TrimSpace(n.Attr("class") + " " + inNote)
}

// countableOf says how an element would be counted, and whether it may be. An
// author takes the number away by the class "unnumbered"; of figures and tables,
// a recipe may count those too.
func countableOf(n *cnxml.Node, at spot) (c countable, ok bool) {
	if n.Space != cnxml.CNXML || at.section == InGlossary {
		return c, false
	}
	class := n.Attr("class")
	c = countable{name: n.Name, unnumbered: HasClass(class, "unnumbered"), solved: at.solved, solvedBox: at.solvedBox}
	switch n.Name {
	case "note":
		if IsReference(n) {
			c.name = reference
			return c, true
		}
		c.class = class
		return c, class != "" && !c.unnumbered
	case "exercise":
		c.box = at.box
		return c, !c.unnumbered && n.Attr("type") != "check-understanding"
	case "figure":
		return c, !c.unnumbered && !at.figure && n.ID() != "" && !HasClass(class, "listing") // mdBook's have numbers in their captions
	case "table":
		return c, true
	}
	return c, !c.unnumbered && slices.Contains(recipe.Elements, n.Name)
}

// counter is the counter of an element in a section of a page's module; -1 if it
// is not counted.
func (o *Outline) counter(p *Page, c *countable, section int) int {
	switch {
	case c.name == "note":
		return o.Recipe.Note(c.class)
	case c.name == reference && o.ByModule[p.Module.ID].In == nil:
		return -1
	case c.name == reference:
		return o.Recipe.Reference()
	case c.name == "exercise":
		return o.exerciseCounter(p, c, section)
	case c.unnumbered && !o.Recipe.Skips(c.name), o.leaves(p, c, section):
		return -1
	}
	return slices.Index(recipe.Elements, c.name)
}

// exerciseCounter is that of the innermost section of which the recipe says
// something. Exercises in boxes are not counted.
func (o *Outline) exerciseCounter(p *Page, c *countable, section int) int {
	if c.box != "" {
		return -1
	}
	for s := section; s >= 0; s = p.scan.sections[s].parent {
		if counter, known := o.Recipe.Exercise(p.scan.sections[s].class); known {
			return counter
		}
	}
	if o.Recipe.Others {
		return slices.Index(recipe.Elements, "exercise")
	}
	return -1
}

// leaves reports whether an element leaves its page before anything is counted,
// as it is in a solution.
func (o *Outline) leaves(p *Page, c *countable, section int) bool {
	return c.solved && o.Recipe.AnswersFirst && o.inKey(p, c.solvedBox, section)
}

// inKey reports whether the solutions of an exercise in a box and a section of a
// page's module are in the answer key, if their author does not say where they
// stand.
func (o *Outline) inKey(p *Page, box string, section int) bool {
	if box != "" {
		return o.Recipe.InKey(box, false)
	}
	for s := section; s >= 0; s = p.scan.sections[s].parent {
		if class := p.scan.sections[s].class; o.Recipe.Knows(class) || o.Recipe.InKey(class, false) {
			return o.Recipe.InKey(class, true)
		}
	}
	return o.Recipe.InKey("", true)
}

// tally is what a page's module counts, by the home of its sections; see Home.
// It also notes whether the module has answers for the answer key.
func (o *Outline) tally(p *Page) map[int]Counts {
	at := map[int]Counts{}
	for _, t := range unpack(p.scan.targets, codeTarget) {
		if !t.counted {
			continue
		}
		counter := o.counter(p, &t.countable, t.section)
		if counter < 0 || o.Recipe.Counters[counter].Repeats >= 0 {
			continue
		}
		home := p.Home(t.section)
		sum := at[home]
		sum[counter]++
		at[home] = sum
	}
	return at
}

// hasAnswers reports whether a page's module has solutions for an answer key.
func (o *Outline) hasAnswers(p *Page) bool {
	return p.scan.answers && slices.ContainsFunc(unpack(p.scan.targets, codeTarget), func(t Target) bool { return o.answers(p, &t) > 0 })
}

// answers is how many solutions of an exercise are in the answer key.
func (o *Outline) answers(p *Page, t *Target) int {
	if t.Answers.unplaced > 0 && o.inKey(p, t.box, t.section) {
		return t.Answers.end + t.Answers.unplaced
	}
	return t.Answers.end
}
