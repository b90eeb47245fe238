package outline

import (
	"cmp"
	"slices"

	"github.com/rhaptos/rhaptos/publish/recipe"
)

// bookEnd has pages at the end of the book, while chapters are made that have a
// part in them.
type bookEnd struct {
	collected map[string]*Page // for all chapters, by what they show
	keys      []*Page          // of answers, one for each chapter
}

// chapterEnd has the pages of one chapter's end. In order are those that the
// recipe has, by their index there.
type chapterEnd struct {
	terms, answers *Page
	inOrder        []*Page
}

// newChapterEnd makes them, and takes those of the book that the chapter has a
// part in.
func (o *Outline) newChapterEnd(chapter *Chapter) *chapterEnd {
	end := &chapterEnd{
		terms:   o.generate(Glossary, o.titleOf("key-terms", cmp.Or(o.recipeTitle(recipe.Glossary), o.Messages.Sections["key-terms"]))),
		answers: o.generate(Answers, o.answersTitle()),
	}
	if o.answersInBook() {
		end.answers = o.generate(Answers, o.Messages.Labels["chapter"].In("")+" "+chapter.Number)
	}
	for i := range o.Recipe.Pages {
		at := &o.Recipe.Pages[i]
		page := end.terms
		switch {
		case at.Show == recipe.Glossary:
		case at.Show == recipe.Answers:
			page = end.answers
		case at.OfBook() && o.collected[at.Show] != nil:
			page = o.collected[at.Show]
		default:
			page = o.generate(Collected, o.titles[at.Show])
			page.section = at
		}
		if at.OfBook() && page.section != nil {
			o.collected[at.Show] = page
		}
		page.under = at.Under
		end.inOrder = append(end.inOrder, page)
	}
	return end
}

// answersTitle is what a page of answers is called, or the heading over those of
// all chapters.
func (o *Outline) answersTitle() string {
	return o.titleOf(Answers, cmp.Or(o.recipeTitle(recipe.Answers), o.Messages.Page.Answers))
}

// answersInBook reports whether the answers of chapters are at the end of the
// book.
func (o *Outline) answersInBook() bool {
	p := o.Recipe.Shows(recipe.Answers)
	return p != nil && p.OfBook()
}

// chapterBackMatter makes the pages at the end of a chapter out of those of its
// modules, and returns their lines of the contents: key terms, what the recipe
// collects, answers. Of a module that stands in the book twice, they show what
// stands first.
func (o *Outline) chapterBackMatter(chapter *Chapter, pages []*Page) []Entry {
	end := o.newChapterEnd(chapter)
	for _, p := range slices.Clone(pages) {
		if o.ByModule[p.Module.ID] != p {
			continue
		}
		o.collect(p, end.inOrder)
		if o.Options.KeyTerms && p.scan.defines {
			p.Glossary = end.terms
			end.terms.Excerpts = append(end.terms.Excerpts, Excerpt{Of: p, Glossary: true})
		}
		if o.Options.Answers && o.hasAnswers(p) {
			end.answers.Excerpts = append(end.answers.Excerpts, Excerpt{Of: p, Answers: true})
		}
		if to := o.collected[recipe.References]; to != nil && p.scan.cites {
			to.Excerpts = append(to.Excerpts, Excerpt{Of: p, Cited: true})
		}
	}
	list := end.inOrder
	if !slices.Contains(list, end.terms) {
		list = slices.Insert(list, 0, end.terms)
	}
	if !slices.Contains(list, end.answers) {
		list = append(list, end.answers)
	}
	return o.placeEnd(chapter, list)
}

// placeEnd places those of the pages that show anything: here, or at the end of
// the book.
func (o *Outline) placeEnd(chapter *Chapter, list []*Page) []Entry {
	var entries []Entry
	for _, page := range list {
		if len(page.Excerpts) == 0 || page.section != nil && page.OfBook() {
			continue
		}
		page.Chapter, page.In = page.Excerpts[0].Of.Chapter, chapter
		if page.Kind == Answers && o.answersInBook() {
			o.keys = append(o.keys, page)
			continue
		}
		entry := o.place(page)
		switch last := len(entries) - 1; {
		case page.under == "":
			entries = append(entries, entry)
		case last >= 0 && entries[last].under == page.under:
			entries[last].Children = append(entries[last].Children, entry)
		default:
			entries = append(entries, Entry{Plain: o.headingOf(page.under), Children: []Entry{entry}, under: page.under})
		}
	}
	return entries
}

// headingOf is the title over pages at the end of a chapter.
func (o *Outline) headingOf(under string) string {
	return o.titleOf(under, cmp.Or(o.Messages.Sections[under], inWords(under)))
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
	p.Sections = make([]*Page, len(p.scan.sections))
	for i, s := range p.scan.sections {
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
		if e.section != nil && e.Headed() {
			slices.SortStableFunc(e.Excerpts, func(a, b Excerpt) int { return a.Class - b.Class })
		}
	}
}

// generateBackMatter makes the pages at the end of the book.
func (o *Outline) generateBackMatter() {
	if len(o.keys) > 0 {
		key := Entry{Plain: o.answersTitle()}
		for _, page := range o.keys {
			key.Children = append(key.Children, o.place(page))
		}
		o.Contents = append(o.Contents, key)
	}
	var pages []*Page
	for i := range o.Recipe.Pages {
		if page := o.collected[o.Recipe.Pages[i].Show]; page != nil {
			pages = append(pages, page)
		}
	}
	glossary, indexes := o.generate(Glossary, o.titleOf(Glossary, o.Messages.Page.BookGlossary)), o.newIndexes()
	for _, p := range o.Pages {
		if p.Module == nil || o.ByModule[p.Module.ID] != p {
			continue
		}
		if o.Options.Glossary && p.scan.defines {
			glossary.Excerpts = append(glossary.Excerpts, Excerpt{Of: p})
		}
		for _, index := range indexes {
			if o.Options.Index && p.scan.indexed && index.hasEntries(p) {
				index.Excerpts = append(index.Excerpts, Excerpt{Of: p})
			}
		}
	}
	for _, page := range slices.Concat(pages, []*Page{glossary}, indexes) {
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
			p.Slug = o.slugs.unique(SlugOf(p.generatedName(number)))
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

// generatedName is what the slug of a generated page says; number is that of the
// chapter at whose end it stands, which may be empty.
func (p *Page) generatedName(number string) string {
	switch {
	case p.Kind == Glossary && number != "":
		return number + " key-terms"
	case p.Kind == Answers && p.In != nil:
		return p.In.Number + " " + p.Kind
	case p.Kind == Index && p.index != "" && p.index != subjects:
		return p.Kind + " " + p.index
	case p.section != nil:
		return number + " " + p.section.Show
	}
	return number + " " + p.Kind
}
