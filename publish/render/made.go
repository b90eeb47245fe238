package render

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// made writes a page that is made of others.
func (r *renderer) made(ctx context.Context) error {
	switch r.page.Kind {
	case Collected:
		if err := r.collected(ctx); err != nil {
			return err
		}
	case Answers:
		if err := r.answerKey(ctx); err != nil {
			return err
		}
		r.problems = nil
	case Glossary:
		if r.hasDefinitions() {
			r.keyTerms()
			break
		}
		r.bookGlossary()
		r.problems = nil // they are told where the definitions stand
	case Index:
		r.bookIndex()
		r.problems = nil
	case About:
		r.about()
	}
	r.footnoteSection()
	r.lostIDs()
	return nil
}

// hasDefinitions reports whether the page is where definitions stand, and not a
// second place for them.
func (r *renderer) hasDefinitions() bool {
	return slices.ContainsFunc(r.page.parts, func(p part) bool { return p.glossary })
}

// collected writes sections of a chapter, below the title of the page that each
// is from.
func (r *renderer) collected(ctx context.Context) error {
	end := func() {}
	for i, part := range r.page.parts {
		if r.page.ending.headed && (i == 0 || r.page.parts[i-1].class != part.class) {
			end()
			end = r.heading(nil, r.lineInside(r.madeTitle(r.page, part.class)))
		}
		if err := r.collectedFrom(ctx, part); err != nil {
			return err
		}
	}
	end()
	return nil
}

func (r *renderer) collectedFrom(ctx context.Context, part part) error {
	from, err := r.Book.source(ctx, part.of)
	if err != nil {
		return err
	}
	r.src = from
	title := oneLine(r.madeTitle(r.page, part.class).ReadableText())
	if !r.page.ending.headed {
		title = r.page.PlainTitle
	}
	r.w.Element("section", []attr{{"class", "from"}}, func() {
		end := r.heading(nil, func() { r.pageLink(part.of) })
		for _, i := range part.sections {
			if i < len(from.sections) {
				r.collectedSection(from.sections[i], title)
			}
		}
		end()
	})
	return nil
}

// collectedSection writes one. Its title is left out where the page says it
// already.
func (r *renderer) collectedSection(n *cnxml.Node, said string) {
	title := oneLine(n.Child("title").ReadableText())
	name := "section"
	if title == "" || strings.EqualFold(title, said) || strings.EqualFold(title, r.page.PlainTitle) {
		name = "div" // a section of HTML has a heading
	}
	r.w.Element(name, r.attrs(n), func() {
		end := func() {}
		if name == "section" {
			end = r.titleHeading(n)
		}
		r.blocks(n, "title", "label")
		end()
	})
}

// pageLink leads to a page by its number and title.
func (r *renderer) pageLink(p *Page) {
	before := r.inLink
	r.inLink = true
	r.w.Element("a", []attr{{"href", address(p.Slug)}}, func() {
		if p.Number != "" {
			r.w.Element("span", []attr{{"class", "number"}}, func() { r.w.Text(p.Number) })
			r.w.Text(" ")
		}
		src := r.src
		r.src = noSource
		r.copyOf(p.title)
		r.src = src
	})
	r.inLink = before
}

// others are the pages that have something of a module's page, in their order.
func (p *Page) others() []*Page {
	var pages []*Page
	for _, to := range append(slices.Clone(p.sections), p.glossary) {
		if to != nil {
			pages = append(pages, to)
		}
	}
	slices.SortFunc(pages, inOrder)
	return slices.Compact(pages)
}

func inOrder(a, b *Page) int { return a.order - b.order }

// elsewhere says at the end of a module's page what of it is at the end of the
// chapter. Whoever comes by an old address finds the way from here.
func (r *renderer) elsewhere() {
	pages := r.page.others()
	if len(pages) == 0 {
		return
	}
	r.w.Element("section", []attr{{"class", "elsewhere"}}, func() {
		end := r.heading(nil, func() { r.w.Text(r.messages.Page.Moved) })
		r.w.Element("ul", nil, func() {
			ids := r.idsElsewhere()
			for _, to := range pages {
				r.pointer(to, ids[to])
			}
		})
		end()
	})
}

// pointer leads to what the page has on another one, and stands for the ids of
// the sections and numbered things there.
func (r *renderer) pointer(to *Page, ids []string) {
	first := ""
	r.w.Element("li", nil, func() {
		for i, id := range ids {
			if i == 0 {
				first = fragment(r.names(r.page.Module.ID).moved[id].id)
			}
			if r.claim(id) {
				r.w.Element("span", []attr{{"id", id}}, nil)
			}
		}
		r.w.Element("a", []attr{{"href", address(to.Slug) + first}}, func() { r.w.Text(to.PlainTitle) })
	})
}

// idsElsewhere are the ids of sections, numbered things and definitions of the
// page that are in other ones now, by those and in document order.
func (r *renderer) idsElsewhere() map[*Page][]string {
	n := r.names(r.page.Module.ID)
	if len(n.moved) == 0 {
		return nil
	}
	worth := make(map[string]bool, len(r.page.facts.sections)+len(n.things))
	for _, s := range r.page.facts.sections {
		worth[s.id] = true
	}
	for _, t := range n.things {
		worth[t.id] = true
	}
	for _, d := range unpack(r.page.facts.definitions, codeNode) {
		worth[d.ID()] = true
	}
	ids := map[*Page][]string{}
	for _, place := range n.ids {
		if a, ok := n.moved[place.id]; ok && worth[place.id] {
			ids[a.page] = append(ids[a.page], place.id)
		}
	}
	return ids
}

// answered is an exercise with its solutions.
type answered struct {
	exercise *cnxml.Node
	boxed    bool
	from     *source
	at       *Page // where the exercise is
	rank     int   // of what it stands in, on that page
}

// answerKey writes the answers of a chapter, by the pages on which its
// exercises are and in their order.
func (r *renderer) answerKey(ctx context.Context) error {
	var all []answered
	for _, p := range r.page.parts {
		from, err := r.Book.source(ctx, p.of)
		if err != nil {
			return err
		}
		ranks := p.of.ranks()
		for _, a := range from.answers {
			a.from, a.at = from, p.of
			s := p.of.home(a.rank)
			if a.rank = ranks[s]; s >= 0 {
				a.at = p.of.sections[s]
			}
			all = append(all, a)
		}
	}
	slices.SortStableFunc(all, func(a, b answered) int { return cmp.Or(a.at.order-b.at.order, a.rank-b.rank) })
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].at == all[0].at {
			n++
		}
		r.w.Element("section", []attr{{"class", "answers"}}, func() {
			end := r.heading(nil, func() { r.pageLink(all[0].at) })
			for _, a := range all[:n] {
				r.src = a.from
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
func (r *renderer) answer(a answered) {
	attrs := []attr{{"class", "answer"}}
	id := a.exercise.ID()
	if validID(id) {
		own := id
		for r.seen[own] {
			own = r.src.module.ID + "-" + own
		}
		r.seen[own] = true
		attrs = append([]attr{{"id", own}}, attrs...)
	}
	r.w.Element("div", attrs, func() {
		number, class := r.exerciseNumber(a.exercise), "number"
		if number == "" {
			number, class = r.messages.Labels["exercise"].In(""), "word"
		}
		r.w.Element("a", []attr{{"class", class}, {"href", r.hrefOf(a.at, r.src.module.ID, id)}}, func() { r.w.Text(number) })
		r.bare++
		count, several := 0, countOf(a.exercise, "solution") > 1
		for _, c := range a.exercise.Children {
			if c.Is("solution") && !isHidden(c) {
				count++ // as below the exercise
			}
			if isAnswer(c, a.boxed) {
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
		r.w.Element("div", []attr{{"class", "title"}}, func() { r.w.Text(r.messages.Labels["solution"].In("") + " " + strconv.Itoa(count)) })
	}
	r.blocks(solution, "title", "label")
}

// hrefOf is the address of an id of a module's on a page of the book.
func (r *renderer) hrefOf(at *Page, module, id string) string {
	n := r.names(module)
	if a, ok := n.moved[id]; ok {
		return address(a.page.Slug) + fragment(a.id)
	}
	if n.labels[id] == nil {
		return address(at.Slug)
	}
	return address(at.Slug) + fragment(id)
}

// long is how many entries a list has that readers look through by letters.
const long = 40

// byLetters writes a sorted list in groups under the letters that they begin
// with, if it is long.
func byLetters[T any](r *renderer, c *collation, list []T, word func(*T) string, write func([]T)) {
	if len(list) < long {
		write(list)
		return
	}
	for group := 1; len(list) > 0; group++ {
		letter := c.letter(word(&list[0]))
		n := 1
		for n < len(list) && c.letter(word(&list[n])) == letter {
			n++
		}
		if letter == noLetter {
			letter = r.messages.Page.Other
		}
		r.w.Element("section", []attr{{"class", "letter"}}, func() {
			end := r.heading([]attr{{"id", r.newID("letter-", group)}}, func() { r.w.Text(letter) })
			write(list[:n])
			end()
		})
		list = list[n:]
	}
}
