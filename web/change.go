package web

import (
	"context"
	"errors"
	"html/template"
	"io"
	"net/http"
	"net/url"

	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/compare"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/route"
	"github.com/rhaptos/rhaptos/web/theme"
)

// change is "/OWNER/REPO/BOOK@A...B/PAGE": a page of the new edition with marks
// around what has changed.
type change struct {
	comparison
	made compared
}

func openChange(s *site, m route.Match) decision.Resource {
	return &change{comparison: comparison{inRepository: s.in(m)}}
}

// State looks for the page in both editions. One that has another address in
// the new edition is there.
func (x *change) State(r *http.Request) (decision.State, error) {
	state, err := x.comparison.State(r)
	if err != nil || state.Existence != decision.Exists {
		return state, err
	}
	if x.made, err = x.compare(r.Context()); err != nil {
		return decision.State{}, err
	}
	switch slug, ok := x.made.Find(x.route.Path); {
	case !ok:
		return decision.State{Existence: decision.Missing, Reason: "Neither edition has a page with this name. What has changed is at " + x.address() + "."}, nil
	case slug != x.route.Path:
		return decision.State{Existence: decision.MovedTemporarily, Location: address.Page(x.address(), slug), CacheControl: x.cacheControl()}, nil
	}
	return decision.State{}, nil
}

// Representations is HTML.
func (x *change) Representations(*http.Request) ([]decision.Representation, error) {
	page := generated(typeHTML, x.cacheControl(), x.write)
	page.Header = x.header()
	return []decision.Representation{page}, nil
}

func (x *change) write(ctx context.Context, w io.Writer) error {
	m, err := x.new.manifest(ctx)
	if err != nil {
		return err
	}
	if err := x.site.comparing.enter(ctx); err != nil {
		return err
	}
	defer x.site.comparing.leave()
	options := compare.Options{Words: theme.MarkWords(m.Book.Language)}
	if options.Old, err = url.Parse(x.old.address() + "/"); err != nil {
		return err
	}
	if options.New, err = url.Parse(x.new.address() + "/"); err != nil {
		return err
	}
	d, err := x.made.Page(ctx, x.route.Path, options)
	large := errors.Is(err, compare.ErrTooLarge)
	switch {
	case large:
		d = &compare.Difference{}
	case err != nil:
		return err
	}
	v := &theme.ChangeView{
		Frame: x.frame(address.Page(x.address(), x.route.Path)), Book: m.Book, Changes: x.address(),
		Old: theme.Link{Text: x.old.name()}, New: theme.Link{Text: x.new.name()},
		Article: template.HTML(d.Article), Count: d.Changes, First: d.First, Coarse: d.Page.Coarse, TooLarge: large,
	}
	v.Language, v.NoIndex = m.Book.Language, true
	x.neighbours(v)
	return x.site.Theme.Change(w, v)
}

// neighbours adds the pages that have changed before and after this one, and
// what the list says of it.
func (x *change) neighbours(v *theme.ChangeView) {
	pages := x.made.changes.Pages
	for i := range pages {
		if pages[i].Slug() != x.route.Path {
			continue
		}
		v.Page = x.pageLine(&pages[i])
		if p := &pages[i]; p.Old != nil {
			v.Old.URL = address.Page(x.old.address(), p.Old.Slug)
		}
		if p := &pages[i]; p.New != nil {
			v.New.URL = address.Page(x.new.address(), p.New.Slug)
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
	v.Page = theme.ChangedPage{Title: template.HTML(template.HTMLEscapeString(x.route.Path))}
	v.New.URL = address.Page(x.new.address(), x.route.Path)
}
