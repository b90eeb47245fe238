package cite_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/publish/cite"
)

var statistics = cite.Work{
	Key: "introductory-statistics-2e", Title: "Introductory Statistics & More", Authors: []string{"Barbara Illowsky", "Dean, Susan"},
	Edition: "2", Publisher: "OpenStax", Year: 2023, Version: "1.4", Language: "en", URL: "https://books.example.org/a/b/c",
}

func TestTexts(t *testing.T) {
	many := cite.Work{Title: "The Rust Programming Language", Authors: []string{"Steve Klabnik", "Carol Nichols", "Chris Krycho", "Contributions from the Rust Community"}}
	for _, tt := range []struct {
		name string
		got  cite.Text
		want string
	}{
		{"APA", cite.APA(statistics), "Illowsky, B., & Dean, S. (2023). *Introductory Statistics & More* (2nd ed.; version 1.4). OpenStax. https://books.example.org/a/b/c"},
		{"APA, four", cite.APA(many), "Klabnik, S., Nichols, C., Krycho, C., & Contributions from the Rust Community. (n.d.). *The Rust Programming Language*."},
		{"APA, nobody", cite.APA(cite.Work{Title: "A"}), "*A*. (n.d.)."},
		{"APA, one", cite.APA(cite.Work{Title: "A", Authors: []string{"Jean-Paul van der Berg Jr."}, Edition: "Third edition"}), "van der Berg Jr., J.-P. (n.d.). *A* (Third edition)."},
		{"MLA", cite.MLA(statistics), "Illowsky, Barbara, and Susan Dean. *Introductory Statistics & More*. 2nd ed, Version 1.4, OpenStax, 2023, books.example.org/a/b/c."},
		{"MLA, four", cite.MLA(many), "Klabnik, Steve, et al. *The Rust Programming Language*."},
		{"Chicago", cite.Chicago(statistics), "Illowsky, Barbara, and Susan Dean. *Introductory Statistics & More*. 2nd ed. Version 1.4. OpenStax, 2023. books.example.org/a/b/c."},
		{"Chicago, four", cite.Chicago(many), "Klabnik, Steve, Carol Nichols, Chris Krycho, and Contributions from the Rust Community. *The Rust Programming Language*."},
		{"Chicago, braces", cite.Chicago(cite.Work{Title: "A", Authors: []string{"{Data Science Group}", " "}}), "Data Science Group. *A*."},
		{"MLA, year alone", cite.MLA(cite.Work{Title: "A", Authors: []string{"Plato"}, Year: 11}), "Plato. *A*. 11."},
	} {
		var b strings.Builder
		for _, p := range tt.got {
			if p.Title {
				b.WriteString("*" + p.Text + "*")
				continue
			}
			b.WriteString(p.Text)
		}
		if b.String() != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, b.String(), tt.want)
		}
		if plain := strings.ReplaceAll(tt.want, "*", ""); tt.got.String() != plain {
			t.Errorf("%s: plain %q", tt.name, tt.got)
		}
	}
}

func TestRecords(t *testing.T) {
	work := statistics
	work.Authors = append(work.Authors, "University of X")
	for _, tt := range []struct{ name, got, want string }{
		{"BibTeX", cite.BibTeX(work), `@book{introductory-statistics-2e,
  title = {{Introductory Statistics \& More}},
  author = {Illowsky, Barbara and Dean, Susan and {University of X}},
  edition = {2nd ed.},
  publisher = {OpenStax},
  year = {2023},
  version = {1.4},
  langid = {en},
  url = {https://books.example.org/a/b/c},
}
`},
		{"BibTeX, hostile", cite.BibTeX(cite.Work{Key: "é{}", Title: "a}\n, b={\\"}), `@book{book,
  title = {{a\} , b=\{\textbackslash{}}},
}
`},
		{"RIS", cite.RIS(work), `TY  - BOOK
TI  - Introductory Statistics & More
AU  - Illowsky, Barbara
AU  - Dean, Susan
AU  - University of X
ET  - 2nd ed.
PB  - OpenStax
PY  - 2023
M1  - version 1.4
LA  - en
UR  - https://books.example.org/a/b/c
ER  - 
`},
		{"CSL-JSON", cite.CSLJSON(work), `[
  {
    "id": "introductory-statistics-2e",
    "type": "book",
    "title": "Introductory Statistics & More",
    "author": [
      {
        "family": "Illowsky",
        "given": "Barbara"
      },
      {
        "family": "Dean",
        "given": "Susan"
      },
      {
        "literal": "University of X"
      }
    ],
    "edition": "2",
    "publisher": "OpenStax",
    "issued": {
      "date-parts": [
        [
          2023
        ]
      ]
    },
    "version": "1.4",
    "language": "en",
    "URL": "https://books.example.org/a/b/c"
  }
]
`},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, tt.got, tt.want)
		}
	}
}

// FuzzCite checks that no name breaks out of a record or stops the program.
func FuzzCite(f *testing.F) {
	f.Add("T", "A B", "2")
	f.Add("\\}{", "{", "99999999999999999999")
	f.Add("", ",", "\xff")
	f.Fuzz(func(t *testing.T, title, author, edition string) {
		w := cite.Work{Key: title, Title: title, Authors: []string{author, author}, Edition: edition, Publisher: author}
		for _, text := range []cite.Text{cite.APA(w), cite.MLA(w), cite.Chicago(w)} {
			if !strings.Contains(text.String(), title) {
				t.Errorf("no title in %q", text)
			}
		}
		if !json.Valid([]byte(cite.CSLJSON(w))) {
			t.Errorf("not JSON: %s", cite.CSLJSON(w))
		}
		for line := range strings.Lines(cite.RIS(w)) {
			if len(line) < 7 || line[2:6] != "  - " {
				t.Errorf("RIS: %q", line)
			}
		}
		depth := 0
		bib := cite.BibTeX(w)
		for i := 0; i < len(bib); i++ {
			switch bib[i] {
			case '\\':
				i++
			case '{':
				depth++
			case '}':
				if depth--; depth < 1 && i < len(bib)-2 {
					t.Fatalf("BibTeX ends early: %s", bib)
				}
			}
		}
	})
}

func TestIsOrganisation(t *testing.T) {
	for author, want := range map[string]bool{"{Data Science Group}": true, " { ACME } ": true, "University of X": true, "Contributions from the Rust Community": true,
		"Barbara Illowsky": false, "Illowsky, Barbara": false, "Press, William": false, "Plato": false, "": false} {
		if got := cite.IsOrganisation(author); got != want {
			t.Errorf("%q: %v", author, got)
		}
	}
}

func TestPlain(t *testing.T) {
	authors := []string{"Ann Smith", " {Friends of the Sea} ", "{Open", "A {B}"}
	if got := strings.Join(cite.Plain(authors), "|"); got != "Ann Smith|Friends of the Sea|Open|A {B}" {
		t.Errorf("got %s", got)
	}
	if authors[1] != " {Friends of the Sea} " {
		t.Error("the names themselves were changed")
	}
	if cite.Plain(nil) != nil {
		t.Error("nobody became somebody")
	}
}
