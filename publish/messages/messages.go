// Package messages holds the texts that the program writes by itself where
// readers see them, in the languages of books: on the pages of books, on the web
// site and in exports. A language is a file of this folder, named by its primary
// subtag (BCP 47): en.toml, es.toml, pl.toml. To add a language, add a file.
//
// English is the reference. Every file has all keys of it, but for the titles of
// notes and of sections, of which it has as many as it likes.
package messages

import (
	"embed"
	"maps"
	"strings"
	"sync"
)

// Catalogue has the messages of one language. It is shared and must not be
// changed.
type Catalogue struct {
	Labels   map[string]Cases  // names of elements with a number, by element: "figure"
	Notes    map[string]string // titles of notes, by class
	Sections map[string]string // titles of collected sections, by class

	Page   Page
	Site   Site
	Export Export
}

// Cases has the grammatical cases of a noun by the names that cmlnle:case uses.
type Cases map[string]string

// In is the noun in a case; in the nominative if it has no such case.
func (c Cases) In(grammaticalCase string) string {
	if w, ok := c[grammaticalCase]; ok {
		return w
	}
	return c["nominative"]
}

// For has the messages for a language tag, by its primary subtag; those in
// English for a language without a file.
func For(tag string) *Catalogue {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	if c, ok := languages()[primary]; ok {
		return c
	}
	return languages()[reference]
}

// WithNotes is the catalogue with further titles of notes, which take precedence.
func (c *Catalogue) WithNotes(titles map[string]string) *Catalogue {
	if len(titles) == 0 {
		return c
	}
	own := *c
	own.Notes = maps.Clone(c.Notes)
	maps.Copy(own.Notes, titles)
	return &own
}

//go:embed *.toml
var files embed.FS

// languages has all catalogues by language. An embedded file that is not valid
// is a fault of the build, which the tests find.
var languages = sync.OnceValue(func() map[string]*Catalogue {
	all, err := read(files)
	if err != nil {
		panic(err)
	}
	return all
})

// Primary is the primary subtag of a language tag, in small letters.
func Primary(tag string) string {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	return primary
}

// Has reports whether there are messages for a language tag.
func Has(tag string) bool {
	_, ok := languages()[Primary(tag)]
	return ok
}

// WithRecipe is the catalogue with the labels and the titles of notes that the
// recipe of a book has. They are in English and so for English books alone.
func (c *Catalogue) WithRecipe(labels, notes map[string]string) *Catalogue {
	if len(labels)+len(notes) == 0 || c != For(reference) {
		return c
	}
	own := *c
	own.Notes, own.Labels = maps.Clone(c.Notes), maps.Clone(c.Labels)
	maps.Copy(own.Notes, notes)
	for element, label := range labels {
		own.Labels[element] = Cases{"nominative": label}
	}
	return &own
}
