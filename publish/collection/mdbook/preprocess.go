package mdbook

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/collection/mdbook/markdown"
	"github.com/rhaptos/rhaptos/publish/collection/mdbook/po"
	"github.com/rhaptos/rhaptos/publish/collection/mdbook/preprocess"
)

// preprocessing is what book.toml asks for in its tables [preprocessor.*].
type preprocessing struct {
	admonish bool
	spec     bool
	toc      bool
	marker   string // of the table of contents of a page
	tocLevel int    // of the deepest heading in it
	gettext  bool
	folder   string // of the translations
}

// String names what changes the text of a chapter; empty for most books.
func (p preprocessing) String() string {
	name := ""
	if p.admonish {
		name += "-admonish"
	}
	if p.spec {
		name += "-spec"
	}
	if p.toc {
		name += fmt.Sprintf("-toc%d%q", p.tocLevel, p.marker)
	}
	return name
}

// place is where a name is defined that mdbook-spec lets all chapters refer to.
type place struct{ chapter, id string }

// chapterNames are the names that a chapter defines.
type chapterNames struct{ rules, productions []string }

func (n *chapterNames) code(c *analysis.Coder) {
	analysis.List(c, &n.rules, c.Text)
	analysis.List(c, &n.productions, c.Text)
}

// readNames finds the names that chapters may refer to, if the book uses
// mdbook-spec. Of a chapter whose names are kept nothing is read.
func (r *reader) readNames(context.Context) error {
	if !r.preprocessing.spec {
		return nil
	}
	r.places = map[string]place{}
	for _, ch := range r.order {
		blob, err := r.files.BlobID(ch.name)
		if err != nil {
			return err
		}
		names := &chapterNames{}
		if !analysis.Load(r.kept, "mdbook-names", blob, names.code) {
			data, err := r.files.Read(ch.name, fileBytes)
			if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, collection.ErrTooLarge) {
				return err
			}
			names.rules, names.productions = preprocess.Names(data)
			analysis.Store(r.kept, "mdbook-names", blob, names.code)
		}
		for _, name := range names.rules {
			r.define(name, place{ch.name, preprocess.RuleID(name)})
		}
		for _, name := range names.productions {
			r.define("grammar-"+name, place{ch.name, preprocess.GrammarID(name)})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.places)) {
		if production, ok := strings.CutPrefix(name, "grammar-"); ok {
			r.define(production, r.places[name])
		}
	}
	var all strings.Builder
	for _, name := range slices.Sorted(maps.Keys(r.places)) {
		fmt.Fprintf(&all, "%q%q", name, r.places[name].chapter)
	}
	r.textKey += "-" + analysis.ContentID([]byte(all.String()))
	return nil
}

// define keeps the first place of a name.
func (r *reader) define(name string, at place) {
	if _, taken := r.places[name]; !taken {
		r.places[name] = at
	}
}

// addressOf is the address of a name in the chapter; empty if the book does not
// define it.
func (ch *chapter) addressOf(name string) string {
	at, ok := ch.places[name]
	switch {
	case !ok:
		return ""
	case at.chapter == ch.name:
		return "#" + percent(at.id, "")
	}
	return percent(relative(path.Dir(ch.name), at.chapter), "") + "#" + percent(at.id, "")
}

// specified is what a destination means to mdbook-spec: a rule of the book, an
// item of the standard library, or itself.
func (ch *chapter) specified(destination string) string {
	if to := ch.addressOf(destination); to != "" {
		return to
	}
	if to, ok := preprocess.StandardLibrary(destination); ok {
		return to
	}
	return destination
}

// nestedBlocks is how deep blocks of mdbook-admonish may be in each other.
const nestedBlocks = 5

// preprocess does to a chapter's text what the preprocessors of the book would do.
func (ch *chapter) preprocess(s *markdown.Source) *markdown.Source {
	edit := func(make func(ast.Node, []byte) []preprocess.Edit) bool {
		doc, tooComplex := markdown.Parse(s.Text(), markdown.Dialect{NoDefinition: ch.dialect.NoDefinition})
		if tooComplex >= 0 {
			return false // which is reported when it is read
		}
		edits := make(doc, s.Text())
		if size := len(s.Text()) + added(edits); size > fileBytes {
			ch.report.Error(cnxml.Pos{}, "file-too-large", "the chapter is larger than 4 MiB with what preprocessors make of it; split it")
			return false
		}
		s = s.Edited(edits)
		return len(edits) > 0
	}
	if ch.catalog != nil {
		edit(ch.translate)
	}
	if ch.preprocessing.admonish {
		for i := 0; i < nestedBlocks && edit(preprocess.Admonitions); i++ {
		}
	}
	if ch.preprocessing.spec {
		edit(preprocess.Rules)
		edit(func(doc ast.Node, data []byte) []preprocess.Edit {
			lines := preprocess.Definitions(doc, data, ch.addressOf)
			if lines == "" {
				return nil
			}
			return []preprocess.Edit{{From: len(data), To: len(data), Text: "\n\n" + lines}}
		})
	}
	return s
}

// added is by how much edits make a text longer.
func added(edits []preprocess.Edit) int {
	n := 0
	for _, e := range edits {
		n += len(e.Text) - (e.To - e.From)
	}
	return n
}

// poBytes is the most that a file of translations may hold.
const poBytes = 16 << 20

// readCatalog reads the translations into the language of the book, if there are
// any. The text stays as it is in a language without a file: it is the one that
// the book is written in.
func (r *reader) readCatalog(context.Context) error {
	if r.book == nil || !r.preprocessing.gettext {
		return nil
	}
	name := path.Join(r.preprocessing.folder, r.book.Language+".po")
	data, err := r.files.Read(name, poBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return r.suggestCatalog(name)
	}
	report := r.report(name)
	if errors.Is(err, collection.ErrTooLarge) {
		report.Error(cnxml.Pos{}, "file-too-large", "the file is larger than 16 MiB; take out what is obsolete")
		return nil
	}
	if err != nil {
		return err
	}
	end, err := r.files.Begin(name, int64(len(data))*memoryFactor)
	if err != nil {
		return err
	}
	defer end()
	messages, err := po.Parse(withoutMark(data))
	if at := (*po.SyntaxError)(nil); errors.As(err, &at) {
		report.Error(cnxml.Pos{Line: at.Line, Column: 1}, "translation-malformed", "%s; what follows is not translated", cnxml.Escape(at.Message))
	}
	read := markdown.NewBudget().Parse
	r.catalog = preprocess.NewCatalog(messages, read)
	r.textKey += "-" + analysis.ContentID(data)
	r.title = func(s string) string { return r.catalog.Title(s, read) }
	r.book.Title = r.title(r.book.Title)
	return nil
}

// suggestCatalog reports a file whose name differs in letters and signs that do
// not count: pt_br.po for pt-BR.
func (r *reader) suggestCatalog(name string) error {
	folder, err := r.files.Folder(path.Dir(name))
	if folder == nil || err != nil {
		return err
	}
	plain := func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "_", "-") }
	for _, file := range folder.Files {
		if plain(file) == plain(path.Base(name)) {
			r.config.Warning(cnxml.Pos{}, "book-setting", "there is no %s, so the text is not translated; rename %s, or set the language to the name of the file",
				cnxml.Quote(name), cnxml.Escape(path.Join(path.Dir(name), file)))
		}
	}
	return nil
}

// translate makes the edits of a chapter into the language of the book, and notes
// what has no translation.
func (ch *chapter) translate(doc ast.Node, data []byte) []preprocess.Edit {
	edits, count := ch.catalog.Translate(doc, data, 2*fileBytes)
	if count.Missing > 0 {
		fuzzy := ""
		if count.Fuzzy > 0 {
			fuzzy = fmt.Sprintf(" (%d are marked fuzzy)", count.Fuzzy)
		}
		ch.report.Note(cnxml.Pos{}, "translation-missing", "%d of %d passages have no translation into %s and are shown in the original%s",
			count.Missing, count.Passages, cnxml.Escape(ch.book.Language), fuzzy)
	}
	return edits
}
