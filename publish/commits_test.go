package publish

import (
	"context"
	"slices"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// The commits of releases and drafts that stand, and of what is still to be
// published, are those that must stay.
func TestCommits(t *testing.T) {
	const branch = "refs/heads/ann/next"
	b := newBench(t)
	b.publishRef(Release, main, "released", mdBook("Down."))
	b.publishRef(Draft, branch, "replaced", mdBook("Up."))
	b.publishRef(Draft, branch, "drafted", mdBook("Upper."))
	b.publishRef(Release, main, "failed", openStax("<document"))
	b.request(Draft, branch, "waiting", mdBook("Uppest."))
	err := b.DB.Write(t.Context(), func(ctx context.Context, tx database.Tx) error {
		_, err := Request(ctx, tx, Publication{RepositoryID: repository, Ref: main, Commit: "compared", Kind: Release, PushID: "p", Base: "base"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Commits(t.Context(), b.DB, repository)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	equal(t, "commits", got, "base", "compared", "drafted", "released", "waiting")
}
