package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/decision"
)

// book is "/OWNER/REPO/BOOK" and "/OWNER/REPO/BOOK/PAGE": they lead to the latest
// release, and to the page of it.
type book struct {
	inRepository
	end    string           // of the address of a file that is asked for: ".epub"
	latest *release.Release // nil if there is none
	newest *release.Release // whatever its state; nil if there never was one
}

// Access looks at the releases too: a book that is blocked in all of them is
// blocked.
func (x *book) Access(r *http.Request) (decision.Access, error) {
	access, err := x.inRepository.Access(r)
	if err != nil || refused(access) {
		return access, err
	}
	access, err = x.find(r.Context(), x.route.book)
	if err != nil || refused(access) || x.newest != nil || x.latest != nil || x.site.Exports == nil {
		return access, err
	}
	slug, format, ok := cutFormat(x.route.book)
	if !ok || x.route.path != "" {
		return access, nil
	}
	x.end = format.End
	return x.find(r.Context(), slug)
}

func (x *book) find(ctx context.Context, slug string) (decision.Access, error) {
	var err error
	x.latest, err = x.site.Releases.Latest(ctx, x.repository.ID, slug)
	if !errors.Is(err, release.ErrNotFound) {
		return decision.Access{}, err
	}
	all, err := x.site.Releases.Releases(ctx, x.repository.ID)
	if err != nil {
		return decision.Access{}, err
	}
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
		return blockedAccess(x.newest), nil
	}
	return decision.Access{}, nil
}

// target is the address in the latest release, with the query that was sent.
func (x *book) target(r *http.Request) string {
	address := x.repository.releaseAddress(x.latest.Book, x.latest.Number)
	if x.route.path == "" {
		return address + x.end
	}
	address = fileAddress(address, x.route.path)
	if r.URL.RawQuery != "" {
		address += "?" + r.URL.RawQuery
	}
	return address
}

// State is elsewhere, gone or missing.
func (x *book) State(r *http.Request) (decision.State, error) {
	if state, moved := x.moved(r); moved {
		return state, nil
	}
	switch {
	case x.latest != nil:
		return decision.State{
			Existence:    decision.MovedTemporarily,
			Location:     x.target(r),
			CacheControl: x.cacheControl("no-cache"),
		}, nil
	case x.newest != nil:
		return goneState(x.newest), nil
	}
	return decision.State{Existence: decision.Missing}, nil
}
