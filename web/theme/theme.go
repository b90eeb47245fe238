// Package theme draws the pages that web generates at each request: the
// catalogue, a repository, a table of contents, releases, search results, errors.
// The views, such as [CatalogueView], are their inputs. Pages of books are drawn
// by publish/theme, whose style sheet and promises these share: no script,
// nothing from other sites, no style attributes.
package theme

import (
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/rhaptos/rhaptos/publish/cite"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/messages"
	booktheme "github.com/rhaptos/rhaptos/publish/theme"
)

//go:embed templates/*.html
var templateFiles embed.FS

// AssetsPath is where web serves the assets.
const AssetsPath = "/-/theme/"

// Theme is a set of parsed templates. It is safe for concurrent use.
type Theme struct {
	templates map[string]*template.Template // by name of the file without .html
	assets    fs.FS
}

// dynamic lists the pages inside the common frame.
var dynamic = []string{"catalogue", "owner", "repository", "contents", "releases", "search", "error", "pushes", "push", "contributions", "contribution", "document", "flow", "changes"}

// New parses the templates.
func New() (*Theme, error) {
	book, err := booktheme.New()
	if err != nil {
		return nil, err
	}
	t := &Theme{templates: map[string]*template.Template{}, assets: book.Assets()}
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

// functions returns what templates can call, beside the functions of book pages:
//
//	day, minute, stamp  a time, ever more exactly
//	short               the first digits of an object id
//	size                a number of bytes
//	languageName        a language (BCP 47) in its own words
func functions() template.FuncMap {
	f := booktheme.Functions()
	maps.Copy(f, template.FuncMap{
		"day":    func(t time.Time) string { return t.UTC().Format(time.DateOnly) },
		"minute": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") },
		"stamp":  func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"short":  func(oid string) string { return oid[:min(len(oid), 10)] },
		"size":   size,

		"languageName": languageName,
	})
	return f
}

// languageName returns the name of a language in the language itself, or the tag if it
// has no known name.
func languageName(tag string) string {
	t, err := language.Parse(tag)
	if err != nil {
		return tag
	}
	return cmp.Or(display.Self.Name(t), tag)
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

// Assets returns the files that pages refer to: "style.css", "icon.svg".
func (t *Theme) Assets() fs.FS { return t.assets }

// screen is the input of the templates.
type screen struct {
	Frame
	Title     string
	Direction string
	Assets    string
	Words     *messages.Site
	View      any
}

// Data describes the book of a table of contents in the vocabulary of schema.org,
// for search engines. It is nil for other pages.
func (s screen) Data() map[string]any {
	v, ok := s.View.(*ContentsView)
	if !ok {
		return nil
	}
	data := map[string]any{
		"@context": "https://schema.org", "@type": "Book", "name": v.Book.Title, "inLanguage": cmp.Or(v.Book.Language, "en"),
		"version": v.Number, "datePublished": v.Published.UTC().Format(time.DateOnly), "publisher": map[string]any{"@type": "Organization", "name": s.Site},
	}
	if booktheme.IsWeb(v.Book.LicenseURL) {
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

// With returns the screen with another view, for a nested template.
func (s screen) With(view any) screen {
	s.View = view
	return s
}

func (t *Theme) show(w io.Writer, name, title string, f Frame, view any) error {
	if f.Site == "" {
		f.Site = "Rhaptos"
	}
	f.Language = cmp.Or(f.Language, "en")
	return booktheme.Write(w, t.templates[name], 4<<10, screen{
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

// Owner writes the page of an owner of repositories.
func (t *Theme) Owner(w io.Writer, v *OwnerView) error {
	return t.show(w, "owner", v.Name, v.Frame, v)
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

// Search writes search results.
func (t *Theme) Search(w io.Writer, v *SearchView) error {
	title := messages.For(v.Language).Site.Search
	if v.Query != "" {
		title = v.Query + " – " + title
	}
	return t.show(w, "search", title, v.Frame, v)
}

// Error writes the page of an error.
func (t *Theme) Error(w io.Writer, v *ErrorView) error {
	own := *v
	if own.Title == "" {
		own.Title = http.StatusText(own.Status)
	}
	own.NoIndex = true
	return t.show(w, "error", own.Title, own.Frame, &own)
}
