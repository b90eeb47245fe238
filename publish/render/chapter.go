package render

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// chapterMatter makes the pages at the end of a chapter out of those of its
// modules, and returns their lines of the contents: key terms, what the recipe
// collects, answers. What a module has that stands in the book once more stays
// where it stands first.
func (o *outline) chapterMatter(pages []*Page) []Entry {
	terms, answers := o.make(Glossary, o.titled("key-terms", o.messages.Sections["key-terms"])), o.make(Answers, o.titled(Answers, o.messages.Page.Answers))
	endings := make([]*Page, len(o.recipe))
	for i, e := range o.recipe {
		endings[i] = o.make(Collected, o.titles[e.name])
		endings[i].ending = &o.recipe[i]
	}
	for _, p := range slices.Clone(pages) {
		if o.byModule[p.Module.ID] != p {
			continue
		}
		o.collect(p, endings)
		if o.options.KeyTerms && p.facts.defines {
			p.glossary = terms
			terms.parts = append(terms.parts, part{of: p, glossary: true})
		}
		if o.options.Answers && p.facts.answers {
			answers.parts = append(answers.parts, part{of: p, answers: true})
		}
	}
	var entries []Entry
	for _, made := range slices.Concat([]*Page{terms}, endings, []*Page{answers}) {
		if len(made.parts) > 0 {
			made.chapter = pages[0].chapter
			entries = append(entries, o.place(made))
		}
	}
	return entries
}

// titled is the repository's title for a page that is made, else the program's.
func (o *outline) titled(name, usual string) string {
	return cmp.Or(titleFor(o.options.Titles, o.book.Language, name), usual)
}

// make makes a page of the book, which has no place yet.
func (o *outline) make(kind, title string) *Page {
	return &Page{Kind: kind, title: titled(title), PlainTitle: title}
}

// place gives a page the next place in the book and returns its line of the
// contents. Its slug comes when all of the authors' pages have theirs.
func (o *outline) place(p *Page) Entry {
	o.pages = append(o.pages, p)
	return Entry{Kind: p.Kind, Plain: p.PlainTitle, page: p}
}

// collect takes the sections of a page to the endings of its chapter.
func (o *outline) collect(p *Page, endings []*Page) {
	p.sections = make([]*Page, len(p.facts.sections))
	for i, s := range p.facts.sections {
		if s.parent >= 0 && p.sections[s.parent] != nil {
			p.sections[i] = p.sections[s.parent]
			continue
		}
		ending, class := o.recipe.of(s.class)
		if ending < 0 {
			continue
		}
		to := endings[ending]
		p.sections[i] = to
		at := slices.IndexFunc(to.parts, func(q part) bool { return q.of == p && q.class == class })
		if at < 0 {
			at = len(to.parts)
			to.parts = append(to.parts, part{of: p, class: class})
		}
		to.parts[at].sections = append(to.parts[at].sections, i)
	}
	for _, e := range endings {
		if e.ending.headed {
			slices.SortStableFunc(e.parts, func(a, b part) int { return a.class - b.class })
		}
	}
}

// bookMatter makes the pages at the end of the book.
func (o *outline) bookMatter() {
	glossary, index := o.make(Glossary, o.titled(Glossary, o.messages.Page.BookGlossary)), o.make(Index, o.titled(Index, o.messages.Page.BookIndex))
	for _, p := range o.pages {
		if p.Module == nil || o.byModule[p.Module.ID] != p {
			continue
		}
		if o.options.Glossary && p.facts.defines {
			glossary.parts = append(glossary.parts, part{of: p})
		}
		if o.options.Index && p.facts.indexed {
			index.parts = append(index.parts, part{of: p})
		}
	}
	for _, made := range []*Page{glossary, index} {
		if len(made.parts) > 0 {
			o.contents = append(o.contents, o.place(made))
		}
	}
	if o.options.About && len(o.pages) > 0 {
		o.contents = append(o.contents, o.place(o.make(About, o.titled(About, o.messages.Page.About))))
	}
}

// nameMatter gives the pages that have been made their slugs: not by their
// titles, which change with an author's words, but by what they are.
func (o *outline) nameMatter(entries []Entry, number string) {
	for i := range entries {
		e := &entries[i]
		if p := e.page; p != nil {
			name := p.Kind
			switch {
			case p.Kind == Glossary && number != "":
				name = "key-terms"
			case p.ending != nil:
				name = p.ending.name
			}
			p.Slug = o.slugs.unique(slugOf(number + " " + name))
			o.bySlug[p.Slug] = p
			e.Slug = p.Slug
		}
		below := e.Number
		if below == "" {
			below = number
		}
		o.nameMatter(e.Children, below)
	}
}

// sectionTitles are the titles of what is collected, by class and by the names
// of endings: the repository's, or that which most sections of the book have, or
// the program's.
func (o *outline) sectionTitles() map[string]string {
	titles := map[string]string{}
	taken := map[string]bool{}
	for _, e := range o.recipe {
		names := []string{e.name}
		if e.headed {
			names = append(names, e.classes...)
		}
		for _, name := range names {
			if titles[name] != "" {
				continue
			}
			title := titleFor(o.options.Titles, o.book.Language, name)
			if title == "" && !(e.headed && name == e.name) {
				classes := []string{name}
				if !e.headed {
					classes = e.classes
				}
				if title = o.usualTitle(classes); taken[title] {
					title = ""
				}
			}
			if title == "" {
				title = o.messages.Sections[name]
			}
			if title == "" {
				first, size := utf8.DecodeRuneInString(name)
				title = string(unicode.ToUpper(first)) + strings.ReplaceAll(name[size:], "-", " ")
			}
			titles[name], taken[title] = title, true
		}
	}
	return titles
}

// usualTitle is the title that at least half of the book's sections with one of
// the classes have, among those that have one; empty if there is none. Case does
// not count, and of several ways to write the title the most frequent is taken.
func (o *outline) usualTitle(classes []string) string {
	titles, spellings, all := map[string]int{}, map[string]int{}, 0
	for _, f := range o.facts {
		for _, s := range f.sections {
			if s.title == nil || !hasClass(s.class, classes...) {
				continue
			}
			if title := oneLine(s.title.ReadableText()); title != "" && len(title) <= maxTitle {
				all++
				titles[strings.ToLower(title)]++
				spellings[title]++
			}
		}
	}
	usual := mostFrequent(titles)
	if 2*titles[usual] < all {
		return ""
	}
	maps.DeleteFunc(spellings, func(s string, _ int) bool { return strings.ToLower(s) != usual })
	return mostFrequent(spellings)
}

// mostFrequent is the text with the highest count; of several the last one in
// the order of bytes, which is that with the fewest capitals.
func mostFrequent(counts map[string]int) string {
	best := ""
	for s, n := range counts {
		if n > counts[best] || n == counts[best] && s > best {
			best = s
		}
	}
	return best
}

// madeTitle is the title of a class within a page that has several.
func (o *outline) madeTitle(p *Page, class int) *cnxml.Node {
	return titled(o.titles[p.ending.classes[class]])
}
