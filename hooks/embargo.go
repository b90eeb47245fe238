package hooks

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/report"
)

// maxEmbargoes bounds the warnings about embargoed releases.
const maxEmbargoes = 5

// PostReceive implements gitserver.Hooks: it warns of embargoed releases whose books
// the push publishes earlier. The warning is not part of the record of the push,
// which readers see.
func (c Content) PostReceive(ctx context.Context, push *gitserver.Push, w io.Writer) {
	if c.DB == nil || len(push.Report) == 0 {
		return
	}
	waiting, err := c.overtaken(ctx, push)
	if err != nil {
		fmt.Fprintf(w, "warning: could not determine whether this push overtakes a scheduled release.\n")
	}
	for i, r := range waiting {
		if i == maxEmbargoes {
			fmt.Fprintf(w, "warning: %d more releases are scheduled.\n", len(waiting)-i)
			break
		}
		at := r.Appears.Format(time.RFC3339)
		fmt.Fprintf(w, "warning: %s %s is scheduled for %s, but this push is published now, with everything that it contains of %s. "+
			"To schedule a push too: git push -o %s%s\n", r.Book, r.Number, at, r.Number, publish.TimeOption, at)
	}
}

// overtaken returns the embargoed releases that appear later than what the push
// publishes of the same books.
func (c Content) overtaken(ctx context.Context, push *gitserver.Push) (waiting []*release.Release, err error) {
	publications, err := publish.OfPush(ctx, c.DB, push.Repository.ID, push.ID)
	if err != nil {
		return nil, err
	}
	found, err := report.Decode(push.Report)
	if err != nil {
		return nil, err
	}
	embargoes, err := release.Embargoes(ctx, c.DB, push.Repository.ID)
	if err != nil {
		return nil, err
	}
	for _, p := range publications {
		i := slices.IndexFunc(found.Refs, func(r report.Ref) bool { return r.Name == p.Ref })
		if p.Kind != publish.Release || i < 0 {
			continue
		}
		for _, r := range embargoes {
			_, named := p.Request.Number(r.Book)
			has := slices.ContainsFunc(found.Refs[i].Books, func(b report.Book) bool { return b.Slug == r.Book })
			if has && (named || !p.Request.Only) && p.Request.At.Before(r.Appears) && !slices.Contains(waiting, r) {
				waiting = append(waiting, r)
			}
		}
	}
	return waiting, nil
}
