package publish

import (
	"context"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/report"
)

func TestOutcomeOfAPush(t *testing.T) {
	b := newBench(t)
	b.source.trees["c1"], b.source.trees["c2"] = mdBook("a"), mdBook("b")
	end := time.Now().Add(time.Hour)
	for _, p := range []Publication{
		{Commit: "c1", Ref: mainRef, Kind: Release, PushID: "p"},
		{Commit: "c2", Ref: mainRef, Kind: Release, PushID: "p", Request: ReleaseRequest{At: end}},
		{Commit: "c2", Ref: mainRef, Kind: Release, PushID: "q"},
	} {
		p.RepositoryID = repository
		err := b.DB.Write(t.Context(), func(ctx context.Context, tx database.Tx) error {
			_, err := Request(ctx, tx, p)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	outcome := func(push string, now time.Time) (*Outcome, *report.Report) {
		t.Helper()
		o, err := OutcomeOf(t.Context(), b.DB, b.Releases, repository, push, now)
		if err != nil {
			t.Fatal(err)
		}
		r := &report.Report{Refs: []report.Ref{{Name: mainRef, Books: []report.Book{{Slug: "tides"}}}}}
		o.Redact(r)
		return o, r
	}
	if o, r := outcome("p", time.Now()); !o.Embargoed || len(o.Publications) != 1 || len(o.Publications[0].Releases) != 0 || r.Refs[0].Books != nil {
		t.Errorf("pending: %+v, %+v", o, r)
	}
	b.do(1)
	b.do(2)
	o, r := outcome("p", time.Now())
	if !o.Embargoed || len(o.Publications) != 1 || r.Refs[0].Books != nil {
		t.Fatalf("ended: %+v, %+v", o, r)
	}
	if made := o.Publications[0].Releases; len(made) != 1 || made[0].Commit != "c1" {
		t.Errorf("releases: %+v", made)
	}
	// As long as the release has not appeared, the time alone reveals nothing.
	if o, _ := outcome("p", end.Add(time.Hour)); !o.Embargoed {
		t.Errorf("overdue: %+v", o)
	}
	if o, r := outcome("q", time.Now()); o.Embargoed || len(o.Publications) != 1 || len(r.Refs[0].Books) != 1 {
		t.Errorf("without an embargo: %+v, %+v", o, r)
	}
	o, _ = outcome("p", time.Now())
	o.Redact(nil)
}
