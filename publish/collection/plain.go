package collection

import (
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver/plaintext"
	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// HiddenRule is the rule about titles and names that are not plain.
const HiddenRule = "hidden-character"

// PlainNames makes the titles and names of the books plain, and returns a problem for
// each that was not. Titles of modules are those of their texts.
func (lib *Library) PlainNames() (problems []Problem) {
	for _, b := range lib.Books {
		clean := func(what string, text *string) {
			plain := plaintext.Text(*text)
			if plain == *text {
				return
			}
			*text = plain
			problems = append(problems, Problem{Path: b.Path, Rule: HiddenRule, Severity: Warning, Message: fmt.Sprintf(
				"%s contains control characters or bidirectional overrides, which are removed; remove them from the source: %s", what, cnxml.Quote(plain))})
		}
		for what, text := range map[string]*string{
			"the title of the book": &b.Title, "its language": &b.Language, "the name of its license": &b.License.Name,
			"its description": &b.Description, "its subject": &b.Subject, "its publisher": &b.Publisher, "its edition": &b.Edition, "the title of the work that it is adapted from": &b.Origin.Title,
			"the license of the work that it is adapted from": &b.Origin.License,
		} {
			clean(what, text)
		}
		for i := range b.Authors {
			clean("the name of an author", &b.Authors[i])
		}
		for i := range b.Origin.Authors {
			clean("the name of an author of the work that it is adapted from", &b.Origin.Authors[i])
		}
		if b.Collection != nil {
			plainEntries(b.Collection.Entries, clean)
		}
	}
	return problems
}

func plainEntries(entries []Entry, clean func(what string, text *string)) {
	for i := range entries {
		e := &entries[i]
		clean("a title in the contents", &e.Title)
		if e.Subcollection != nil {
			clean("a title in the contents", &e.Subcollection.Title)
			plainEntries(e.Subcollection.Entries, clean)
		}
		plainEntries(e.Children, clean)
	}
}
