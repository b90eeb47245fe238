package main

import (
	"context"
	"errors"

	"github.com/rhaptos/rhaptos/gitserver/contribution"
	web "github.com/rhaptos/rhaptos/web/contribution"
	"github.com/rhaptos/rhaptos/web/resource"
)

// contributionView shows contributions to the view. It is web/contribution's Source.
type contributionView struct{ contributions *contribution.Contributions }

// Contributions implements the Source.
func (v contributionView) Contributions(ctx context.Context, repositoryID string, before int64, n int) ([]*web.Contribution, error) {
	found, err := contribution.List(ctx, v.contributions.DB, repositoryID, "", before, n)
	if err != nil {
		return nil, err
	}
	var list []*web.Contribution
	for _, c := range found {
		list = append(list, viewedContribution(c))
	}
	return list, nil
}

// Contribution implements the Source.
func (v contributionView) Contribution(ctx context.Context, repositoryID string, number int64) (*web.Details, error) {
	d, err := v.contributions.Details(ctx, repositoryID, number)
	if errors.Is(err, contribution.ErrNotFound) {
		return nil, resource.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	view := &web.Details{
		Contribution: *viewedContribution(d.Contribution), Deleted: d.Tip.IsZero(), Conflicts: []string{},
		Approvals: append([]string{}, d.Approvals...), Against: append([]string{}, d.Against...),
		Versions: viewedVersions(d), Reviews: viewedReviews(d),
	}
	if d.State == contribution.Open && !d.Tip.IsZero() {
		conflicts, err := v.contributions.MergesNow(ctx, d)
		if err != nil {
			return nil, err
		}
		view.Moved, view.Conflicts = d.Tip != d.Latest().Tip, append(view.Conflicts, conflicts...)
	}
	return view, nil
}

func viewedContribution(c *contribution.Contribution) *web.Contribution {
	w := &web.Contribution{
		Number: c.Number, State: string(c.State), Branch: c.Branch, Author: c.Author, Topic: c.Topic, Title: c.Title, Description: c.Description,
		Version: c.Version, Head: c.Head.String(), ChangedBy: c.ChangedBy, Created: c.Created, Updated: c.Updated,
	}
	if !c.Merged.IsZero() {
		w.Merged = c.Merged.String()
	}
	return w
}

func viewedVersions(d *contribution.Details) []web.Version {
	list := []web.Version{}
	for _, v := range d.Versions {
		list = append(list, web.Version{Version: v.Number, Head: v.Head.String(), Base: v.Base.String(), Tip: v.Tip.String(), Push: v.Push, At: v.At})
	}
	return list
}

func viewedReviews(d *contribution.Details) []web.Review {
	list := []web.Review{}
	for _, r := range d.Reviews {
		w := web.Review{
			ID: r.ID, Version: r.Version, Author: r.Author, At: r.At, Verdict: string(r.Verdict), Text: r.Text, Path: r.Path, Line: r.Line, Quote: r.Quote,
		}
		switch {
		case r.Now == nil:
		case r.Now.Outdated:
			w.Outdated = true
		default:
			w.Now = &web.Place{Path: r.Now.Path, Line: r.Now.Line}
		}
		list = append(list, w)
	}
	return list
}
