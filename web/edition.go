package web

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

// edition is "/OWNER/REPO/BOOK@AT", a release or a draft, which contents and
// files have in common. Access finds it.
type edition struct {
	inRepository
	release *release.Release // either this
	draft   *release.Draft   // or this; both nil if there is none
}

// Access finds the repository and then the edition in it.
func (e *edition) Access(r *http.Request) (decision.Access, error) {
	access, err := e.inRepository.Access(r)
	if err != nil || refused(access) {
		return access, err
	}
	if err := e.find(r.Context(), e.route.At); err != nil {
		return decision.Access{}, err
	}
	return e.blocked(), nil
}

// blocked is the access to a release that may be blocked.
func (e *edition) blocked() decision.Access {
	if e.release != nil && e.release.State == release.Blocked {
		return blockedAccess(e.release)
	}
	return decision.Access{}
}

func (e *edition) missing() bool { return e.release == nil && e.draft == nil }

// find looks for a release with the number, then for a draft of the branch.
func (e *edition) find(ctx context.Context, at string) error {
	if n, ok := release.ParseNumber(at); ok {
		found, err := e.site.Releases.Release(ctx, e.repository.ID, e.route.Book, n)
		if err == nil {
			e.release = found
			return nil
		}
		if !errors.Is(err, release.ErrNotFound) {
			return err
		}
	}
	found, err := e.site.Releases.Draft(ctx, e.repository.ID, address.Branch(at), e.route.Book)
	if err == nil {
		e.draft = found
		return nil
	}
	if !errors.Is(err, release.ErrNotFound) {
		return err
	}
	return nil
}

// State is missing, or gone for a release that was withdrawn.
func (e *edition) State(r *http.Request) (decision.State, error) {
	if state, moved := e.moved(r); moved {
		return state, nil
	}
	switch {
	case e.missing():
		return decision.State{Existence: decision.Missing}, nil
	case e.release != nil && e.release.State == release.Withdrawn:
		state := goneState(e.release)
		switch latest, err := e.site.Releases.Latest(r.Context(), e.repository.ID, e.route.Book); {
		case err == nil:
			state.See = []decision.See{{Title: latest.Title + " (" + latest.Number.String() + ")", URL: e.repository.address().Book(e.route.Book)}}
		case !errors.Is(err, release.ErrNotFound):
			return decision.State{}, err
		}
		return state, nil
	}
	return decision.State{}, nil
}

// address is the edition's own.
func (e *edition) address() string {
	if e.release != nil {
		return e.repository.address().Release(e.route.Book, e.release.Number)
	}
	return e.repository.address().Draft(e.route.Book, e.draft.Branch)
}

// manifest is the edition's list of files.
func (e *edition) manifest(ctx context.Context) (*release.Manifest, error) {
	return e.site.Releases.Manifest(ctx, e.manifestDigest())
}

func (e *edition) manifestDigest() blobstore.Digest {
	if e.release != nil {
		return e.release.Manifest
	}
	return e.draft.Manifest
}

// made is when the edition came to be.
func (e *edition) made() time.Time {
	if e.release != nil {
		return e.release.Published
	}
	return e.draft.Updated
}

// modified is Last-Modified of what is in the edition. A draft has none: it may
// be made twice in a second, and only its tags tell that.
func (e *edition) modified() time.Time {
	if e.release != nil {
		return e.release.Published
	}
	return time.Time{}
}

// cacheControl lets a release be kept as the directives say, and a draft not at
// all.
func (e *edition) cacheControl(directives string) string {
	if e.release == nil {
		return "no-store"
	}
	return e.inRepository.cacheControl(directives)
}

// header keeps search engines away from drafts.
func (e *edition) header() http.Header {
	h := http.Header{}
	if e.release == nil {
		h.Set("X-Robots-Tag", "noindex")
	}
	return h
}

func blockedAccess(r *release.Release) decision.Access {
	return decision.Access{Blocked: true, BlockedBy: r.BlockedBy, Reason: told(r, "may not be shown for a legal reason")}
}

func goneState(r *release.Release) decision.State {
	return decision.State{Existence: decision.Gone, Reason: told(r, "has been withdrawn")}
}

// told is what happened to a release, as a sentence, and why.
func told(r *release.Release, what string) string {
	s := "Release " + r.Number.String() + " of “" + r.Title + "” " + what
	if r.Reason == "" {
		return s + "."
	}
	return s + ": " + r.Reason
}
