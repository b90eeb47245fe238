package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
)

// book is "/OWNER/REPO/BOOK" and "/OWNER/REPO/BOOK/PAGE", which redirect to the
// latest release and to its page.
type book struct {
	inRepository
	end    string           // extension of the requested export: ".epub"; may be empty
	latest *release.Release // nil if there is none
	newest *release.Release // whatever its state; nil if there never was one
	all    []*release.Release
}

func openBook(s *site, m route.Match) decision.Resource { return &book{inRepository: s.in(m)} }

// Access also finds the latest release. A book whose releases are all blocked is
// blocked.
func (x *book) Access(r *http.Request) (decision.Access, error) {
	access, err := x.inRepository.Access(r)
	if err != nil || resource.Refused(access) {
		return access, err
	}
	access, err = x.find(r.Context(), x.Route.Book)
	if err != nil || resource.Refused(access) || x.newest != nil || x.latest != nil || x.site.Exports == nil {
		return access, err
	}
	slug, format, ok := cutFormat(x.Route.Book)
	if !ok || x.Route.Path != "" {
		return access, nil
	}
	x.end = format.End
	return x.find(r.Context(), slug)
}

func (x *book) find(ctx context.Context, slug string) (decision.Access, error) {
	var err error
	x.latest, err = x.site.Releases.Latest(ctx, x.Repository.ID, slug)
	if !errors.Is(err, release.ErrNotFound) {
		return decision.Access{}, err
	}
	all, err := x.site.Releases.Releases(ctx, x.Repository.ID)
	if err != nil {
		return decision.Access{}, err
	}
	x.all = all
	blocked := false
	for _, r := range all {
		if r.Book != slug {
			continue
		}
		if x.newest == nil {
			x.newest, blocked = r, true
		}
		blocked = blocked && r.State == release.Blocked
	}
	if blocked {
		return resource.BlockedAccess(x.newest), nil
	}
	return decision.Access{}, nil
}

// target returns the address in the latest release, with the query of the request.
func (x *book) target(r *http.Request) string {
	latest := x.Repository.Address().Release(x.latest.Book, x.latest.Number)
	if x.Route.Path == "" {
		return latest + x.end
	}
	page := address.Page(latest, x.Route.Path)
	if r.URL.RawQuery != "" {
		page += "?" + r.URL.RawQuery
	}
	return page
}

// State redirects, or says that the book is gone or missing.
func (x *book) State(r *http.Request) (decision.State, error) {
	if state, moved := x.Moved(r); moved {
		return state, nil
	}
	switch {
	case x.latest != nil:
		return decision.State{
			Existence:    decision.MovedTemporarily,
			Location:     x.target(r),
			CacheControl: x.CacheControl("no-cache"),
		}, nil
	case x.newest != nil:
		return resource.GoneState(x.newest), nil
	}
	return decision.State{Existence: decision.Missing,
		Reason: "No book of this name has been released in this repository.", See: x.NearBooks(x.all, x.Route.Book)}, nil
}
