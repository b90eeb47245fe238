package settings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// generated reads the table [matter].
func (r *reader) generated(s *Settings, value toml.Primitive) {
	o := &s.Generated
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

// titles reads titles by language and class. A key with a title is a class, in
// every language; a key with a table is a language.
func (r *reader) titles(name string, value toml.Primitive) map[string]map[string]string {
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
