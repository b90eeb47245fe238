package mdbook

import (
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// knownKeys are the keys of book.toml that are honoured or do not change what a
// reader finds in a book, by their tables.
var knownKeys = map[string]map[string]bool{
	"":     set(`book build rust output preprocessor`),
	"book": set(`title authors description language src multilingual`),
	"output.html": set(`mathjax-support definition-lists redirect smart-punctuation curly-quotes code default-theme preferred-dark-theme
		copy-fonts git-repository-url git-repository-icon edit-url-template site-url cname input-404 google-analytics theme print search
		playground playpen livereload-url hash-files sidebar-header-nav header-link-in-search admonitions`),
	"output.html.code": set(`hidelines`),
}

// ignoredKeys say what a key would do that is not done.
var ignoredKeys = map[string]string{
	"output.html.additional-css":   "style sheets of the book are not used; pages have the style of the site",
	"output.html.additional-js":    "scripts of the book are not run",
	"output.html.fold":             "the table of contents is not folded",
	"output.html.no-section-label": "chapters keep their numbers",
	"book.text-direction":          "the direction of the text follows from the language",
}

// preprocessors say what is missing of what the programs would do that mdBook
// runs over the text. Those with nothing missing are part of the format.
var preprocessors = map[string]string{
	"links": "", "index": "", "trpl-note": "", "trpl-listing": "", "admonish": "", "toc": "", "katex": "", "gettext": "",
	"spec":       "it draws no railroad diagrams and makes no summaries of the grammar and the tests; links to the standard library lead to the search of its documentation",
	"mermaid":    "diagrams are shown as their source; add them as images",
	"svgbob":     "diagrams are shown as their source; add them as images",
	"bob":        "diagrams are shown as their source; add them as images",
	"graphviz":   "diagrams are shown as their source; add them as images",
	"plantuml":   "diagrams are shown as their source; add them as images",
	"cmdrun":     "no commands are run, so their output is missing; write it into the chapters",
	"course":     "outlines and durations are missing, and its directives are shown as they are",
	"variables":  "the names of variables are shown instead of their values",
	"tera":       "the text is shown as it is, with the marks of the template language",
	"quiz":       "the quizzes are missing",
	"emojicodes": "emojis are shown as their names",
	"linkcheck":  "links are checked anyway",
	"open-on-gh": "pages have no links to their source",
}

// reportKeys reports the keys that ask for something that is not done, once each.
func reportKeys(defined *toml.MetaData, data []byte, report *collection.Report) {
	reported := map[string]bool{}
	for _, key := range defined.Keys() {
		what := ""
		for i := range key {
			table, name := strings.Join(key[:i], "."), strings.Join(key[:i+1], ".")
			if reported[name] || table == "preprocessor" && i != 1 {
				break
			}
			switch known, ok := knownKeys[table]; {
			case ignoredKeys[name] != "":
				what = name + " has no effect: " + ignoredKeys[name]
			case table == "preprocessor":
				missing, known := preprocessors[key[i]]
				if known && missing == "" {
					break
				}
				if !known {
					missing = "what it adds or changes is missing"
				}
				what = "the preprocessor " + cnxml.Escape(key[i]) + " is not run: " + missing
				if key[i] == "spec" {
					what = "not all is done that the preprocessor spec does: " + missing
				}
			case ok && !known[key[i]]:
				what = cnxml.Escape(name) + " is not known and has no effect; correct or remove it"
			}
			if what != "" {
				reported[name] = true
				report.Add(keyPlace(data, key[:i+1]).Problem(collection.Warning, "book-setting", "%s", what))
				break
			}
		}
	}
}

// keyPlace is where a key stands, as far as it can be found.
func keyPlace(data []byte, key toml.Key) collection.Place {
	last := regexp.QuoteMeta(key[len(key)-1])
	for _, form := range []string{`(?m)^[ \t]*\[[^\]\n]*?(` + regexp.QuoteMeta(strings.Join(key, ".")) + `)[^\]\n]*\]`, `(?m)^[ \t]*"?(` + last + `)"?[ \t]*[=.]`} {
		if m := regexp.MustCompile(form).FindSubmatchIndex(data); m != nil {
			return placeIn(data, m[2], m[3])
		}
	}
	return collection.Place{}
}

func set(names string) map[string]bool {
	m := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		m[name] = true
	}
	return m
}
