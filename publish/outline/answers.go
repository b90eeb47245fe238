package outline

import (
	"cmp"
	"context"
	"slices"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// Answer is an exercise whose solutions belong in a list of answers.
type Answer struct {
	Exercise *cnxml.Node
	Box      *cnxml.Node // the example or note that it stands in; nil if there is none
	EndOnly  bool        // only of its solutions that are to stand at the end
	From     *ModuleText
	At       *Page // where the exercise is

	rank int // of what the exercise stands in, on that page
}

// answer is one within its module.
type answer struct {
	exercise *cnxml.Node
	endOnly  bool
	section  int
	box      *cnxml.Node
}

// AnswersIn has the answers that a generated page shows, by the pages on which
// the exercises are and in their order. An error is one of reading the texts.
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
			all = append(all, Answer{a.exercise, a.box, a.endOnly, from, at, ranks[s]})
		}
	}
	slices.SortStableFunc(all, func(a, b Answer) int { return cmp.Or(InOrder(a.At, b.At), a.rank-b.rank) })
	return all, nil
}
