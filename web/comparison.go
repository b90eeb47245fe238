package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/compare"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/decision"
)

// Bounds of comparing, which is more work than showing.
const (
	keptComparisons = 200_000 // files of all editions whose list of changes is kept
	atOnce          = 2       // comparisons being made
)

// comparison is "/OWNER/REPO/BOOK@A...B" and what is below: two editions of a
// book, which are releases or drafts as behind any "@". Git allows no ".." in
// the name of a ref. Access finds them.
type comparison struct {
	inRepository
	old, new *edition
	json     bool // the address ended in .json
}

// Access finds the repository and then both editions in it.
func (x *comparison) Access(r *http.Request) (decision.Access, error) {
	access, err := x.inRepository.Access(r)
	if err != nil || refused(access) {
		return access, err
	}
	if err := x.find(r.Context(), x.route.Old, x.route.New); err != nil {
		return decision.Access{}, err
	}
	if bare, ok := strings.CutSuffix(x.route.New, ".json"); ok && x.new.missing() && x.route.Path == "" {
		if err := x.find(r.Context(), x.route.Old, bare); err != nil {
			return decision.Access{}, err
		}
		x.json = !x.new.missing()
	}
	for _, e := range []*edition{x.old, x.new} {
		if access := e.blocked(); refused(access) {
			return access, nil
		}
	}
	return decision.Access{}, nil
}

func (x *comparison) find(ctx context.Context, a, b string) error {
	x.old, x.new = &edition{inRepository: x.inRepository}, &edition{inRepository: x.inRepository}
	if err := x.old.find(ctx, a); err != nil {
		return err
	}
	return x.new.find(ctx, b)
}

// State is missing if one of the editions is, and gone if one was withdrawn.
func (x *comparison) State(r *http.Request) (decision.State, error) {
	if state, moved := x.moved(r); moved {
		return state, nil
	}
	for _, e := range []*edition{x.old, x.new} {
		switch {
		case e.missing():
			return decision.State{Existence: decision.Missing, Reason: "One of the two editions is not there. A comparison has a number or a branch on each side of the dots."}, nil
		case e.release != nil && e.release.State == release.Withdrawn:
			return goneState(e.release), nil
		}
	}
	return decision.State{}, nil
}

// address is that of the list of changes.
func (x *comparison) address() string {
	return x.repository.address().Comparison(x.route.Book, x.old.at(), x.new.at())
}

// at is the edition as it stands behind "@".
func (e *edition) at() string {
	if e.release != nil {
		return e.release.Number.String()
	}
	return address.BranchSegment(e.draft.Branch)
}

// name is what the edition is called.
func (e *edition) name() string {
	if e.release != nil {
		return e.release.Number.String()
	}
	return e.draft.Branch
}

// cacheControl lets what two releases differ in be kept for ever.
func (x *comparison) cacheControl() string {
	if x.old.release == nil || x.new.release == nil {
		return "no-store"
	}
	return x.inRepository.cacheControl(keptFiles)
}

// header keeps search engines away: there are as many comparisons as there are
// pairs of editions.
func (x *comparison) header() http.Header { return http.Header{"X-Robots-Tag": {"noindex"}} }

// compared is a comparison that has been made, and its list of changes.
type compared struct {
	*compare.Comparison
	changes *compare.Changes
}

type comparedKey struct{ old, new blobstore.Digest }

// compare compares the two editions, or finds that this has been done.
func (x *comparison) compare(ctx context.Context) (compared, error) {
	key := comparedKey{x.old.manifestDigest(), x.new.manifestDigest()}
	if found, ok := x.site.comparisons.Get(key); ok {
		return found, nil
	}
	if err := x.site.comparing.enter(ctx); err != nil {
		return compared{}, err
	}
	defer x.site.comparing.leave()
	if found, ok := x.site.comparisons.Get(key); ok { // by whoever was in before
		return found, nil
	}
	old, err := x.old.manifest(ctx)
	if err != nil {
		return compared{}, err
	}
	new, err := x.new.manifest(ctx)
	if err != nil {
		return compared{}, err
	}
	made := compared{Comparison: compare.New(x.site.Blobs, old, new)}
	if made.changes, err = made.Changes(ctx); err != nil {
		return compared{}, err
	}
	x.site.comparisons.Put(key, made, int64(1+len(old.Files)+len(new.Files)))
	return made, nil
}

// turnstile lets some in at a time.
type turnstile chan struct{}

func (t turnstile) enter(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t turnstile) leave() { <-t }
