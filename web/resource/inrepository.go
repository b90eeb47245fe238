package resource

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/route"
	"github.com/rhaptos/rhaptos/web/theme"
)

// InRepository is a resource of a repository, to be embedded.
type InRepository struct {
	decision.Defaults
	Site       *Site
	Route      route.Match
	Repository *Repository // found by Access
}

// In returns the base of a resource at the path.
func (s *Site) In(m route.Match) InRepository { return InRepository{Site: s, Route: m} }

// Access finds the repository. A hidden one looks like a missing one: to readers both
// are missing, since a browser would ask for a name and a password at every mistyped
// address. Whoever follows the link to sign in is asked.
func (x *InRepository) Access(r *http.Request) (decision.Access, error) {
	if mustSignIn(r) {
		return decision.Access{Challenge: Challenge}, nil
	}
	found, err := x.Site.Repositories.Find(r.Context(), r, x.Route.Owner, x.Route.Repo)
	if err != nil {
		return x.Site.notFound(r, x.Route.Owner, x.Route.Repo, err)
	}
	x.Repository = found
	return decision.Access{}, nil
}

// CheckCredentials is the Access of a resource that shows to everyone what they
// may see: only wrong credentials are refused. Whoever follows the link to sign in is
// asked for theirs.
func (s *Site) CheckCredentials(r *http.Request) (decision.Access, error) {
	if mustSignIn(r) {
		return decision.Access{Challenge: Challenge}, nil
	}
	return AccessOf(s.Repositories.Authenticate(r.Context(), r))
}

// State says that the repository exists, or redirects to its new name.
func (x *InRepository) State(r *http.Request) (decision.State, error) {
	if state, moved := x.Moved(r); moved {
		return state, nil
	}
	return decision.State{}, nil
}

// Moved returns the redirect of a request for a repository by a former name, and
// whether it is one. What follows OWNER/REPO in the address stays as it is.
func (x *InRepository) Moved(r *http.Request) (decision.State, bool) {
	if x.Repository.Owner == x.Route.Owner && x.Repository.Name == x.Route.Repo {
		return decision.State{}, false
	}
	location := x.Repository.Address().String()
	if parts := strings.SplitN(r.URL.EscapedPath(), "/", 4); len(parts) == 4 {
		location += "/" + parts[3]
	}
	if r.URL.RawQuery != "" {
		location += "?" + r.URL.RawQuery
	}
	return decision.State{Existence: decision.MovedPermanently, Location: location, CacheControl: x.CacheControl("no-cache")}, true
}

// CacheControl returns the value of the field for a response about the
// repository, given the directives other than public and private.
func (x *InRepository) CacheControl(directives string) string {
	if x.Repository.Private {
		return "private, " + directives
	}
	return x.Site.Public(directives)
}

// Frame returns the frame of a page at the path.
func (x *InRepository) Frame(path string, crumbs ...theme.Link) theme.Frame {
	return theme.Frame{
		Site:      x.Site.Name,
		Crumbs:    crumbs,
		Canonical: x.Site.Canonical(path),
		NoIndex:   x.Repository.Private,
		Search:    x.Site.SearchForm(SearchOf(x.Repository.Address())),
	}
}

// Crumb links to the page of the repository.
func (x *InRepository) Crumb() theme.Link {
	return theme.Link{Text: x.Repository.Path(), URL: x.Repository.Address().String()}
}

// Canonical returns the absolute URL of a path; empty if the server does not know
// its own. The Host field of a request cannot be trusted for it.
func (s *Site) Canonical(path string) string {
	if s.URL == "" {
		return ""
	}
	return s.URL + path
}

// IRI returns a stable identifier for a path: its absolute URL, or a URN if the
// server does not know its own URL.
func (s *Site) IRI(path string) string { return cmp.Or(s.Canonical(path), "urn:rhaptos:"+path) }
