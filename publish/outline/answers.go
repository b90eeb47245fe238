package outline

import (
	"cmp"
	"context"
	"slices"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// maxAnswers is more than the classes that an answer key has.
const maxAnswers = 1000

// Answer is an exercise whose solutions belong in a list of answers.
type Answer struct {
	Exercise *cnxml.Node
	Box      *cnxml.Node // the example or note that it stands in; nil if there is none
	EndOnly  bool        // only of its solutions that are to stand at the end
	From     *ModuleText
	At       *Page  // where the exercise is
	Under    string // what all notes of the box's class are called, if these answers stand together

	place, rank int // of these notes in the answer key, and of what the exercise stands in, on that page
}

// answer is one within its module.
type answer struct {
	exercise *cnxml.Node
	endOnly  bool
	section  int
	box      *cnxml.Node
}

// AnswersIn has the answers that a generated page shows: first those of notes, by the
// classes that the answer key has, then the others by the pages on which the
// exercises are and in their order. An error is one of reading the texts.
func (o *Outline) AnswersIn(ctx context.Context, page *Page) ([]Answer, error) {
	var all []Answer
	for _, e := range page.Excerpts {
		from, err := o.ModuleText(ctx, e.Of)
		if err != nil {
			return nil, err
		}
		ranks := e.Of.Ranks()
		for _, a := range from.answers {
			s := e.Of.Home(a.section)
			at := e.Of
			if s >= 0 {
				at = e.Of.Sections[s]
			}
			answer := Answer{Exercise: a.exercise, Box: a.box, EndOnly: a.endOnly, From: from, At: at, rank: ranks[s]}
			if a.box != nil && a.box.Is("note") {
				if class, place := o.Recipe.AnswersOf(a.box.Attr("class")); class != "" {
					answer.Under, answer.place = cmp.Or(o.noteText("", class), inWords(class)), place-maxAnswers
				}
			}
			all = append(all, answer)
		}
	}
	slices.SortStableFunc(all, func(a, b Answer) int {
		return cmp.Or(a.place-b.place, InOrder(a.At, b.At), a.rank-b.rank)
	})
	return all, nil
}
