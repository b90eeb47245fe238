package contribution

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
	"github.com/rhaptos/rhaptos/web/theme"
)

// perPage is the length of a page of the list.
const perPage = 50

// list is "/OWNER/REPO/-/contributions": the latest contributions, or those before the
// number that the query names.
type list struct {
	resource.InRepository
	source Source
}

// List opens the list of a repository's contributions.
func List(s *resource.Site, source Source, m route.Match) decision.Resource {
	return &list{s.In(m), source}
}

type listJSON struct {
	Contributions []*Contribution `json:"contributions"`   // newest first
	Older         string          `json:"older,omitempty"` // address of those before these
}

// Representations returns HTML and JSON, or only JSON if the address ends in it.
func (x *list) Representations(r *http.Request) ([]decision.Representation, error) {
	before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64) // what is no number is none
	found, err := x.source.Contributions(r.Context(), x.Repository.ID, max(before, 0), perPage+1)
	if err != nil {
		return nil, err
	}
	address, older := x.Repository.Address(), ""
	if len(found) > perPage {
		found = found[:perPage]
		older = "?before=" + strconv.FormatInt(found[perPage-1].Number, 10)
	}
	for _, c := range found {
		c.URL = address.Contribution(c.Number)
	}
	cache := x.CacheControl("no-cache")
	data := resource.Generated(resource.TypeJSON, cache, func(_ context.Context, w io.Writer) error {
		j := listJSON{Contributions: append([]*Contribution{}, found...)}
		if older != "" {
			j.Older = address.Contributions() + ".json" + older
		}
		return resource.WriteJSON(w, j)
	})
	if x.Route.Format == "json" {
		return []decision.Representation{data}, nil
	}
	page := resource.Generated(resource.TypeHTML, cache, func(_ context.Context, w io.Writer) error {
		v := &theme.ContributionsView{Frame: x.Frame(address.Contributions(), x.Crumb()), Name: x.Repository.Path()}
		v.NoIndex, v.Alternates = true, resource.JSONAlternate(address.Contributions()+".json")
		for _, c := range found {
			v.Contributions = append(v.Contributions, c.line())
		}
		if older != "" {
			v.Older = address.Contributions() + older
		}
		return x.Site.Theme.Contributions(w, v)
	})
	return []decision.Representation{page, data}, nil
}

func (c *Contribution) line() theme.ContributionLine {
	return theme.ContributionLine{
		Number: c.Number, URL: c.URL, Title: c.Title, Author: c.Author, Branch: c.Branch, State: c.State, Version: c.Version, Updated: c.Updated,
	}
}
