// Package theme turns rendered pages into HTML documents: a template, a style
// sheet and an icon. It is the [edition.Theme] of the server; web/theme, which
// draws all other pages, shares the style sheet.
//
// A page runs no script, loads nothing from other sites and has no style
// attribute, so it works under a strict content security policy.
package theme

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cite"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/edition"
	"github.com/rhaptos/rhaptos/publish/messages"
)

//go:embed templates/page.html
var templateFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// Theme writes the pages of books. It is safe for concurrent use.
type Theme struct {
	page   *template.Template
	assets fs.FS
}

var _ edition.Theme = (*Theme)(nil)

// New parses the template.
func New() (*Theme, error) {
	assets, err := fs.Sub(assetFiles, "assets")
	if err != nil {
		return nil, fmt.Errorf("theme: assets: %w", err)
	}
	page, err := template.New("page.html").Funcs(Functions()).ParseFS(templateFiles, "templates/page.html")
	if err != nil {
		return nil, fmt.Errorf("theme: %w", err)
	}
	return &Theme{page, assets}, nil
}

// Functions returns what templates can call:
//
//	join   a list of names with commas
//	plain  authors as readers see them
//	web    whether an address from the source of a book may be linked to
func Functions() template.FuncMap {
	return template.FuncMap{
		"join":  func(names []string) string { return strings.Join(names, ", ") },
		"plain": cite.Plain,
		"web":   IsWeb,
	}
}

// IsWeb reports whether an address is an http or https URL.
func IsWeb(url string) bool {
	return strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")
}

// Assets returns the files that pages refer to: "style.css", "icon.svg".
func (t *Theme) Assets() fs.FS { return t.assets }

// pageData is the input of page.html.
type pageData struct {
	*edition.PageView
	Language    string
	Direction   string
	Description string
	Words       *messages.Site
	Headings    []heading
	Text        template.HTML // the body, with links in its headings
}

// IsHere reports whether a link leads to the page itself.
func (p pageData) IsHere(l edition.PageLink) bool { return l.Slug == p.Slug }

// IsTop reports whether the page is what the pages beside its text are part of. A
// heading leads to the first of them, which is the page then, not the heading.
func (p pageData) IsTop() bool {
	return p.Near.Top.Slug == p.Slug && !slices.ContainsFunc(p.Near.Pages, p.IsHere)
}

// Page writes the document of a page of a release or a draft.
func (t *Theme) Page(w io.Writer, v *edition.PageView) error {
	description := v.PlainTitle + " – " + v.Book.Title
	words := &messages.For(v.Book.Language).Site
	list, text := headings(v.Body, words.LinkHere)
	return Write(w, t.page, len(v.Body)+8<<10, pageData{Headings: list, Text: text,
		PageView: v, Language: cmp.Or(v.Book.Language, "en"), Direction: collection.Direction(v.Book.Language),
		Description: strings.TrimSpace(v.Number + " " + description), Words: words,
	})
}

// Write executes a template and writes the document in one piece, so that nothing
// is written if the template fails. The document has about size bytes.
func Write(w io.Writer, t *template.Template, size int, data any) error {
	var b bytes.Buffer
	b.Grow(size)
	if err := t.Execute(&b, data); err != nil {
		return fmt.Errorf("theme: %s: %w", t.Name(), err)
	}
	if _, err := w.Write(append(bytes.TrimSpace(b.Bytes()), '\n')); err != nil {
		return fmt.Errorf("theme: %s: %w", t.Name(), err)
	}
	return nil
}
