package cite

import (
	"encoding/json"
	"strconv"
	"strings"
)

// BibTeX is the work as an entry of a BibTeX or BibLaTeX file.
func BibTeX(w Work) string {
	var people []string
	for _, n := range names(w.Authors) {
		if n.organisation {
			people = append(people, "{"+tex(n.family)+"}")
			continue
		}
		people = append(people, tex(n.familyFirst(n.given)))
	}
	var b strings.Builder
	b.WriteString("@book{" + key(w.Key) + ",\n")
	for _, f := range []struct{ name, value string }{
		{"title", "{" + tex(w.Title) + "}"}, {"author", strings.Join(people, " and ")}, {"edition", tex(edition(w.Edition))},
		{"publisher", tex(w.Publisher)}, {"year", year(w.Year)}, {"version", tex(w.Version)}, {"langid", tex(w.Language)}, {"url", w.URL},
	} {
		if f.value != "" {
			b.WriteString("  " + f.name + " = {" + f.value + "},\n")
		}
	}
	b.WriteString("}\n")
	return b.String()
}

// texEscapes are the characters that mean something to TeX. Unpaired braces
// would end a value.
var texEscapes = strings.NewReplacer(`\`, `\textbackslash{}`, `{`, `\{`, `}`, `\}`, `&`, `\&`, `%`, `\%`, `$`, `\$`, `#`, `\#`, `_`, `\_`,
	`~`, `\textasciitilde{}`, `^`, `\textasciicircum{}`)

func tex(s string) string { return texEscapes.Replace(oneLine(s)) }

// key is a name that BibTeX takes: letters of ASCII, digits and hyphens.
func key(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-':
			return r
		}
		return -1
	}, s)
	if s == "" {
		return "book"
	}
	return s
}

// RIS is the work as a record of the format that reference managers exchange.
func RIS(w Work) string {
	var b strings.Builder
	line := func(tag, value string) {
		if value = oneLine(value); value != "" {
			b.WriteString(tag + "  - " + value + "\n")
		}
	}
	line("TY", "BOOK")
	line("TI", w.Title)
	for _, n := range names(w.Authors) {
		line("AU", n.familyFirst(n.given))
	}
	line("ET", edition(w.Edition))
	line("PB", w.Publisher)
	line("PY", year(w.Year))
	line("M1", version(w.Version))
	line("LA", w.Language)
	line("UR", w.URL)
	b.WriteString("ER  - \n")
	return b.String()
}

// CSLJSON is the work as the list of one item in the form of the Citation Style
// Language's input data, which Zotero and pandoc read.
func CSLJSON(w Work) string {
	type person struct {
		Family  string `json:"family,omitempty"`
		Given   string `json:"given,omitempty"`
		Literal string `json:"literal,omitempty"`
	}
	type date struct {
		Parts [][]int `json:"date-parts"`
	}
	item := struct {
		ID        string   `json:"id"`
		Type      string   `json:"type"`
		Title     string   `json:"title"`
		Author    []person `json:"author,omitempty"`
		Edition   string   `json:"edition,omitempty"`
		Publisher string   `json:"publisher,omitempty"`
		Issued    *date    `json:"issued,omitempty"`
		Version   string   `json:"version,omitempty"`
		Language  string   `json:"language,omitempty"`
		URL       string   `json:"URL,omitempty"`
	}{ID: key(w.Key), Type: "book", Title: w.Title, Edition: w.Edition, Publisher: w.Publisher, Version: w.Version, Language: w.Language, URL: w.URL}
	for _, n := range names(w.Authors) {
		if n.organisation {
			item.Author = append(item.Author, person{Literal: n.family})
			continue
		}
		item.Author = append(item.Author, person{Family: n.family, Given: n.given})
	}
	if w.Year != 0 {
		item.Issued = &date{[][]int{{w.Year}}}
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode([]any{item}); err != nil {
		return "" // strings and numbers can always be written
	}
	return b.String()
}

func year(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
