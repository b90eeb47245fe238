package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/route"
	"github.com/rhaptos/rhaptos/web/theme"
)

// challenge asks for a name and a token (RFC 7617).
const challenge = `Basic realm="Rhaptos", charset="UTF-8"`

// inRepository is what all resources of a repository have in common.
type inRepository struct {
	decision.Defaults
	site       *site
	route      route.Match
	repository *Repository // found by Access
}

// in is what the resources below an address have in common.
func (s *site) in(m route.Match) inRepository { return inRepository{site: s, route: m} }

// Access finds the repository, if the sender may see it. One that may not be
// known of looks like one that is not there.
func (x *inRepository) Access(r *http.Request) (decision.Access, error) {
	found, err := x.site.Repositories.Find(r.Context(), r, x.route.Owner, x.route.Repo)
	switch {
	case errors.Is(err, ErrUnauthorized):
		return decision.Access{Challenge: challenge}, nil
	case errors.Is(err, ErrForbidden):
		return decision.Access{Forbidden: true}, nil
	case errors.Is(err, ErrNotFound):
		return decision.Access{Hidden: true}, nil
	case err != nil:
		return decision.Access{}, err
	}
	x.repository = found
	return decision.Access{}, nil
}

// State is that the repository exists, or where it has moved.
func (x *inRepository) State(r *http.Request) (decision.State, error) {
	if state, moved := x.moved(r); moved {
		return state, nil
	}
	return decision.State{}, nil
}

// moved is the state of an address in a repository that has been renamed: what
// stands behind OWNER/REPO stays as it is.
func (x *inRepository) moved(r *http.Request) (decision.State, bool) {
	if x.repository.Owner == x.route.Owner && x.repository.Name == x.route.Repo {
		return decision.State{}, false
	}
	location := x.repository.address().String()
	if parts := strings.SplitN(r.URL.EscapedPath(), "/", 4); len(parts) == 4 {
		location += "/" + parts[3]
	}
	if r.URL.RawQuery != "" {
		location += "?" + r.URL.RawQuery
	}
	return decision.State{Existence: decision.MovedPermanently, Location: location, CacheControl: x.cacheControl("no-cache")}, true
}

// refused reports whether access leaves nothing more to be found out.
func refused(a decision.Access) bool {
	return a.Challenge != "" || a.Forbidden || a.Hidden || a.Blocked
}

// cacheControl is who may keep an answer about the repository, and how:
// directives other than public and private.
func (x *inRepository) cacheControl(directives string) string {
	if x.repository.Private {
		return "private, " + directives
	}
	return "public, " + directives
}

// frame is around the repository's pages.
func (x *inRepository) frame(path string, crumbs ...theme.Link) theme.Frame {
	return theme.Frame{
		Site:      x.site.Site,
		Crumbs:    crumbs,
		Canonical: x.site.canonical(path),
		NoIndex:   x.repository.Private,
		Search:    x.site.searchForm(searchOf(x.repository.address())),
	}
}

// crumb leads to the repository's page.
func (x *inRepository) crumb() theme.Link {
	return theme.Link{Text: x.repository.Path(), URL: x.repository.address().String()}
}

// canonical is the absolute URL of a path; empty while the server does not know
// its own. The request's Host is not to be trusted with it.
func (s *site) canonical(path string) string {
	if s.URL == "" {
		return ""
	}
	return s.URL + path
}
