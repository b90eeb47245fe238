package resource

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/decision"
)

// Edition is a resource of a release or a draft, to be embedded. Access finds it.
type Edition struct {
	InRepository
	Release *release.Release // nil for a draft
	Draft   *release.Draft   // nil for a release; both are nil if there is neither
}

// Access finds the repository and the edition.
func (e *Edition) Access(r *http.Request) (decision.Access, error) {
	access, err := e.InRepository.Access(r)
	if err != nil || Refused(access) {
		return access, err
	}
	if err := e.Find(r.Context(), e.Route.At); err != nil {
		return decision.Access{}, err
	}
	return e.Blocked(), nil
}

// Blocked denies access if the edition is a release that was blocked.
func (e *Edition) Blocked() decision.Access {
	if e.Release != nil && e.Release.State == release.Blocked {
		return BlockedAccess(e.Release)
	}
	return decision.Access{}
}

// Missing reports whether there is no such edition.
func (e *Edition) Missing() bool { return e.Release == nil && e.Draft == nil }

// Find looks for a release of the number, then for a draft of the branch. It is no
// error if there is neither.
func (e *Edition) Find(ctx context.Context, at string) error {
	if n, ok := release.ParseNumber(at); ok {
		found, err := e.Site.Releases.Release(ctx, e.Repository.ID, e.Route.Book, n)
		if err == nil {
			e.Release = found
			return nil
		}
		if !errors.Is(err, release.ErrNotFound) {
			return err
		}
	}
	found, err := e.Site.Releases.Draft(ctx, e.Repository.ID, address.Branch(at), e.Route.Book)
	if err == nil {
		e.Draft = found
		return nil
	}
	if !errors.Is(err, release.ErrNotFound) {
		return err
	}
	return nil
}

// State says that the edition exists, is missing, or is gone because the release
// was withdrawn.
func (e *Edition) State(r *http.Request) (decision.State, error) {
	if state, moved := e.Moved(r); moved {
		return state, nil
	}
	switch {
	case e.Missing():
		return e.missingState(r.Context())
	case e.Release != nil && e.Release.State == release.Withdrawn:
		state := GoneState(e.Release)
		switch latest, err := e.Site.Releases.Latest(r.Context(), e.Repository.ID, e.Route.Book); {
		case err == nil:
			state.See = []decision.See{{Title: latest.Title + " (" + latest.Number.String() + ")", URL: e.Repository.Address().Book(e.Route.Book)}}
		case !errors.Is(err, release.ErrNotFound):
			return decision.State{}, err
		}
		return state, nil
	}
	return decision.State{}, nil
}

// missingState says whether the book is missing or only the edition, and where to go on.
func (e *Edition) missingState(ctx context.Context) (decision.State, error) {
	all, err := e.Site.Releases.Releases(ctx, e.Repository.ID)
	if err != nil {
		return decision.State{}, err
	}
	state := decision.State{Existence: decision.Missing, Reason: "No book of this name has been released in this repository."}
	for _, t := range Titles(all) {
		if t.Slug != e.Route.Book {
			continue
		}
		state.Reason = "“" + t.Newest.Title + "” has no release or draft of this name."
		if t.Latest != nil {
			state.See = append(state.See, decision.See{Title: t.Latest.Title + " (" + t.Latest.Number.String() + ")", URL: e.Repository.Address().Book(t.Slug)})
		}
		state.See = append(state.See, decision.See{Title: "All releases", URL: e.Repository.Address().Releases()})
		return state, nil
	}
	state.See = e.NearBooks(all, e.Route.Book)
	return state, nil
}

// Address returns the path of the edition's contents.
func (e *Edition) Address() string {
	if e.Release != nil {
		return e.Repository.Address().Release(e.Route.Book, e.Release.Number)
	}
	return e.Repository.Address().Draft(e.Route.Book, e.Draft.Branch)
}

// Manifest reads the list of the edition's files.
func (e *Edition) Manifest(ctx context.Context) (*release.Manifest, error) {
	return e.Site.Releases.Manifest(ctx, e.ManifestDigest())
}

// ManifestDigest returns the digest of the manifest.
func (e *Edition) ManifestDigest() blobstore.Digest {
	if e.Release != nil {
		return e.Release.Manifest
	}
	return e.Draft.Manifest
}

// Created returns when the release was published, or the draft last updated.
func (e *Edition) Created() time.Time {
	if e.Release != nil {
		return Past(e.Release.Published)
	}
	return Past(e.Draft.Updated)
}

// Past returns t, or the present if t is still to come, because the clock was set back
// since then. No page, list or feed shows a date in the future.
func Past(t time.Time) time.Time {
	if now := time.Now(); t.After(now) {
		return now.UTC().Truncate(time.Second)
	}
	return t
}

// Modified returns the time for the field Last-Modified. It is zero for a draft,
// which can be updated twice within a second: only entity tags tell those apart.
func (e *Edition) Modified() time.Time {
	if e.Release != nil {
		return e.Release.Published
	}
	return time.Time{}
}

// CacheControl returns the value of the field: the directives for a release,
// no-store for a draft.
func (e *Edition) CacheControl(directives string) string {
	if e.Release == nil {
		return "no-store"
	}
	return e.InRepository.CacheControl(directives)
}

// Header returns the fields of a response; it keeps drafts out of search engines.
func (e *Edition) Header() http.Header {
	h := http.Header{}
	if e.Release == nil {
		h.Set("X-Robots-Tag", "noindex")
	}
	return h
}

// BlockedAccess denies access to a release that was blocked, and says why.
func BlockedAccess(r *release.Release) decision.Access {
	return decision.Access{Blocked: true, BlockedBy: r.BlockedBy, Reason: sentence(r, "is blocked for legal reasons")}
}

// GoneState says that a release was withdrawn, and why.
func GoneState(r *release.Release) decision.State {
	return decision.State{Existence: decision.Gone, Reason: sentence(r, "has been withdrawn")}
}

// sentence says what happened to a release, and why.
func sentence(r *release.Release, what string) string {
	s := "Release " + r.Number.String() + " of “" + r.Title + "” " + what
	if r.Reason == "" {
		return s + "."
	}
	return s + ": " + r.Reason
}

// At returns the edition as it stands after "@": a number or a branch segment.
func (e *Edition) At() string {
	if e.Release != nil {
		return e.Release.Number.String()
	}
	return address.BranchSegment(e.Draft.Branch)
}

// Name returns the number of the release or the name of the branch.
func (e *Edition) Name() string {
	if e.Release != nil {
		return e.Release.Number.String()
	}
	return e.Draft.Branch
}

// Immutable lets caches keep the files of a release for a year: they never change.
const Immutable = "max-age=31536000, immutable"
