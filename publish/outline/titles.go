package outline

import (
	"maps"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// sectionTitles are the titles of what is collected, by class and by the names
// of sectionPages: the repository's, or that which most sections of the book have, or
// the program's.
func (o *Outline) sectionTitles() map[string]string {
	titles := map[string]string{}
	taken := map[string]bool{}
	for _, e := range o.layout {
		names := []string{e.name}
		if e.headed {
			names = append(names, e.classes...)
		}
		for _, name := range names {
			if titles[name] != "" {
				continue
			}
			title := titleFor(o.Options.Titles, o.Source.Language, name)
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
				title = o.Messages.Sections[name]
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
func (o *Outline) usualTitle(classes []string) string {
	titles, spellings, all := map[string]int{}, map[string]int{}, 0
	for _, f := range o.surveys {
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

// ClassTitle is the title of a class within a section page that has several.
func (o *Outline) ClassTitle(p *Page, class int) *cnxml.Node {
	return titled(o.titles[p.section.classes[class]])
}
