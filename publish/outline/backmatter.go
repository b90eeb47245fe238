package outline

import (
	"cmp"
	"slices"

	"github.com/rhaptos/rhaptos/publish/recipe"
)

// chapterBackMatter makes the pages at the end of a chapter out of those of its
// modules, and returns their lines of the contents: key terms, what the chapter
// layout collects, answers. Of a module that stands in the book twice, they show
// what stands first.
func (o *Outline) chapterBackMatter(pages []*Page) []Entry {
	terms, answers := o.generate(Glossary, o.titleOf("key-terms", cmp.Or(o.recipeTitle(recipe.Glossary), o.Messages.Sections["key-terms"]))), o.generate(Answers, o.titleOf(Answers, o.Messages.Page.Answers))
	sectionPages := make([]*Page, len(o.Recipe.Pages))
	for i := range o.Recipe.Pages {
		page := &o.Recipe.Pages[i]
		if page.Show == recipe.Glossary {
			sectionPages[i] = terms
			continue
		}
		sectionPages[i] = o.generate(Collected, o.titles[page.Show])
		sectionPages[i].section = page
	}
	for _, p := range slices.Clone(pages) {
		if o.ByModule[p.Module.ID] != p {
			continue
		}
		o.collect(p, sectionPages)
		if o.Options.KeyTerms && p.survey.defines {
			p.Glossary = terms
			terms.Excerpts = append(terms.Excerpts, Excerpt{Of: p, Glossary: true})
		}
		if o.Options.Answers && o.hasAnswers(p) {
			answers.Excerpts = append(answers.Excerpts, Excerpt{Of: p, Answers: true})
		}
	}
	var entries []Entry
	if !slices.Contains(sectionPages, terms) {
		sectionPages = slices.Insert(sectionPages, 0, terms)
	}
	for _, page := range append(sectionPages, answers) {
		if len(page.Excerpts) > 0 {
			page.Chapter = pages[0].Chapter
			entries = append(entries, o.place(page))
		}
	}
	return entries
}

// titleOf is the repository's title for a generated page, else the program's.
func (o *Outline) titleOf(name, usual string) string {
	return cmp.Or(titleFor(o.Options.Titles, o.Source.Language, name), usual)
}

// generate makes a page of the book, which has no place yet.
func (o *Outline) generate(kind, title string) *Page {
	return &Page{Kind: kind, Heading: titled(title), PlainTitle: title}
}

// place gives a page the next place in the book and returns its line of the
// contents. Its slug comes when all of the authors' pages have theirs.
func (o *Outline) place(p *Page) Entry {
	o.Pages = append(o.Pages, p)
	return Entry{Kind: p.Kind, Plain: p.PlainTitle, page: p}
}

// collect moves the sections of a page to the section pages of its chapter.
func (o *Outline) collect(p *Page, sectionPages []*Page) {
	p.Sections = make([]*Page, len(p.survey.sections))
	for i, s := range p.survey.sections {
		if s.parent >= 0 && p.Sections[s.parent] != nil {
			p.Sections[i] = p.Sections[s.parent]
			continue
		}
		section, class := o.Recipe.Page(s.class)
		if section < 0 {
			continue
		}
		to := sectionPages[section]
		p.Sections[i] = to
		at := slices.IndexFunc(to.Excerpts, func(q Excerpt) bool { return q.Of == p && q.Class == class })
		if at < 0 {
			at = len(to.Excerpts)
			to.Excerpts = append(to.Excerpts, Excerpt{Of: p, Class: class})
		}
		to.Excerpts[at].Sections = append(to.Excerpts[at].Sections, i)
	}
	for _, e := range sectionPages {
		if e.section != nil && e.section.Headed() {
			slices.SortStableFunc(e.Excerpts, func(a, b Excerpt) int { return a.Class - b.Class })
		}
	}
}

// generateBackMatter makes the pages at the end of the book.
func (o *Outline) generateBackMatter() {
	glossary, index := o.generate(Glossary, o.titleOf(Glossary, o.Messages.Page.BookGlossary)), o.generate(Index, o.titleOf(Index, o.Messages.Page.BookIndex))
	for _, p := range o.Pages {
		if p.Module == nil || o.ByModule[p.Module.ID] != p {
			continue
		}
		if o.Options.Glossary && p.survey.defines {
			glossary.Excerpts = append(glossary.Excerpts, Excerpt{Of: p})
		}
		if o.Options.Index && p.survey.indexed {
			index.Excerpts = append(index.Excerpts, Excerpt{Of: p})
		}
	}
	for _, page := range []*Page{glossary, index} {
		if len(page.Excerpts) > 0 {
			o.Contents = append(o.Contents, o.place(page))
		}
	}
	if o.Options.About && len(o.Pages) > 0 {
		o.Contents = append(o.Contents, o.place(o.generate(About, o.titleOf(About, o.Messages.Page.About))))
	}
}

// nameGenerated gives the generated pages their slugs: not by their
// titles, which change with an author's words, but by what they are.
func (o *Outline) nameGenerated(entries []Entry, number string) {
	for i := range entries {
		e := &entries[i]
		if p := e.page; p != nil {
			name := p.Kind
			switch {
			case p.Kind == Glossary && number != "":
				name = "key-terms"
			case p.section != nil:
				name = p.section.Show
			}
			p.Slug = o.slugs.unique(SlugOf(number + " " + name))
			o.BySlug[p.Slug] = p
			e.Slug = p.Slug
		}
		below := e.Number
		if below == "" {
			below = number
		}
		o.nameGenerated(e.Children, below)
	}
}
