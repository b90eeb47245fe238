package publish

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
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
	outcome := func(push string, now time.Time) *Outcome {
		t.Helper()
		o, err := OutcomeOf(t.Context(), b.DB, b.Releases, repository, push, now)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	if o := outcome("p", time.Now()); !o.Embargoed || len(o.Publications) != 1 || len(o.Publications[0].Releases) != 0 {
		t.Errorf("pending: %+v", o)
	}
	b.do(1)
	b.do(2)
	o := outcome("p", time.Now())
	if !o.Embargoed || len(o.Publications) != 1 {
		t.Fatalf("ended: %+v", o)
	}
	if made := o.Publications[0].Releases; len(made) != 1 || made[0].Commit != "c1" {
		t.Errorf("releases: %+v", made)
	}
	// As long as the release has not appeared, the time alone reveals nothing.
	if o := outcome("p", end.Add(time.Hour)); !o.Embargoed {
		t.Errorf("overdue: %+v", o)
	}
	full, err := FullOutcomeOf(t.Context(), b.DB, b.Releases, repository, "p")
	if err != nil || full.Embargoed || len(full.Publications) != 2 || len(full.Publications[1].Releases) != 0 || !strings.Contains(full.Publications[1].Report, "will appear at") {
		t.Errorf("for those who may know: %+v, %v", full, err)
	}
	// A later publication of the same tree says nothing of it either.
	b.do(3)
	if o := outcome("q", time.Now()); o.Embargoed || len(o.Publications) != 1 || strings.Contains(o.Publications[0].Report, "appear") || !strings.Contains(o.Publications[0].Report, "nothing changed, no release") {
		t.Errorf("without an embargo of its own: %+v", o.Publications[0])
	}
	full, err = FullOutcomeOf(t.Context(), b.DB, b.Releases, repository, "q")
	if err != nil || !strings.Contains(full.Publications[0].Report, "which will appear at") {
		t.Errorf("for those who may know: %q, %v", full.Publications[0].Report, err)
	}
}

func TestWithoutEmbargoes(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "tides 1.2: published\nwarning: a.md: x": "tides 1.2: published\nwarning: a.md: x",
		"a: nothing changed since 1.2, which will appear at 2027-01-01T00:00:00Z\nb 1.3: published":         "a: nothing changed, no release\nb 1.3: published",
		"tides 1.2 is taken by a release that is to appear at 2027-01-01T00:00:00Z; the next number is 1.4": "tides 1.2 is taken; the next number is 1.4",
	} {
		if got := withoutEmbargoes(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
