package web

import (
	"context"
	"io"
	"net/http"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/feed"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
	"github.com/rhaptos/rhaptos/web/theme"
)

// owner is "/OWNER": the repositories of an owner that the sender of the request may
// see, with their books. An owner without any is missing.
type owner struct {
	decision.Defaults
	site *site
	name string
	list []*resource.Repository // found by State
}

func openOwner(s *site, m route.Match) decision.Resource { return &owner{site: s, name: m.Owner} }

// ownerJSON is the page as data.
type ownerJSON struct {
	Owner        string           `json:"owner"`
	Repositories []catalogueEntry `json:"repositories"`
}

// Access refuses wrong credentials, and asks for them if the sender wants to sign in.
func (o *owner) Access(r *http.Request) (decision.Access, error) {
	return o.site.CheckCredentials(r)
}

// State looks for the repositories.
func (o *owner) State(r *http.Request) (decision.State, error) {
	all, err := o.site.Repositories.List(r.Context(), r)
	if err != nil {
		return decision.State{}, err
	}
	var owners []string
	for _, repo := range all {
		if repo.Owner == o.name {
			o.list = append(o.list, repo)
		}
		owners = append(owners, repo.Owner)
	}
	if len(o.list) > 0 {
		return decision.State{}, nil
	}
	return decision.State{Existence: decision.Missing, Reason: "Nothing of " + o.name + " is shown to everybody here.",
		See: resource.NearOwners(r, o.name, owners)}, nil
}

// Representations returns HTML and JSON. Both depend on the sender.
func (o *owner) Representations(r *http.Request) ([]decision.Representation, error) {
	entries, err := o.site.entries(r.Context(), o.list)
	if err != nil {
		return nil, err
	}
	cache := feed.CacheControl(r)
	page := resource.Generated(resource.TypeHTML, cache, func(_ context.Context, w io.Writer) error { return o.site.Theme.Owner(w, o.view(entries)) })
	data := resource.Generated(resource.TypeJSON, cache, func(_ context.Context, w io.Writer) error {
		return resource.WriteJSON(w, ownerJSON{o.name, entries})
	})
	page.Header, data.Header = resource.BySender(), resource.BySender()
	return []decision.Representation{page, data}, nil
}

func (o *owner) view(entries []catalogueEntry) *theme.OwnerView {
	v := &theme.OwnerView{Name: o.name, Frame: theme.Frame{
		Site: o.site.Name, Canonical: o.site.Canonical("/" + o.name), Search: o.site.SearchForm(resource.SearchAddress),
	}}
	for _, e := range entries {
		v.Repositories = append(v.Repositories, theme.OwnerRepository{
			Name: e.Owner + "/" + e.Name, URL: e.URL, Private: e.Private, Books: bookLines(e.Books),
		})
	}
	return v
}
