package publish

import (
	"context"
	"slices"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/report"
)

// Outcome describes the publications that a push requested, as far as readers may
// know.
type Outcome struct {
	Publications []Ended

	// Embargoed says that publications were left out, because their releases are
	// to appear later. Then the feedback of the push stays hidden too, and the
	// report of the push is to be passed through Redact.
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
	o := &Outcome{Embargoed: len(public) < len(all)}
	for _, s := range public {
		created, err := releases.OfPublication(ctx, repositoryID, s.Number)
		if err != nil {
			return nil, err
		}
		o.Publications = append(o.Publications, Ended{s, created})
	}
	return o, nil
}

// Redact removes from the report of the push what reveals an embargoed release:
// the books and their addresses. The report may be nil.
func (o *Outcome) Redact(r *report.Report) {
	if r == nil || !o.Embargoed {
		return
	}
	for i := range r.Refs {
		r.Refs[i].Books = nil
	}
}

// Public returns those publications of a repository that readers may know of: not
// those whose releases are to appear later.
func Public(ctx context.Context, q database.Queryer, repositoryID string, all []*Status, now time.Time) ([]*Status, error) {
	if len(all) == 0 {
		return nil, nil
	}
	embargoes, err := release.Embargoes(ctx, q, repositoryID)
	if err != nil {
		return nil, err
	}
	embargoed := func(s *Status) bool {
		return s.Request.At.After(now) || slices.ContainsFunc(embargoes, func(r *release.Release) bool { return r.Publication == s.Number })
	}
	return slices.DeleteFunc(slices.Clone(all), embargoed), nil
}
