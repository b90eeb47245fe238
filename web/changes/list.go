package changes

import (
	"context"
	"html/template"
	"io"
	"net/http"
	"strings"

	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/compare"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/theme"
)

// list is "/OWNER/REPO/BOOK@A...B": what has changed from one edition of a book to
// another.
type list struct{ comparison }

// JSON is the list as data.
type JSON struct {
	Book     string              `json:"book"`
	Old      editionJSON         `json:"old"`
	New      editionJSON         `json:"new"`
	Same     int                 `json:"same"`  // unchanged pages
	Pages    []changedPageJSON   `json:"pages"` // in the order of the new edition
	Headings []changedHeading    `json:"headings"`
	Media    []changedMediumJSON `json:"media"`
}

type editionJSON struct {
	Number string `json:"number,omitempty"` // of a release
	Branch string `json:"branch,omitempty"` // of a draft
	Commit string `json:"commit"`
	URL    string `json:"url"`
}

// changedPageJSON is a page that differs.
type changedPageJSON struct {
	Change  string    `json:"change"` // "added", "removed" or "changed"
	URL     string    `json:"url"`    // the page with marks
	Old     *pageJSON `json:"old,omitempty"`
	New     *pageJSON `json:"new,omitempty"`
	Moved   bool      `json:"moved,omitempty"` // to another place in the order
	Added   int       `json:"words_added"`
	Removed int       `json:"words_removed"`
	Numbers int       `json:"numbers,omitempty"` // assigned by the structure of the book
	Images  int       `json:"images,omitempty"`
	Others  int       `json:"others,omitempty"` // marks of punctuation and the like
	Shifted int       `json:"blocks_moved,omitempty"`
	Media   []string  `json:"media,omitempty"`      // changed files that the page shows
	Coarse  bool      `json:"at_most,omitempty"`    // the counts are upper bounds
	Large   bool      `json:"too_large,omitempty"`  // it cannot be compared
	Left    bool      `json:"uncompared,omitempty"` // it was not compared: too many others have changed
}

type pageJSON struct {
	Slug   string `json:"slug"`
	Number string `json:"number,omitempty"`
	Title  string `json:"title"`
	Module string `json:"module,omitempty"`
}

type changedHeading struct {
	Change string `json:"change"` // "added" or "removed"
	Text   string `json:"text"`
}

type changedMediumJSON struct {
	Path string `json:"path"`
	Old  string `json:"old,omitempty"` // address
	New  string `json:"new,omitempty"`
}

// Representations returns HTML and JSON, or only JSON if the address ends in it.
func (x *list) Representations(r *http.Request) ([]decision.Representation, error) {
	found, err := x.compare(r.Context())
	if err != nil {
		return nil, err
	}
	cache := x.CacheControl()
	data := resource.Generated(resource.TypeJSON, cache, func(_ context.Context, w io.Writer) error { return resource.WriteJSON(w, x.data(found.changes)) })
	data.Location, data.Header = x.Address()+".json", x.Header()
	if x.json {
		return []decision.Representation{data}, nil
	}
	page := resource.Generated(resource.TypeHTML, cache, func(ctx context.Context, w io.Writer) error {
		m, err := x.new.Manifest(ctx)
		if err != nil {
			return err
		}
		return x.Site.Theme.Changes(w, x.view(m.Book, found.changes))
	})
	page.Header = x.Header()
	return []decision.Representation{page, data}, nil
}

func editionOf(e *resource.Edition) editionJSON {
	if e.Release != nil {
		return editionJSON{Number: e.Release.Number.String(), Commit: e.Release.Commit, URL: e.Address()}
	}
	return editionJSON{Branch: e.Draft.Branch, Commit: e.Draft.Commit, URL: e.Address()}
}

func (x *list) data(c *compare.Changes) JSON {
	d := JSON{
		Book: x.Route.Book, Old: editionOf(x.old), New: editionOf(x.new), Same: c.Same,
		Pages: []changedPageJSON{}, Headings: []changedHeading{}, Media: []changedMediumJSON{},
	}
	for i := range c.Pages {
		p := &c.Pages[i]
		d.Pages = append(d.Pages, changedPageJSON{
			Change: changeOf(p), URL: address.Page(x.Address(), p.Slug()), Old: pageData(p.Old), New: pageData(p.New), Moved: p.Moved,
			Added: p.Counts.Added, Removed: p.Counts.Removed, Numbers: p.Counts.Numbers, Images: p.Counts.Images,
			Others: p.Counts.Others, Shifted: p.Counts.Moved, Media: p.Media, Coarse: p.Coarse, Large: p.TooLarge, Left: p.Uncompared,
		})
	}
	for _, h := range c.Headings {
		change := "removed"
		if h.Added {
			change = "added"
		}
		d.Headings = append(d.Headings, changedHeading{change, h.Text})
	}
	for _, m := range c.Media {
		medium := changedMediumJSON{Path: m.Path}
		if m.OldType != "" {
			medium.Old = address.Page(x.old.Address(), m.Path)
		}
		if m.NewType != "" {
			medium.New = address.Page(x.new.Address(), m.Path)
		}
		d.Media = append(d.Media, medium)
	}
	return d
}

func changeOf(p *compare.Page) string {
	switch {
	case p.Old == nil:
		return "added"
	case p.New == nil:
		return "removed"
	}
	return "changed"
}

func pageData(e *release.Entry) *pageJSON {
	if e == nil {
		return nil
	}
	return &pageJSON{e.Slug, e.Number, e.Plain, e.Module}
}

func (x *list) view(b release.Book, c *compare.Changes) *theme.ChangesView {
	v := &theme.ChangesView{
		Frame: x.Frame(x.Address(), x.Crumb(), theme.Link{Text: b.Title, URL: x.new.Address()}),
		Book:  b, Same: c.Same,
		Old: theme.Link{Text: x.old.Name(), URL: x.old.Address()}, New: theme.Link{Text: x.new.Name(), URL: x.new.Address()},
	}
	v.NoIndex, v.Alternates = true, resource.JSONAlternate(x.Address()+".json")
	for i := range c.Pages {
		v.Pages = append(v.Pages, x.pageLine(&c.Pages[i]))
	}
	for _, h := range c.Headings {
		v.Headings = append(v.Headings, theme.ChangedHeading{Added: h.Added, Text: h.Text})
	}
	for _, m := range c.Media {
		line := theme.ChangedMedium{Name: m.Path, Image: isImage(m.OldType) && isImage(m.NewType)}
		if m.OldType != "" {
			line.Old, line.Image = address.Page(x.old.Address(), m.Path), isImage(m.OldType)
		}
		if m.NewType != "" {
			line.New, line.Image = address.Page(x.new.Address(), m.Path), isImage(m.NewType) && (m.OldType == "" || line.Image)
		}
		v.Media = append(v.Media, line)
	}
	return v
}

func isImage(mediaType string) bool { return strings.HasPrefix(mediaType, "image/") }

func (x *comparison) pageLine(p *compare.Page) theme.ChangedPage {
	line := theme.ChangedPage{
		Change: changeOf(p), URL: address.Page(x.Address(), p.Slug()), Moved: p.Moved, OnlyNumbers: p.Counts.OnlyNumbers(),
		Added: p.Counts.Added, Removed: p.Counts.Removed, Shifted: p.Counts.Moved, Images: p.Counts.Images > 0 || len(p.Media) > 0,
		TooLarge: p.TooLarge, Uncompared: p.Uncompared,
	}
	if p.Old != nil {
		line.OldNumber, line.OldTitle = p.Old.Number, template.HTML(p.Old.Title)
		line.Number, line.Title = line.OldNumber, line.OldTitle
	}
	if p.New != nil {
		line.Number, line.Title = p.New.Number, template.HTML(p.New.Title)
	}
	line.Retitled = p.Retitled()
	return line
}
