package settings

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// Book adds to the metadata in the sources of a book.
type Book struct {
	Authors   []string // replace those of the source
	Publisher string
	Edition   string
	Year      int
	URL       string

	Description string // replaces that of the source
	Subject     string

	line int
}

// Describe sets in the books what the settings say of them.
func (s *Settings) Describe(books []*collection.Book) {
	for _, b := range books {
		b.Origin = s.DerivedFrom
		for _, l := range s.Licenses {
			if l.URL == "" || strings.TrimSuffix(l.URL, "/") == strings.TrimSuffix(b.License.URL, "/") {
				b.License.Text = l.Text
			}
		}
		set, ok := s.Books[b.Slug]
		if !ok {
			continue
		}
		if set.Authors != nil {
			b.Authors = set.Authors
		}
		b.Description, b.Subject = cmp.Or(set.Description, b.Description), set.Subject
		b.Publisher, b.Edition, b.Year, b.URL = set.Publisher, set.Edition, set.Year, set.URL
	}
}

// UnknownBooks returns a warning for each book of the settings that is not among
// the slugs.
func (s *Settings) UnknownBooks(slugs []string) []collection.Problem {
	var problems []collection.Problem
	for _, slug := range slices.Sorted(maps.Keys(s.Books)) {
		if slices.Contains(slugs, slug) {
			continue
		}
		message := fmt.Sprintf("there is no book %.60q, so the setting has no effect", slug)
		if near, ok := cnxml.Nearest(slug, slugs); ok {
			message += "; did you mean " + near + "?"
		}
		line := s.Books[slug].line
		problems = append(problems, problem(line, min(line, 1), "settings-key", collection.Warning, message))
	}
	return problems
}

// books reads the tables [book.SLUG].
func (r *reader) books(s *Settings, value toml.Primitive) {
	s.Books = map[string]Book{}
	r.each("book", value, func(slug string, value toml.Primitive) {
		b := Book{line: r.tableLine("book." + slug)}
		r.each("book."+slug, value, func(key string, value toml.Primitive) {
			switch key {
			case "authors":
				r.decode(value, &b.Authors, `authors must be a list of names, such as ["Barbara Illowsky"]`)
			case "publisher":
				r.decode(value, &b.Publisher, "publisher must be a name")
			case "description":
				r.decode(value, &b.Description, "description must be a text, a sentence or two about the book")
			case "subject":
				r.decode(value, &b.Subject, `subject must be a text, such as "Mathematics"`)
			case "edition":
				r.decode(value, &b.Edition, `edition must be a text, such as "2"`)
			case "year":
				if r.decode(value, &b.Year, "year must be a number") && (b.Year < 0 || b.Year > 9999) {
					r.add(value, "settings-value", collection.Error, "year must be a number of up to four digits")
				}
			case "url":
				r.address(value, &b.URL)
			default:
				r.unknown(value, "book."+slug, key, "authors", "description", "subject", "publisher", "edition", "year", "url")
			}
		})
		s.Books[slug] = b
	})
}
