package publish

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/render"
)

// maxLicense is how many bytes the text of a licence may have.
const maxLicense = 128 << 10

// BookSetting is what the sources of a book do not say of it.
type BookSetting struct {
	Authors   []string // replace those of the source
	Publisher string
	Edition   string
	Year      int
	URL       string

	line int
}

// LicenseText is the text of a licence.
type LicenseText struct {
	URL  string // of the licence that it is the text of; empty: of whatever the books are under
	Text string
}

// describe gives the books what the settings say of them.
func (s *Settings) describe(books []*collection.Book) {
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
		b.Publisher, b.Edition, b.Year, b.URL = set.Publisher, set.Edition, set.Year, set.URL
	}
}

// strangers warns of settings for books that the tree does not hold.
func (s *Settings) strangers(slugs []string) []collection.Problem {
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
		problems = append(problems, settingsProblem(line, min(line, 1), "settings-key", collection.Warning, message))
	}
	return problems
}

// each calls f for the keys of a table, in order.
func (r *settingsReader) each(name string, value toml.Primitive, f func(key string, value toml.Primitive)) {
	var table map[string]toml.Primitive
	if !r.isTable(value) || r.md.PrimitiveDecode(value, &table) != nil {
		r.add(value, "settings-value", collection.Error, fmt.Sprintf("%s must be a table: write [%[1]s] above its keys", name))
		return
	}
	for _, key := range slices.Sorted(maps.Keys(table)) {
		f(key, table[key])
	}
}

// isTable has to be asked, since the decoder makes an empty table of anything else.
func (r *settingsReader) isTable(value toml.Primitive) bool {
	var v any
	if r.md.PrimitiveDecode(value, &v) != nil {
		return false
	}
	_, ok := v.(map[string]any)
	return ok
}

// decode reads a value, or tells what kind of value it must be.
func (r *settingsReader) decode(value toml.Primitive, into any, must string) bool {
	if err := r.md.PrimitiveDecode(value, into); err != nil {
		r.add(value, "settings-value", collection.Error, must)
		return false
	}
	return true
}

// matter reads the table [matter].
func (r *settingsReader) matter(o *render.Options, value toml.Primitive) {
	flags := map[string]*bool{"collected": &o.Collected, "key-terms": &o.KeyTerms, "answers": &o.Answers,
		"glossary": &o.Glossary, "index": &o.Index, "about": &o.About}
	r.each("matter", value, func(key string, value toml.Primitive) {
		switch flag := flags[key]; {
		case flag != nil:
			r.decode(value, flag, key+" must be true or false")
		case key == "sections":
			var classes []string
			must := `sections must be a list of classes, such as ["summary", "practice"]`
			if !r.decode(value, &classes, must) {
				return
			}
			if slices.ContainsFunc(classes, func(c string) bool { return len(strings.Fields(c)) != 1 }) {
				r.add(value, "settings-value", collection.Error, must+"; a class is one word")
				return
			}
			o.Sections = append([]string{}, classes...)
		case key == "titles":
			o.Titles = r.titles("matter.titles", value)
		default:
			r.unknown(value, "matter", key, "collected", "key-terms", "answers", "glossary", "index", "about", "sections", "titles")
		}
	})
}

// titles reads titles by class, in which tables are for one language.
func (r *settingsReader) titles(name string, value toml.Primitive) map[string]map[string]string {
	out := map[string]map[string]string{}
	set := func(language, class, title string) {
		if out[language] == nil {
			out[language] = map[string]string{}
		}
		out[language][class] = strings.Join(strings.Fields(title), " ")
	}
	r.each(name, value, func(key string, value toml.Primitive) {
		var title string
		if r.md.PrimitiveDecode(value, &title) == nil {
			set("", key, title)
			return
		}
		var titles map[string]string
		if !r.isTable(value) || r.md.PrimitiveDecode(value, &titles) != nil {
			r.add(value, "settings-value", collection.Error, fmt.Sprintf("%.60s must be a title, or a table of titles in the language %[1]s", key))
		}
		for class, title := range titles {
			set(strings.ToLower(key), class, title)
		}
	})
	return out
}

// books reads the tables [book.SLUG].
func (r *settingsReader) books(s *Settings, value toml.Primitive) {
	s.Books = map[string]BookSetting{}
	r.each("book", value, func(slug string, value toml.Primitive) {
		b := BookSetting{line: r.tableLine("book." + slug)}
		r.each("book."+slug, value, func(key string, value toml.Primitive) {
			switch key {
			case "authors":
				r.decode(value, &b.Authors, `authors must be a list of names, such as ["Barbara Illowsky"]`)
			case "publisher":
				r.decode(value, &b.Publisher, "publisher must be a name")
			case "edition":
				r.decode(value, &b.Edition, `edition must be a text, such as "2"`)
			case "year":
				if r.decode(value, &b.Year, "year must be a number") && (b.Year < 0 || b.Year > 9999) {
					r.add(value, "settings-value", collection.Error, "year must be a number of up to four digits")
				}
			case "url":
				r.address(value, &b.URL)
			default:
				r.unknown(value, "book."+slug, key, "authors", "publisher", "edition", "year", "url")
			}
		})
		s.Books[slug] = b
	})
}

// tableLine is the line of the header [name], 0 if the table is written in
// another way.
func (r *settingsReader) tableLine(name string) int {
	n := 0
	for line := range strings.Lines(r.text) {
		n++
		line, _, _ = strings.Cut(line, "#")
		if strings.NewReplacer(" ", "", `"`, "", "'", "").Replace(strings.TrimSpace(line)) == "["+name+"]" {
			return n
		}
	}
	return 0
}

// address reads an address of the web.
func (r *settingsReader) address(value toml.Primitive, into *string) {
	var text string
	if !r.decode(value, &text, "url must be an address") {
		return
	}
	if u, err := url.Parse(text); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		r.add(value, "settings-value", collection.Error, fmt.Sprintf("%.60q is no address that begins with https:// or http://", text))
		return
	}
	*into = text
}

// licenses reads the tables [[license]].
func (r *settingsReader) licenses(s *Settings, value toml.Primitive) {
	var tables []struct{ URL, Text, File string }
	if !r.tables("license", value, &tables) {
		return
	}
	for i, t := range tables {
		line := r.header("license", i)
		if (t.Text == "") == (t.File == "") {
			r.at(line, "settings-value", collection.Error, `a [[license]] needs either its text or a file with it, such as file = "LICENSE"`)
			continue
		}
		if t.File != "" {
			var err error
			t.Text, err = readText(r.fsys, t.File, maxLicense)
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
				err = errors.New("there is no such file")
			}
			if err != nil {
				r.at(line, "settings-value", collection.Error, fmt.Sprintf("the license in %.60q cannot be shown: %v", t.File, err))
				continue
			}
		}
		s.Licenses = append(s.Licenses, LicenseText{t.URL, t.Text})
	}
}

// derivedFrom reads the table [derived-from].
func (r *settingsReader) derivedFrom(s *Settings, value toml.Primitive) {
	o := &s.DerivedFrom
	r.each("derived-from", value, func(key string, value toml.Primitive) {
		switch key {
		case "title":
			r.decode(value, &o.Title, "title must be a text")
		case "authors":
			r.decode(value, &o.Authors, `authors must be a list of names, such as ["Barbara Illowsky"]`)
		case "license":
			r.decode(value, &o.License, "license must be the name of the license")
		case "url":
			r.address(value, &o.URL)
		case "license-url":
			r.address(value, &o.LicenseURL)
		default:
			r.unknown(value, "derived-from", key, "title", "authors", "url", "license", "license-url")
		}
	})
	if o.Title == "" {
		r.add(value, "settings-value", collection.Error, `[derived-from] needs the title of the work, such as title = "Collaborative Statistics"`)
	}
}
