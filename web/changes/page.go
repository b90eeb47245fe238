package changes

import (
	"context"
	"errors"
	"html/template"
	"io"
	"net/http"
	"net/url"

	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/compare"
	booktheme "github.com/rhaptos/rhaptos/publish/theme"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/theme"
)

// page is "/OWNER/REPO/BOOK@A...B/PAGE": a page of the new edition with marks
// around what has changed.
type page struct {
	comparison
	compared compared
}

// State looks for the page in both editions, and redirects to its slug in the new
// one.
func (x *page) State(r *http.Request) (decision.State, error) {
	state, err := x.comparison.State(r)
	if err != nil || state.Existence != decision.Exists {
		return state, err
	}
	if x.compared, err = x.compare(r.Context()); err != nil {
		return decision.State{}, err
	}
	switch slug, ok := x.compared.Find(x.Route.Path); {
	case !ok:
		return decision.State{Existence: decision.Missing, Reason: "Neither edition has a page of this name. The list of changes is at " + x.Address() + "."}, nil
	case slug != x.Route.Path:
		return decision.State{Existence: decision.MovedTemporarily, Location: address.Page(x.Address(), slug), CacheControl: x.CacheControl()}, nil
	}
	return decision.State{}, nil
}

// Representations returns HTML.
func (x *page) Representations(*http.Request) ([]decision.Representation, error) {
	html := resource.Generated(resource.TypeHTML, x.CacheControl(), x.write)
	html.Header = x.Header()
	return []decision.Representation{html}, nil
}

func (x *page) write(ctx context.Context, w io.Writer) error {
	m, err := x.new.Manifest(ctx)
	if err != nil {
		return err
	}
	if err := x.all.slots.enter(ctx); err != nil {
		return err
	}
	defer x.all.slots.leave()
	options := compare.Options{Words: booktheme.MarkWords(m.Book.Language)}
	if options.Old, err = url.Parse(x.old.Address() + "/"); err != nil {
		return err
	}
	if options.New, err = url.Parse(x.new.Address() + "/"); err != nil {
		return err
	}
	d, err := x.compared.Page(ctx, x.Route.Path, options)
	large := errors.Is(err, compare.ErrTooLarge)
	switch {
	case large:
		d = &compare.Difference{}
	case err != nil:
		return err
	}
	v := &theme.ChangeView{
		Frame: x.Frame(address.Page(x.Address(), x.Route.Path)), Book: m.Book, Changes: x.Address(),
		Old: theme.Link{Text: x.old.Name()}, New: theme.Link{Text: x.new.Name()},
		Article: template.HTML(d.Article), Count: d.Changes, First: d.First, Coarse: d.Page.Coarse, TooLarge: large,
	}
	v.Language, v.NoIndex = m.Book.Language, true
	x.neighbours(v)
	return x.Site.Theme.Change(w, v)
}

// neighbours adds the changed pages before and after this one, and the entry of
// this one in the list.
func (x *page) neighbours(v *theme.ChangeView) {
	pages := x.compared.changes.Pages
	for i := range pages {
		if pages[i].Slug() != x.Route.Path {
			continue
		}
		v.Page = x.pageLine(&pages[i])
		if p := &pages[i]; p.Old != nil {
			v.Old.URL = address.Page(x.old.Address(), p.Old.Slug)
		}
		if p := &pages[i]; p.New != nil {
			v.New.URL = address.Page(x.new.Address(), p.New.Slug)
		}
		if i > 0 {
			line := x.pageLine(&pages[i-1])
			v.Previous = &line
		}
		if i+1 < len(pages) {
			line := x.pageLine(&pages[i+1])
			v.Next = &line
		}
		return
	}
	v.Page = theme.ChangedPage{Title: template.HTML(template.HTMLEscapeString(x.Route.Path))}
	v.New.URL = address.Page(x.new.Address(), x.Route.Path)
}
