package mdbook

import (
	"bytes"
	"context"
	"errors"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/collection/mdbook/markdown"
)

// configBytes bounds book.toml, whose parser calls itself for nested values.
const configBytes = 256 << 10

// config holds the keys of book.toml that this program uses.
type config struct {
	title       word
	authors     words
	description word
	language    word
	source      word
	dialect     markdown.Dialect
	moved       []redirect

	hidelines map[string]string // what hidden lines begin with, by language

	preprocessing preprocessing
}

// word is a string, and words a list of strings: types of our own because the
// decoder tells where a value is wrong only to those.
type (
	word  string
	words []string
)

// UnmarshalTOML implements toml.Unmarshaler.
func (w *word) UnmarshalTOML(value any) error {
	s, ok := value.(string)
	if !ok {
		return errors.New("the value is not a string; put it in quotes")
	}
	*w = word(s)
	return nil
}

// UnmarshalTOML implements toml.Unmarshaler.
func (w *words) UnmarshalTOML(value any) error {
	list, ok := value.([]any)
	for _, v := range list {
		s, isString := v.(string)
		ok = ok && isString
		*w = append(*w, s)
	}
	if !ok {
		*w = nil
		return errors.New(`the value is not a list of strings; write ["...", "..."]`)
	}
	return nil
}

// readConfig reads book.toml and begins the book.
func (r *reader) readConfig(context.Context) error {
	report := r.report(configPath)
	r.config = report
	data, missing, err := load(r.files, configPath, report)
	if err != nil {
		return err
	}
	if missing {
		report.Error(cnxml.Pos{}, "books-missing", "the file book.toml is missing; add it with a title under [book]")
		return nil
	}
	c, ok := decode(data, report)
	r.doubtful = !ok
	title := strings.Join(strings.Fields(string(c.title)), " ")
	if title == "" && ok {
		report.Warning(cnxml.Pos{}, "metadata-missing", `the book has no title; add title = "..." under [book]`)
	}
	r.dialect, r.hidelines, r.preprocessing = c.dialect, c.hidelines, c.preprocessing
	r.textKey = c.preprocessing.String() + hiddenKey(c.hidelines)
	r.src = "src"
	if c.source != "" {
		r.src = path.Clean(string(c.source))
	}
	r.moved, r.redirects = c.moved, map[string]bool{}
	for _, m := range c.moved {
		r.redirects[m.from] = true
	}
	r.book = &collection.Book{
		Format: "mdbook",
		Slug:   slug(title), Title: title, Language: string(c.language), Authors: c.authors,
		Description: strings.Join(strings.Fields(string(c.description)), " "),
		Path:        configPath, Collection: &collection.Collection{},
	}
	if r.book.Title == "" {
		r.book.Title = r.book.Slug
	}
	if r.book.Language == "" {
		r.book.Language = "en" // mdBook's own default
	}
	r.lib.Books = []*collection.Book{r.book}
	return nil
}

// decode reads the text of book.toml, nil if it could not be loaded, and
// reports whether it is as it should be.
func decode(data []byte, report *collection.Report) (c config, ok bool) {
	switch {
	case data == nil:
		return c, false
	case len(data) > configBytes:
		report.Error(cnxml.Pos{}, "file-too-large", "the file is larger than 256 KiB; make it smaller")
		return c, false
	}
	if limit := (*collection.TOMLError)(nil); errors.As(collection.LimitTOML(string(data)), &limit) {
		report.Error(cnxml.Pos{Line: limit.Line, Column: 1}, "toml-malformed", "%s", limit.Message)
		return c, false
	}
	var file struct {
		Book struct {
			Title    toml.Primitive `toml:"title"`
			Authors  toml.Primitive `toml:"authors"`
			About    toml.Primitive `toml:"description"`
			Language toml.Primitive `toml:"language"`
			Source   toml.Primitive `toml:"src"`
		} `toml:"book"`
		Output struct {
			HTML struct {
				Maths       toml.Primitive            `toml:"mathjax-support"`
				Definitions toml.Primitive            `toml:"definition-lists"`
				Smart       toml.Primitive            `toml:"smart-punctuation"`
				Curly       toml.Primitive            `toml:"curly-quotes"`
				Redirect    map[string]toml.Primitive `toml:"redirect"`
				Code        struct {
					Hidelines map[string]word `toml:"hidelines"`
				} `toml:"code"`
			} `toml:"html"`
		} `toml:"output"`
		Preprocessor preprocessorTables `toml:"preprocessor"`
	}
	defined, err := toml.NewDecoder(bytes.NewReader(data)).Decode(&file)
	if err != nil {
		tomlProblem(err, data, report)
		return c, false
	}
	ok = true
	for _, value := range []struct {
		key  string
		from toml.Primitive
		to   any
	}{
		{"title", file.Book.Title, &c.title},
		{"authors", file.Book.Authors, &c.authors},
		{"description", file.Book.About, &c.description},
		{"language", file.Book.Language, &c.language},
		{"src", file.Book.Source, &c.source},
	} {
		if !defined.IsDefined("book", value.key) {
			continue
		}
		if err := defined.PrimitiveDecode(value.from, value.to); err != nil {
			tomlProblem(err, data, report)
			ok = false
		}
	}
	definitions := true
	c.dialect.Smart = true // mdBook's own default since 0.5
	c.hidelines = map[string]string{}
	for language, mark := range file.Output.HTML.Code.Hidelines {
		c.hidelines[language] = string(mark)
	}
	for _, value := range []struct {
		key  string
		from toml.Primitive
		to   *bool
	}{
		{"mathjax-support", file.Output.HTML.Maths, &c.dialect.Maths},
		{"definition-lists", file.Output.HTML.Definitions, &definitions},
		{"curly-quotes", file.Output.HTML.Curly, &c.dialect.Smart},
		{"smart-punctuation", file.Output.HTML.Smart, &c.dialect.Smart},
	} {
		if !defined.IsDefined("output", "html", value.key) {
			continue
		}
		if err := defined.PrimitiveDecode(value.from, value.to); err != nil {
			tomlProblem(err, data, report)
			ok = false
		}
	}
	c.dialect.NoDefinition = !definitions
	ok = c.readPreprocessors(&defined, &file.Preprocessor, data, report) && ok
	moved, allRead := readRedirects(file.Output.HTML.Redirect, &defined, data, report)
	c.moved = moved
	reportKeys(&defined, data, report)
	return c, ok && allRead
}

func tomlProblem(err error, data []byte, report *collection.Report) {
	var fault toml.ParseError
	if errors.As(err, &fault) {
		at := placeIn(data, fault.Position.Start, fault.Position.Start+fault.Position.Len)
		report.Add(at.Problem(collection.Error, "toml-malformed", "%s", cnxml.Escape(strings.TrimSuffix(fault.Message, "."))))
		return
	}
	report.Error(cnxml.Pos{}, "toml-malformed", "%s", cnxml.Escape(strings.TrimPrefix(err.Error(), "toml: ")))
}

// slug makes a book's name in URLs from its title: letters and digits of any
// script in lower case, hyphens for the rest.
func slug(title string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(title) {
		switch {
		case b.Len() > 100:
		case unicode.IsLetter(c), unicode.IsDigit(c), unicode.IsMark(c) && b.Len() > 0:
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	if s := strings.TrimRight(b.String(), "-"); collection.ValidSlug(s) {
		return s
	}
	return "book"
}

// invalidUTF8 is the offset of the first byte that is not UTF-8, or -1.
func invalidUTF8(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; i < len(data); {
		c, size := utf8.DecodeRune(data[i:])
		if c == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// preprocessorTables are the keys of [preprocessor.*] that are used.
type preprocessorTables struct {
	Gettext struct {
		Folder toml.Primitive `toml:"po-dir"`
	} `toml:"gettext"`
	Toc struct {
		Marker toml.Primitive `toml:"marker"`
		Level  toml.Primitive `toml:"max-level"`
	} `toml:"toc"`
}

// readPreprocessors notes the preprocessors that are known, and reports whether
// their keys are as they should be.
func (c *config) readPreprocessors(defined *toml.MetaData, tables *preprocessorTables, data []byte, report *collection.Report) bool {
	has := func(name string) bool { return defined.IsDefined("preprocessor", name) }
	p := &c.preprocessing
	p.admonish, p.spec, p.toc, p.gettext = has("admonish"), has("spec"), has("toc"), has("gettext")
	c.dialect.Dollars = has("katex")
	c.dialect.Alerts = p.admonish || p.spec
	marker, folder := word("<!-- toc -->"), word("po")
	p.tocLevel = 4
	ok := true
	for _, value := range []struct {
		table, key string
		from       toml.Primitive
		to         any
	}{
		{"gettext", "po-dir", tables.Gettext.Folder, &folder},
		{"toc", "marker", tables.Toc.Marker, &marker},
		{"toc", "max-level", tables.Toc.Level, &p.tocLevel},
	} {
		if !defined.IsDefined("preprocessor", value.table, value.key) {
			continue
		}
		if err := defined.PrimitiveDecode(value.from, value.to); err != nil {
			tomlProblem(err, data, report)
			ok = false
		}
	}
	p.marker, p.folder = strings.TrimSpace(string(marker)), path.Clean(string(folder))
	p.tocLevel = max(1, min(p.tocLevel, 6))
	return ok
}
