package publish

import (
	"context"
	"regexp"
	"slices"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/release"
)

// Outcome describes the publications that a push requested, as far as readers may
// know.
type Outcome struct {
	Publications []Ended

	// Embargoed says that publications were left out, because their releases are
	// to appear later. Then the feedback and the report of the push stay hidden too.
	Embargoed bool
}

// Ended is a publication with the releases that it created, if it has ended.
type Ended struct {
	*Status
	Releases []*release.Release
}

// OutcomeOf returns the outcome of a push as of now.
func OutcomeOf(ctx context.Context, q database.Queryer, releases *release.Store, repositoryID, pushID string, now time.Time) (*Outcome, error) {
	all, err := OfPush(ctx, q, repositoryID, pushID)
	if err != nil {
		return nil, err
	}
	public, err := Public(ctx, q, repositoryID, all, now)
	if err != nil {
		return nil, err
	}
	o, err := outcomeOf(ctx, releases, repositoryID, public)
	if err != nil {
		return nil, err
	}
	o.Embargoed = len(public) < len(all)
	return o, nil
}

// FullOutcomeOf returns the outcome of a push for those who may know of embargoes.
// Embargoed releases cannot be read, so only the reports name them.
func FullOutcomeOf(ctx context.Context, q database.Queryer, releases *release.Store, repositoryID, pushID string) (*Outcome, error) {
	all, err := OfPush(ctx, q, repositoryID, pushID)
	if err != nil {
		return nil, err
	}
	return outcomeOf(ctx, releases, repositoryID, all)
}

func outcomeOf(ctx context.Context, releases *release.Store, repositoryID string, list []*Status) (*Outcome, error) {
	o := &Outcome{}
	for _, s := range list {
		created, err := releases.OfPublication(ctx, repositoryID, s.Number)
		if err != nil {
			return nil, err
		}
		created = slices.DeleteFunc(created, func(r *release.Release) bool { return r.State == release.Embargoed })
		o.Publications = append(o.Publications, Ended{s, created})
	}
	return o, nil
}

// Public returns those publications of a repository that readers may know of: not
// those whose releases are to appear later. Reports do not mention such releases
// either.
func Public(ctx context.Context, q database.Queryer, repositoryID string, all []*Status, now time.Time) ([]*Status, error) {
	if len(all) == 0 {
		return nil, nil
	}
	embargoes, err := release.Embargoes(ctx, q, repositoryID)
	if err != nil {
		return nil, err
	}
	var public []*Status
	for _, s := range all {
		if s.Request.At.After(now) || slices.ContainsFunc(embargoes, func(r *release.Release) bool { return r.Publication == s.Number }) {
			continue
		}
		shown := *s
		shown.Report = withoutEmbargoes(s.Report)
		public = append(public, &shown)
	}
	return public, nil
}

// What the report of a publication says about embargoed releases of others. See
// [Publisher.number] and [release.Store.CheckNumber].
var (
	sameAsEmbargoed = regexp.MustCompile(`(?m)^(.*: nothing changed) since \S+, which will appear at \S+$`)
	takenByEmbargo  = regexp.MustCompile(`is taken by a release that is to appear at [^;\n]*`)
)

func withoutEmbargoes(report string) string {
	report = sameAsEmbargoed.ReplaceAllString(report, "$1, no release")
	return takenByEmbargo.ReplaceAllString(report, "is taken")
}
