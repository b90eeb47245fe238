package outline

import (
	"strings"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/recipe"
)

// Options say which pages are generated for the books of a repository, and their
// titles. The zero value generates none; Standard is the default.
type Options struct {
	Collected bool // sections of some classes stand at the end of their chapter
	KeyTerms  bool // so do definitions
	Answers   bool // a chapter has a page with its answers
	Glossary  bool // the book has a page of all definitions
	Index     bool // and one of its terms
	About     bool // and one that says whose it is and how to cite it

	// Sections are the classes of the sections that are collected, in the
	// order of their pages. If it is nil the recipe of the book decides.
	Sections []string

	// Recipe is what the settings add to the recipes of books; may be nil.
	Recipe *recipe.Own

	// Titles and Notes are titles by language and class, of collected sections
	// and of notes; those without a language are for all.
	Titles map[string]map[string]string
	Notes  map[string]map[string]string
}

// Standard generates every page that readers of textbooks expect.
func Standard() Options {
	return Options{Collected: true, KeyTerms: true, Answers: true, Glossary: true, Index: true, About: true}
}

// recipeFor is the recipe of a book, with the pages that the options want.
func (o *Options) recipeFor(book *collection.Book) *recipe.Recipe {
	r := recipe.Of(book.Style, o.Recipe)
	switch {
	case !o.Collected:
		r.Collect(nil)
	case o.Sections != nil:
		r.Collect(o.Sections)
	}
	return r
}

// noteTitles are the repository's own titles of notes in a language, by class.
func (o *Options) noteTitles(language string) map[string]string {
	own := map[string]string{}
	for _, titles := range o.Notes {
		for class := range titles {
			if title := titleFor(o.Notes, language, class); title != "" {
				own[class] = title
			}
		}
	}
	return own
}

// titleFor is the title that a table has for a class in a language: that of the
// whole tag, of its primary subtag, or that for all languages.
func titleFor(table map[string]map[string]string, language, class string) string {
	language = strings.ToLower(language)
	primary, _, _ := strings.Cut(language, "-")
	for _, l := range []string{language, primary, ""} {
		if t := table[l][class]; t != "" {
			return t
		}
	}
	return ""
}
