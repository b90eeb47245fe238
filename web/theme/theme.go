// Package theme gives pages their outer form: templates and one style sheet.
//
// A Theme makes the pages of releases (it is the edition.Theme of the server)
// and the pages that the web view makes at each request: the catalogue, a
// repository, a table of contents, releases, search results, errors. What
// these are told stands in views.go. No page runs a script or loads anything
// from another site, and none needs a style attribute, so all of them work
// under a strict content security policy.
package theme

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/publish/cite"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/edition"
	"github.com/rhaptos/rhaptos/publish/messages"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// AssetsPath is where the web view serves Assets for dynamic pages.
const AssetsPath = "/-/theme/"

// Theme is a set of parsed templates. It is safe for concurrent use.
type Theme struct {
	templates map[string]*template.Template // by name of the file without .html
	assets    fs.FS
}

var _ edition.Theme = (*Theme)(nil)

// dynamic are the pages inside the common frame.
var dynamic = []string{"catalogue", "repository", "contents", "releases", "search", "error", "pushes", "push", "document", "flow", "changes"}

// New parses the templates. An error means that they do not fit together.
func New() (*Theme, error) {
	assets, err := fs.Sub(assetFiles, "assets")
	if err != nil {
		return nil, fmt.Errorf("theme: assets: %w", err)
	}
	t := &Theme{templates: map[string]*template.Template{}, assets: assets}
	if err := t.parse("page", "page.html"); err != nil {
		return nil, err
	}
	if err := t.parse("change", "change.html"); err != nil {
		return nil, err
	}
	for _, name := range dynamic {
		if err := t.parse(name, "frame.html", name+".html"); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *Theme) parse(name string, files ...string) error {
	for i, f := range files {
		files[i] = "templates/" + f
	}
	tmpl, err := template.New(files[0][len("templates/"):]).Funcs(functions()).ParseFS(templateFiles, files...)
	if err != nil {
		return fmt.Errorf("theme: template %s: %w", name, err)
	}
	t.templates[name] = tmpl
	return nil
}

// functions are what templates may call.
func functions() template.FuncMap {
	return template.FuncMap{
		"day":    func(t time.Time) string { return t.UTC().Format(time.DateOnly) },
		"minute": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") },
		"stamp":  func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"short":  func(oid string) string { return oid[:min(len(oid), 10)] },
		"join":   func(names []string) string { return strings.Join(names, ", ") },
		"plain":  cite.Plain, // authors as readers see them
		"size":   size,
		"web":    isWeb,
	}
}

// size writes a number of bytes for people, in units of 1000.
func size(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	f, i := float64(n), 0
	for f >= 999.5 && i < len(units)-1 {
		f /= 1000
		i++
	}
	if f < 10 && i > 0 {
		return fmt.Sprintf("%.1f %s", f, units[i])
	}
	return fmt.Sprintf("%.0f %s", f, units[i])
}

// isWeb reports whether an address from a book's source can be linked to.
func isWeb(url string) bool {
	return strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")
}

// Assets are the files that pages refer to: "style.css", "icon.svg".
func (t *Theme) Assets() fs.FS { return t.assets }

// write executes a template and writes the document in one piece, so that a
// failing template leaves nothing half written. Of size bytes it knows beforehand.
func (t *Theme) write(w io.Writer, name string, size int, data any) error {
	var b bytes.Buffer
	b.Grow(size)
	if err := t.templates[name].Execute(&b, data); err != nil {
		return fmt.Errorf("theme: %s: %w", name, err)
	}
	if _, err := w.Write(append(bytes.TrimSpace(b.Bytes()), '\n')); err != nil {
		return fmt.Errorf("theme: %s: %w", name, err)
	}
	return nil
}

// pageData is what page.html is told.
type pageData struct {
	*edition.PageView
	Language    string
	Direction   string
	Description string
	Words       *messages.Site
}

// Page writes the whole document of a page of a release or a draft.
func (t *Theme) Page(w io.Writer, v *edition.PageView) error {
	description := v.PlainTitle + " – " + v.Book.Title
	return t.write(w, "page", len(v.Body)+4<<10, pageData{
		PageView: v, Language: languageOf(v.Book.Language), Direction: collection.Direction(v.Book.Language),
		Description: strings.TrimSpace(v.Number + " " + description), Words: &messages.For(v.Book.Language).Site,
	})
}

// screen is what the templates of dynamic pages are told.
type screen struct {
	Frame
	Title     string
	Direction string
	Assets    string
	Words     *messages.Site
	View      any
}

// Data is the book of a table of contents in the words of schema.org, for search
// engines. It is no script: browsers do nothing with it.
func (s screen) Data() map[string]any {
	v, ok := s.View.(*ContentsView)
	if !ok {
		return nil
	}
	data := map[string]any{
		"@context": "https://schema.org", "@type": "Book", "name": v.Book.Title, "inLanguage": languageOf(v.Book.Language),
		"version": v.Number, "datePublished": v.Published.UTC().Format(time.DateOnly), "publisher": map[string]any{"@type": "Organization", "name": s.Site},
	}
	if isWeb(v.Book.LicenseURL) {
		data["license"] = v.Book.LicenseURL
	}
	if s.Canonical != "" {
		data["url"] = s.Canonical
	}
	var authors []map[string]any
	cited := v.Book.CitedAuthors()
	for i, name := range cite.Plain(cited) {
		kind := "Person"
		if cite.IsOrganisation(cited[i]) {
			kind = "Organization"
		}
		authors = append(authors, map[string]any{"@type": kind, "name": name})
	}
	if authors != nil {
		data["author"] = authors
	}
	return data
}

// With is the screen with another view, for a template within a template.
func (s screen) With(view any) screen {
	s.View = view
	return s
}

func (t *Theme) show(w io.Writer, name, title string, f Frame, view any) error {
	if f.Site == "" {
		f.Site = "Rhaptos"
	}
	f.Language = languageOf(f.Language)
	return t.write(w, name, 4<<10, screen{
		Frame: f, Title: title, Direction: collection.Direction(f.Language), Assets: AssetsPath,
		Words: &messages.For(f.Language).Site, View: view,
	})
}

// Catalogue writes the list of all repositories with their books.
func (t *Theme) Catalogue(w io.Writer, v *CatalogueView) error {
	title := v.Title
	if title == "" {
		title = messages.For(v.Language).Site.Catalogue
	}
	return t.show(w, "catalogue", title, v.Frame, v)
}

// Repository writes the page of one repository.
func (t *Theme) Repository(w io.Writer, v *RepositoryView) error {
	return t.show(w, "repository", v.Name, v.Frame, v)
}

// Contents writes the table of contents of a release or a draft. The book's
// language is that of the entries, not of the page.
func (t *Theme) Contents(w io.Writer, v *ContentsView) error {
	title := v.Book.Title
	if v.Number != "" {
		title += " " + v.Number
	}
	return t.show(w, "contents", title, v.Frame, v)
}

// Releases writes the list of a repository's releases.
func (t *Theme) Releases(w io.Writer, v *ReleasesView) error {
	return t.show(w, "releases", messages.For(v.Language).Site.Releases+" – "+v.Name, v.Frame, v)
}

// Search writes what a search has found.
func (t *Theme) Search(w io.Writer, v *SearchView) error {
	title := messages.For(v.Language).Site.Search
	if v.Query != "" {
		title = v.Query + " – " + title
	}
	return t.show(w, "search", title, v.Frame, v)
}

// Error writes what happened to a request that could not be fulfilled.
func (t *Theme) Error(w io.Writer, v *ErrorView) error {
	own := *v
	if own.Title == "" {
		own.Title = http.StatusText(own.Status)
	}
	own.NoIndex = true
	return t.show(w, "error", own.Title, own.Frame, &own)
}

// languageOf is the language for a lang attribute: English if there is none.
func languageOf(tag string) string {
	if tag == "" {
		return "en"
	}
	return tag
}
