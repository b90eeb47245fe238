package render

import (
	"context"
	"strconv"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// answerKey writes the answers of a chapter: those of notes by their class, and
// others by the pages on which the exercises are.
func (r *renderer) answerKey(ctx context.Context) error {
	all, err := r.AnswersIn(ctx, r.page)
	if err != nil {
		return err
	}
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].Under == all[0].Under && (all[0].Under != "" || all[n].At == all[0].At) {
			n++
		}
		r.w.Element("section", []attr{{"class", "answers"}}, func() {
			end := r.heading(nil, func() {
				if all[0].Under != "" {
					r.w.Text(all[0].Under)
				} else {
					r.pageLink(all[0].At)
				}
			})
			for _, a := range all[:n] {
				r.src = a.From
				r.answer(a)
			}
			end()
		})
		all = all[n:]
	}
	return nil
}

// answer writes the solutions of an exercise behind its number, which leads
// back to it. The ids in them belong to the place where they stand first.
func (r *renderer) answer(a outline.Answer) {
	attrs := []attr{{"class", "answer"}}
	id := a.Exercise.ID()
	if outline.ValidID(id) {
		own := id
		for r.seen[own] {
			own = r.src.Module.ID + "-" + own
		}
		r.seen[own] = true
		attrs = append([]attr{{"id", own}}, attrs...)
	}
	r.w.Element("div", attrs, func() {
		number, class := r.exerciseNumber(a.Exercise), "number"
		if number == "" && a.Box != nil {
			number = r.src.Numbers[a.Box]
		}
		if number == "" {
			number, class = r.Messages.Labels["exercise"].In(""), "word"
		}
		r.w.Element("a", []attr{{"class", class}, {"href", r.hrefOf(a.At, r.src.Module.ID, id)}}, func() { r.w.Text(number) })
		r.bare++
		count, several := 0, countOf(a.Exercise, "solution") > 1
		for _, c := range a.Exercise.Children {
			if c.Is("solution") && !outline.IsHidden(c) {
				count++ // as below the exercise
			}
			if outline.IsAnswer(c, a.EndOnly) {
				r.w.Element("div", []attr{{"class", "solution"}}, func() { r.answerText(c, count, several) })
			}
		}
		r.bare--
	})
}

// answerText writes a solution below its title; one of several has its number
// in place of that.
func (r *renderer) answerText(solution *cnxml.Node, count int, several bool) {
	title := solution.Child("title")
	switch {
	case !title.IsBlank():
		r.w.Element("div", []attr{{"class", "title"}}, r.lineInside(title))
	case several:
		r.w.Element("div", []attr{{"class", "title"}}, func() { r.w.Text(r.Messages.Labels["solution"].In("") + " " + strconv.Itoa(count)) })
	}
	r.blocks(solution, "title", "label")
}
