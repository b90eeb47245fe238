package settings

import (
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/outline"
)

func TestMatterSettings(t *testing.T) {
	fsys := fstest.MapFS{"LICENSE": file("Do what you like."), "binary": file("\xff"), "long": file(strings.Repeat("x", maxLicense+1)), File: file(`
[matter]
answers = false
sections = ["summary", "practice"]
titles = { practice = "Drill" }

[notes]
case-study = "  Case   Study "
[notes.pl]
case-study = "Studium"

[book.statistics]
authors = ["Barbara Illowsky", "Susan Dean"]
publisher = "OpenStax"
edition = "2"
year = 2023
url = "https://openstax.org/details/books/introductory-statistics"
description = "For students of other subjects."
subject = "Mathematics"

[derived-from]
title = "Collaborative Statistics"
authors = ["A"]
url = "https://example.org/x"
license = "CC BY"
license-url = "https://creativecommons.org/licenses/by/3.0/"

[[license]]
file = "LICENSE"

[[license]]
url = "https://example.org/own"
text = "Ask first."
`)}
	s, problems := Read(fsys, "main")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := outline.Standard()
	want.Answers = false
	want.Sections = []string{"summary", "practice"}
	want.Titles = map[string]map[string]string{"": {"practice": "Drill"}}
	want.Notes = map[string]map[string]string{"": {"case-study": "Case Study"}, "pl": {"case-study": "Studium"}}
	if !reflect.DeepEqual(s.Generated, want) {
		t.Errorf("matter: %+v", s.Generated)
	}
	books := []*collection.Book{
		{Slug: "statistics", Authors: []string{"nobody"}, License: collection.License{URL: "https://example.org/own/"}},
		{Slug: "other", Authors: []string{"somebody"}, Description: "Its own."},
	}
	s.Describe(books)
	if b := books[0]; b.Publisher != "OpenStax" || b.Authors[1] != "Susan Dean" || b.Edition != "2" || b.Description != "For students of other subjects." || b.Subject != "Mathematics" || b.Year != 2023 ||
		b.License.Text != "Ask first." || b.Origin.Title != "Collaborative Statistics" || b.Origin.LicenseURL == "" {
		t.Errorf("%+v", b)
	}
	if b := books[1]; b.Authors[0] != "somebody" || b.Description != "Its own." || b.License.Text != "Do what you like." {
		t.Errorf("%+v", b)
	}
	if got := s.UnknownBooks([]string{"statistic"}); len(got) != 1 || got[0].String() !=
		`.rhaptos.toml:12:1: there is no book "statistics", so the setting has no effect; did you mean statistic?` {
		t.Error(got)
	}
	for text, want := range map[string]string{
		"matter = 1":                            ".rhaptos.toml:1:10: matter must be a table: write [matter] above its keys",
		"[matter]\nanswer = true":               `.rhaptos.toml:2:10: the setting "answer" of [matter] is not known; did you mean answers?`,
		"[matter]\nanswers = 1":                 ".rhaptos.toml:2:11: answers must be true or false",
		"[matter]\nsections = \"a\"":            `.rhaptos.toml:2:13: sections must be a list of classes, such as ["summary", "practice"]`,
		"[matter]\nsections = [\"a b\"]":        `.rhaptos.toml:2:13: sections must be a list of classes, such as ["summary", "practice"]; a class is one word`,
		"[notes]\na = 1":                        ".rhaptos.toml:2:5: a must be a title, or a table of titles in the language a",
		"[book]\na = 1":                         ".rhaptos.toml:2:5: book.a must be a table: write [book.a] above its keys",
		"[book.a]\nauthor = [\"x\"]":            `.rhaptos.toml:2:11: the setting "author" of [book.a] is not known; did you mean authors?`,
		"[book.a]\nauthors = \"x\"":             `.rhaptos.toml:2:12: authors must be a list of names`,
		"[book.a]\nyear = 20230":                ".rhaptos.toml:2:8: year must be a number of up to four digits",
		"[book.a]\nurl = \"javascript:1\"":      `.rhaptos.toml:2:8: "javascript:1" is no address that begins with`,
		"[derived-from]\nauthors = [\"x\"]":     `.rhaptos.toml:1:1: [derived-from] needs the title of the work`,
		"[[license]]\nurl = \"x\"":              ".rhaptos.toml:1:1: a [[license]] needs either its text or a file with it",
		"\n[[license]]\nfile = \"LICENCE\"":     `.rhaptos.toml:2:1: the license in "LICENCE" cannot be shown: there is no such file`,
		"[[license]]\nfile = \"../x\"":          `.rhaptos.toml:1:1: the license in "../x" cannot be shown: there is no such file`,
		"[[license]]\nfile = \"binary\"":        `.rhaptos.toml:1:1: the license in "binary" cannot be shown: it is not UTF-8 text`,
		"[[license]]\nfile = \"long\"":          `.rhaptos.toml:1:1: the license in "long" cannot be shown: it has more than`,
		"[license]\nfile = \"LICENSE\"":         ".rhaptos.toml:1:1: license must be tables of text: write [[license]] above each",
		"[[license]]\nfile = \"LICENSE\"\na= 1": `.rhaptos.toml:1:1: the setting "a" of a [[license]] is not known`,
	} {
		fsys[File] = file(text)
		_, problems := Read(fsys, "main")
		if len(problems) != 1 || !strings.HasPrefix(problems[0].String(), want) {
			t.Errorf("%q: got %v, want %s", text, problems, want)
		}
	}
}
