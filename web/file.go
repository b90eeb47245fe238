package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
)

// file is "/OWNER/REPO/BOOK@AT/PATH": a page, or any other file that is in the
// manifest of a release or a draft.
type file struct {
	manifested
	file release.File
}

func openFile(s *site, m route.Match) decision.Resource {
	return &file{manifested: manifested{edition: s.edition(m)}}
}

// State looks for the file in the manifest, and redirects from the id of a module
// and from a former slug to the page.
func (f *file) State(r *http.Request) (decision.State, error) {
	state, err := f.manifested.State(r)
	if err != nil || state.Existence != decision.Exists {
		return state, err
	}
	var found bool
	if f.file, found = f.of.File(f.Route.Path); found {
		return decision.State{}, nil
	}
	if slug, ok := f.of.Redirected(f.Route.Path); ok {
		return f.movedTo(slug), nil
	}
	if slug, ok := slugOf(f.of, f.Route.Path); ok {
		return f.movedTo(slug), nil
	}
	return f.inOthers(r.Context())
}

// inOthers looks for the page in other releases: it has moved, was removed, or came
// later.
func (f *file) inOthers(ctx context.Context) (decision.State, error) {
	found, err := f.site.Releases.Locate(ctx, f.Repository.ID, f.Route.Book, f.of, f.Route.Path)
	switch {
	case err != nil:
		return decision.State{}, err
	case found.Slug != "":
		moved := f.movedTo(found.Slug)
		moved.CacheControl = f.CacheControl("max-age=3600") // another module may take the slug
		return moved, nil
	}
	state := decision.State{Existence: decision.Missing, Reason: "The book has no page or file of this name.",
		See: append(resource.NearPages(f.of, f.Address(), f.Route.Path), decision.See{Title: "Contents", URL: f.Address()})}
	if found.Title == "" {
		return state, nil
	}
	state.Existence = decision.Gone
	state.Reason = "The page “" + found.Title + "” is not in the book any more."
	if found.Last == nil {
		return state, nil
	}
	n := found.Last.Number
	if f.Release != nil && n.Compare(f.Release.Number) > 0 {
		state.Existence, state.Reason = decision.Missing, "The page “"+found.Title+"” is not in this release."
	}
	state.See = append([]decision.See{{
		Title: found.Title + " (" + n.String() + ")",
		URL:   address.Page(f.Repository.Address().Release(f.Route.Book, n), f.Route.Path),
	}}, state.See...)
	return state, nil
}

// movedTo returns the redirect to a page of the edition: permanent in a release,
// temporary in a draft.
func (f *file) movedTo(slug string) decision.State {
	state := decision.State{
		Existence:    decision.MovedPermanently,
		Location:     address.Page(f.Address(), slug),
		CacheControl: f.CacheControl(resource.Immutable),
	}
	if f.Release == nil {
		state.Existence = decision.MovedTemporarily
	}
	return state
}

// slugOf returns the slug of a module's page.
func slugOf(m *release.Manifest, module string) (slug string, ok bool) {
	m.Pages(func(e release.Entry) bool {
		if e.Module == module {
			slug, ok = e.Slug, true
		}
		return !ok
	})
	return slug, ok
}

// addCanonical links a page of a release to its canonical address, which redirects
// to the latest release, if that has the page.
func (f *file) addCanonical(ctx context.Context, header http.Header) error {
	if f.Release == nil || f.site.URL == "" || !strings.HasPrefix(f.file.Type, "text/html") {
		return nil
	}
	latest, err := f.site.Releases.Latest(ctx, f.Repository.ID, f.Route.Book)
	if errors.Is(err, release.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	m, err := f.site.Releases.Manifest(ctx, latest.Manifest)
	if err != nil {
		return err
	}
	if _, there := m.File(f.file.Path); there {
		header.Add("Link", "<"+f.site.Canonical(address.Page(f.Repository.Address().Book(f.Route.Book), f.file.Path))+`>; rel="canonical"`)
	}
	return nil
}

// Representations returns the file as it was published: compressed, the smallest
// coding first, and not. Each has the digest of its own bytes as its entity tag,
// which must differ between codings (RFC 9110, section 8.8.3.3).
func (f *file) Representations(r *http.Request) ([]decision.Representation, error) {
	header := f.Header()
	if err := f.addCanonical(r.Context(), header); err != nil {
		return nil, err
	}
	resource.SetForeignFields(header, f.file.Path, f.file.Type, f.Repository.Private)
	representation := decision.Representation{
		Type:         resource.SafeType(f.file.Type),
		Modified:     f.Modified(),
		CacheControl: f.CacheControl(resource.Immutable),
		Header:       header,
	}
	if strings.HasPrefix(f.file.Type, "text/html") {
		representation.Language = f.of.Book.Language
	}
	all := make([]decision.Representation, 0, len(f.file.Variants)+1)
	for _, v := range append(f.file.Variants[:len(f.file.Variants):len(f.file.Variants)], release.Variant{Size: f.file.Size, Digest: f.file.Digest}) {
		r := representation
		r.Coding, r.ETag, r.Length = v.Coding, `"`+string(v.Digest)+`"`, v.Size
		r.Open = func(ctx context.Context) (io.ReadSeekCloser, error) {
			return f.site.OpenBlob(ctx, v.Digest, f.Address()+"/"+f.file.Path)
		}
		all = append(all, r)
	}
	return all, nil
}
