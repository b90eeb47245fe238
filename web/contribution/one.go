package contribution

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
	"github.com/rhaptos/rhaptos/web/theme"
)

// one is "/OWNER/REPO/-/contributions/N".
type one struct {
	resource.InRepository
	source Source
	found  *Details
}

// One opens the page of a contribution.
func One(s *resource.Site, source Source, m route.Match) decision.Resource {
	return &one{InRepository: s.In(m), source: source}
}

// State looks for the contribution.
func (x *one) State(r *http.Request) (decision.State, error) {
	if state, moved := x.Moved(r); moved {
		return state, nil
	}
	missing := decision.State{Existence: decision.Missing, Reason: "There is no contribution with this number. See the list at " + x.Repository.Address().Contributions() + "."}
	number, err := strconv.ParseInt(x.Route.Name, 10, 64)
	if err != nil {
		return missing, nil
	}
	x.found, err = x.source.Contribution(r.Context(), x.Repository.ID, number)
	if errors.Is(err, resource.ErrNotFound) {
		return missing, nil
	}
	if err != nil {
		return decision.State{}, err
	}
	x.found.URL = x.Repository.Address().Contribution(number)
	return decision.State{}, x.findBooks(r.Context())
}

// ref is the name under which the drafts of a contribution are kept.
func (x *one) ref(name string) string {
	return fmt.Sprintf("refs/contributions/%d/%s", x.found.Number, name)
}

// findBooks adds the books whose pages are made.
func (x *one) findBooks(ctx context.Context) error {
	drafts, err := x.Site.Releases.Drafts(ctx, x.Repository.ID)
	if err != nil {
		return err
	}
	latest, before, base := x.ref(fmt.Sprintf("v%d", x.found.Version)), x.ref(fmt.Sprintf("v%d", x.found.Version-1)), x.ref("base")
	has := func(branch, book string) bool {
		return slices.ContainsFunc(drafts, func(d *release.Draft) bool { return d.Branch == branch && d.Book == book })
	}
	at, segment := x.Repository.Address(), address.BranchSegment
	x.found.Books = []Book{}
	for _, d := range drafts {
		if d.Branch != latest {
			continue
		}
		b := Book{Slug: d.Book, Title: cmp.Or(d.Title, d.Book), URL: at.Draft(d.Book, latest)}
		if has(base, d.Book) {
			b.Changes = at.Comparison(d.Book, segment(base), segment(latest))
		}
		if has(before, d.Book) {
			b.Since = at.Comparison(d.Book, segment(before), segment(latest))
		}
		x.found.Books = append(x.found.Books, b)
	}
	return nil
}

// Representations returns HTML and JSON, or only JSON if the address ends in it.
func (x *one) Representations(*http.Request) ([]decision.Representation, error) {
	cache := x.CacheControl("no-cache")
	data := resource.Generated(resource.TypeJSON, cache, func(_ context.Context, w io.Writer) error { return resource.WriteJSON(w, x.found) })
	data.Location = x.found.URL + ".json"
	if x.Route.Format == "json" {
		return []decision.Representation{data}, nil
	}
	page := resource.Generated(resource.TypeHTML, cache, func(_ context.Context, w io.Writer) error { return x.Site.Theme.Contribution(w, x.view()) })
	return []decision.Representation{page, data}, nil
}

func (x *one) view() *theme.ContributionView {
	d := x.found
	crumbs := []theme.Link{x.Crumb(), {Text: "Contributions", URL: x.Repository.Address().Contributions()}}
	v := &theme.ContributionView{
		Frame: x.Frame(d.URL, crumbs...), ContributionLine: d.line(), Name: x.Repository.Path(), Description: d.Description, ChangedBy: d.ChangedBy,
		Open: d.State == "open", Deleted: d.Deleted, Moved: d.Moved, Conflicts: d.Conflicts, Approvals: d.Approvals, Against: d.Against,
	}
	v.NoIndex, v.Alternates = true, resource.JSONAlternate(d.URL+".json")
	if x.Site.URL != "" {
		v.Fetch = fmt.Sprintf("git fetch %s%s.git refs/contributions/%d/head", x.Site.URL, x.Repository.Address(), d.Number)
	}
	for _, b := range d.Books {
		v.Books = append(v.Books, theme.ContributionBook{
			Link:    theme.Link{Text: b.Title, URL: b.URL},
			Changes: theme.Link{Text: d.Branch, URL: b.Changes},
			Since:   theme.Link{Text: fmt.Sprint(d.Version - 1), URL: b.Since},
		})
	}
	for _, one := range slices.Backward(d.Versions) {
		v.Versions = append(v.Versions, theme.ContributionVersion{Number: one.Version, At: one.At, Head: one.Head, Push: x.Repository.Address().Push(one.Push)})
	}
	for _, r := range d.Reviews {
		v.Reviews = append(v.Reviews, r.view())
	}
	return v
}

func (r *Review) view() theme.ContributionReview {
	v := theme.ContributionReview{
		Author: r.Author, At: r.At, Version: r.Version, Verdict: r.Verdict, Text: r.Text, Quote: r.Quote,
		Place: Place{r.Path, r.Line}.String(), Outdated: r.Outdated,
	}
	if r.Now != nil && r.Now.String() != v.Place {
		v.Now = r.Now.String()
	}
	return v
}
