package archive

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/rhaptos/rhaptos/publish/export/archive"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
)

// Archive has releases in the form that OpenStax's readers fetch:
// [export.Exports].
type Archive interface {
	Places(ctx context.Context, uuid string) ([]archive.Place, error)
	Resources(ctx context.Context, sha1 string) ([]archive.Resource, error)
	Planned(ctx context.Context, r *release.Release) (bool, error)
	ArchiveBook(ctx context.Context, r *release.Release) (*archive.Book, error)
	ArchivePage(ctx context.Context, r *release.Release, uuid string) (*archive.Page, error)
}

// Contents opens "/contents/NAME", a book or a page of it.
func Contents(s *resource.Site, a Archive, m route.Match) decision.Resource {
	return &contents{archived: archived{site: s, archive: a, name: m.Name}}
}

// Resource opens "/resources/SHA1", a file of any book.
func Resource(s *resource.Site, a Archive, m route.Match) decision.Resource {
	return &file{archived: archived{site: s, archive: a, name: m.Name}}
}

// archived is a resource of the archive, to be embedded. It is in the first
// repository that has it and that the sender may see.
type archived struct {
	decision.Defaults
	site    *resource.Site
	archive Archive
	name    string
	in      resource.InRepository
	found   *release.Release
	looked  bool
	access  decision.Access
	err     error
}

// look finds the release among the places. To those who may not see it, it is
// missing: the address names no repository to authenticate for.
func (a *archived) look(r *http.Request, places []archive.Place, number func(i int) release.Number) (at int, err error) {
	for i, p := range places {
		repo, err := a.site.Repositories.Find(r.Context(), r, p.Owner, p.Name)
		if errors.Is(err, resource.ErrNotFound) || errors.Is(err, resource.ErrForbidden) || errors.Is(err, resource.ErrUnauthorized) {
			continue
		}
		if err != nil {
			return 0, err
		}
		found, err := a.site.Releases.Release(r.Context(), repo.ID, p.Book, number(i))
		if errors.Is(err, release.ErrNotFound) {
			continue
		}
		if err != nil {
			return 0, err
		}
		if a.found == nil || a.found.State != release.Current && found.State == release.Current {
			a.found, at = found, i
			a.in = resource.InRepository{Site: a.site, Repository: repo}
		}
	}
	if a.found != nil && a.found.State == release.Blocked {
		a.access = resource.BlockedAccess(a.found)
	}
	return at, nil
}

// State says whether the release exists, is gone or is missing.
func (a *archived) State(*http.Request) (decision.State, error) {
	switch {
	case a.found == nil:
		return decision.State{Existence: decision.Missing}, nil
	case a.found.State == release.Withdrawn:
		return resource.GoneState(a.found), nil
	}
	return decision.State{}, nil
}

// Header lets pages of other sites read what is public.
func (a *archived) Header() http.Header {
	h := http.Header{}
	if !a.in.Repository.Private {
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	return h
}

// contents is "/contents/UUID@NUMBER.json" and "/contents/UUID@NUMBER:UUID.json",
// or the same as .xhtml.
type contents struct {
	archived
	page *archive.Page
}

// Access finds the release.
func (a *contents) Access(r *http.Request) (decision.Access, error) {
	if a.looked {
		return a.access, a.err
	}
	a.looked = true
	if a.access, a.err = a.site.CheckCredentials(r); a.err != nil || resource.Refused(a.access) {
		return a.access, a.err
	}
	book, at, _, _ := route.Archived(a.name)
	n, ok := release.ParseNumber(at)
	if !ok {
		return a.access, nil
	}
	places, err := a.archive.Places(r.Context(), book)
	if err == nil {
		_, err = a.look(r, places, func(int) release.Number { return n })
	}
	a.err = err
	return a.access, err
}

// Available is false until the addresses of a new release are recorded.
func (a *contents) Available(r *http.Request) (bool, time.Duration, error) {
	if access, err := a.Access(r); err != nil || resource.Refused(access) || a.found == nil || a.found.State != release.Current {
		return true, 0, nil
	}
	ok, err := a.archive.Planned(r.Context(), a.found)
	return ok || err != nil, 2 * time.Second, err
}

// State looks for the page.
func (a *contents) State(r *http.Request) (decision.State, error) {
	state, err := a.archived.State(r)
	_, _, page, _ := route.Archived(a.name)
	if err != nil || state.Existence != decision.Exists || page == "" {
		return state, err
	}
	if a.page, err = a.archive.ArchivePage(r.Context(), a.found, page); err == nil && a.page == nil {
		state.Existence = decision.Missing
	}
	return state, err
}

// Representations returns the form that the address names.
func (a *contents) Representations(r *http.Request) ([]decision.Representation, error) {
	_, _, _, form := route.Archived(a.name)
	var value any = a.page
	content := ""
	if a.page != nil {
		content = a.page.Content
	} else {
		book, err := a.archive.ArchiveBook(r.Context(), a.found)
		if err != nil {
			return nil, err
		}
		value, content = book, book.Content
	}
	mediaType, write := resource.TypeJSON, func(_ context.Context, w io.Writer) error { return resource.WriteJSON(w, value) }
	if form == "xhtml" {
		mediaType, write = "application/xhtml+xml", func(_ context.Context, w io.Writer) error {
			_, err := io.WriteString(w, content)
			return err
		}
	}
	// Unlike the page of a release this may get more attributes.
	representation := resource.Generated(mediaType, a.in.CacheControl("max-age=3600"), write)
	representation.Modified, representation.Header = a.found.Published, a.Header()
	resource.VaryBySender(representation.Header) // two repositories may have the book, one of them private
	return []decision.Representation{representation}, nil
}

// file is "/resources/SHA1".
type file struct {
	archived
	resource archive.Resource
}

// Access finds the repository that has the file.
func (x *file) Access(r *http.Request) (decision.Access, error) {
	if x.looked {
		return x.access, x.err
	}
	x.looked = true
	if x.access, x.err = x.site.CheckCredentials(r); x.err != nil || resource.Refused(x.access) {
		return x.access, x.err
	}
	all, err := x.archive.Resources(r.Context(), x.name)
	if err == nil && len(all) > 0 {
		places := make([]archive.Place, len(all))
		for i := range all {
			places[i] = all[i].Place
		}
		var at int
		if at, err = x.look(r, places, func(i int) release.Number { return all[i].Number }); err == nil {
			x.resource = all[at]
			err = x.elsewhere(r.Context())
		}
	}
	x.err = err
	return x.access, err
}

// maxSearched limits the releases that are searched for a file.
const maxSearched = 20

// elsewhere looks for another release of the repository with the file, if the
// latest one is withdrawn or blocked.
func (x *file) elsewhere(ctx context.Context) error {
	if x.found == nil || x.found.State == release.Current {
		return nil
	}
	all, err := x.site.Releases.Releases(ctx, x.in.Repository.ID)
	if err != nil {
		return err
	}
	left := maxSearched
	for _, r := range all {
		if r.State != release.Current || left == 0 {
			continue
		}
		left--
		m, err := x.site.Releases.Manifest(ctx, r.Manifest)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(m.Files, func(f release.File) bool { return f.Digest == x.resource.Digest }) {
			x.found, x.access = r, decision.Access{}
			return nil
		}
	}
	return nil
}

// Representations returns the file.
func (x *file) Representations(*http.Request) ([]decision.Representation, error) {
	header := x.Header()
	resource.SetForeignFields(header, "media/"+x.name, x.resource.Type, x.in.Repository.Private)
	return []decision.Representation{{
		Type: resource.SafeType(x.resource.Type), ETag: `"` + string(x.resource.Digest) + `"`, Modified: x.found.Published, Length: x.resource.Size,
		CacheControl: x.in.CacheControl(resource.Immutable), Header: header,
		Open: func(ctx context.Context) (io.ReadSeekCloser, error) {
			return x.site.OpenBlob(ctx, x.resource.Digest, "media/"+x.name+" of "+x.in.Repository.Path())
		},
	}}, nil
}
