package outline

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/messages"
	"github.com/rhaptos/rhaptos/publish/recipe"
)

// sectionTitles are the titles of what is collected, by the class that a page or
// a part of it shows. No two are alike.
func (o *Outline) sectionTitles() map[string]string {
	titles := map[string]string{}
	taken := map[string]bool{}
	add := func(class string, p *recipe.Page, classes ...string) {
		if titles[class] == "" {
			titles[class] = o.sectionTitle(p, class, classes, taken)
			taken[titles[class]] = taken[titles[class]] || o.hasSections(classes)
		}
	}
	for i := range o.Recipe.Pages {
		p := &o.Recipe.Pages[i]
		switch {
		case p.Show == recipe.Glossary, p.Show == recipe.Answers:
		case p.Headed():
			add(p.Show, p)
			for _, class := range p.Parts {
				add(class, nil, class)
			}
		default:
			add(p.Show, p, p.Classes()...)
		}
	}
	return titles
}

// sectionTitle is the title of a page, or of a part of one, that shows sections
// of the classes: the repository's; that of the recipe of the book's style; for
// books of no known style, and those in a language without messages, the one
// that most of the sections have; else the program's.
func (o *Outline) sectionTitle(p *recipe.Page, name string, classes []string, taken map[string]bool) string {
	if own := titleFor(o.Options.Titles, o.Source.Language, name); own != "" {
		return own
	}
	fixed := o.Recipe.Name != "" && messages.Has(o.Source.Language)
	if fixed && p != nil {
		if title := p.TitleIn(messages.Primary(o.Source.Language)); title != "" {
			return title
		}
	}
	program := o.Messages.Sections[name]
	if fixed && (program != "" || messages.Primary(o.Source.Language) == "en") {
		return cmp.Or(program, inWords(name))
	}
	if title := o.usualTitle(classes); title != "" && !taken[title] {
		return title
	}
	return cmp.Or(program, inWords(name))
}

// recipeTitle is the recipe's title of a page in the language of the book.
func (o *Outline) recipeTitle(show string) string {
	for i := range o.Recipe.Pages {
		if p := &o.Recipe.Pages[i]; p.Show == show {
			return p.TitleIn(messages.Primary(o.Source.Language))
		}
	}
	return ""
}

// hasSections reports whether the book has sections with one of the classes.
func (o *Outline) hasSections(classes []string) bool {
	for _, f := range o.scans {
		if slices.ContainsFunc(f.sections, func(s section) bool { return HasClass(s.class, classes...) }) {
			return true
		}
	}
	return false
}

// inWords is a class as the title that it says: "Group Activities".
func inWords(class string) string {
	words := strings.Split(class, "-")
	for i, w := range words {
		first, size := utf8.DecodeRuneInString(w)
		if i == 0 || w != "and" && w != "of" && w != "in" {
			words[i] = string(unicode.ToUpper(first)) + w[size:]
		}
	}
	return strings.Join(words, " ")
}

// usualTitle is the title that at least half of the book's sections with one of
// the classes have, among those that have one; empty if there is none. Case does
// not count, and of several ways to write the title the most frequent is taken.
func (o *Outline) usualTitle(classes []string) string {
	titles, spellings, all := map[string]int{}, map[string]int{}, 0
	for _, f := range o.scans {
		for _, s := range f.sections {
			if s.title == nil || !HasClass(s.class, classes...) {
				continue
			}
			if title := OneLine(s.title.ReadableText()); title != "" && len(title) <= maxTitle {
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

// partName is the name by which the title of a class is kept.
func (p *Page) partName(class int) string {
	if p.section.Headed() {
		return p.section.Parts[class]
	}
	return p.section.Show
}

// ClassTitle is the title of a class within a section page that has several.
func (o *Outline) ClassTitle(p *Page, class int) *cnxml.Node {
	return titled(o.titles[p.partName(class)])
}
