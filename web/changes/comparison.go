package changes

import (
	"context"
	"net/http"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/lru"
	"github.com/rhaptos/rhaptos/publish/compare"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
)

// Limits, since comparing costs more than showing.
const (
	cachedFiles = 200_000 // in all editions whose changes are cached
	concurrent  = 2       // comparisons being computed
)

// Comparisons opens comparisons of two editions, and caches their lists of
// changes.
type Comparisons struct {
	site  *resource.Site
	cache *lru.Cache[key, compared]
	slots slots
}

// New returns an empty cache of comparisons.
func New(s *resource.Site) *Comparisons {
	return &Comparisons{site: s, cache: lru.New[key, compared](cachedFiles), slots: make(slots, concurrent)}
}

// List opens "/OWNER/REPO/BOOK@A...B".
func (c *Comparisons) List(m route.Match) decision.Resource { return &list{c.comparison(m)} }

// Page opens "/OWNER/REPO/BOOK@A...B/PAGE".
func (c *Comparisons) Page(m route.Match) decision.Resource {
	return &page{comparison: c.comparison(m)}
}

func (c *Comparisons) comparison(m route.Match) comparison {
	return comparison{InRepository: c.site.In(m), all: c}
}

// comparison is a resource of two editions of a book, each a release or a draft.
// Git allows no ".." in the name of a ref, so the dots separate them. Access
// finds both.
type comparison struct {
	resource.InRepository
	all      *Comparisons
	old, new *resource.Edition
	json     bool // the address ended in .json
}

// Access finds the repository and both editions.
func (x *comparison) Access(r *http.Request) (decision.Access, error) {
	access, err := x.InRepository.Access(r)
	if err != nil || resource.Refused(access) {
		return access, err
	}
	if err := x.find(r.Context(), x.Route.Old, x.Route.New); err != nil {
		return decision.Access{}, err
	}
	if bare, ok := strings.CutSuffix(x.Route.New, ".json"); ok && x.new.Missing() && x.Route.Path == "" {
		if err := x.find(r.Context(), x.Route.Old, bare); err != nil {
			return decision.Access{}, err
		}
		x.json = !x.new.Missing()
	}
	for _, e := range []*resource.Edition{x.old, x.new} {
		if access := e.Blocked(); resource.Refused(access) {
			return access, nil
		}
	}
	return decision.Access{}, nil
}

func (x *comparison) find(ctx context.Context, a, b string) error {
	x.old, x.new = &resource.Edition{InRepository: x.InRepository}, &resource.Edition{InRepository: x.InRepository}
	if err := x.old.Find(ctx, a); err != nil {
		return err
	}
	return x.new.Find(ctx, b)
}

// State is missing if an edition is, and gone if one was withdrawn.
func (x *comparison) State(r *http.Request) (decision.State, error) {
	if state, moved := x.Moved(r); moved {
		return state, nil
	}
	for _, e := range []*resource.Edition{x.old, x.new} {
		switch {
		case e.Missing():
			return decision.State{Existence: decision.Missing, Reason: "One of the two editions does not exist. Write a release number or a branch on each side of the dots."}, nil
		case e.Release != nil && e.Release.State == release.Withdrawn:
			return resource.GoneState(e.Release), nil
		}
	}
	return decision.State{}, nil
}

// Address returns that of the list of changes.
func (x *comparison) Address() string {
	return x.Repository.Address().Comparison(x.Route.Book, x.old.At(), x.new.At())
}

// CacheControl lets caches keep a comparison of two releases.
func (x *comparison) CacheControl() string {
	if x.old.Release == nil || x.new.Release == nil {
		return "no-store"
	}
	return x.InRepository.CacheControl(resource.Immutable)
}

// Header keeps search engines away: there is a comparison for each pair of
// editions.
func (x *comparison) Header() http.Header { return http.Header{"X-Robots-Tag": {"noindex"}} }

// compared is a computed comparison with its list of changes.
type compared struct {
	*compare.Comparison
	changes *compare.Changes
}

// key names two editions by their manifests.
type key struct{ old, new blobstore.Digest }

// compare compares the two editions, or returns the comparison from the cache.
func (x *comparison) compare(ctx context.Context) (compared, error) {
	k := key{x.old.ManifestDigest(), x.new.ManifestDigest()}
	if found, ok := x.all.cache.Get(k); ok {
		return found, nil
	}
	if err := x.all.slots.enter(ctx); err != nil {
		return compared{}, err
	}
	defer x.all.slots.leave()
	if found, ok := x.all.cache.Get(k); ok { // computed meanwhile
		return found, nil
	}
	old, err := x.old.Manifest(ctx)
	if err != nil {
		return compared{}, err
	}
	new, err := x.new.Manifest(ctx)
	if err != nil {
		return compared{}, err
	}
	c := compared{Comparison: compare.New(x.Site.Blobs, old, new)}
	if c.changes, err = c.Changes(ctx); err != nil {
		return compared{}, err
	}
	x.all.cache.Put(k, c, int64(1+len(old.Files)+len(new.Files)))
	return c, nil
}

// slots limits how many work at the same time.
type slots chan struct{}

func (t slots) enter(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t slots) leave() { <-t }
