package release_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/release"
)

// Rows and manifests from before sources were checked are read without characters
// that hide or rewrite others.
func TestHiddenCharactersOfOldReleases(t *testing.T) {
	const bad = "\u202e\x1b\u2066\u0085"
	db, blobs, store := open(t)
	manifest := put(t, blobs, `{"format":1,"book":{"slug":"a","title":"T\u202ei\u001btle","authors":["A\u2066nn"],"publisher":"P\u0085"},
		"contents":[{"title":"<b>O\u202ene</b>","plain":"O\u202ene","children":[{"title":"T\u202ewo","plain":"T\u202ewo","slug":"two"}]}],"files":[]}`)
	m, err := store.Manifest(t.Context(), manifest)
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%+v", m); strings.ContainsAny(text, bad) || m.Book.Title != "Title" || m.Contents[0].Children[0].Plain != "Two" {
		t.Errorf("the manifest is read as %q", text)
	}
	n := release.Number{Major: 1, Minor: 1}
	write(t, db, func(ctx context.Context, tx database.Tx) error {
		return store.Insert(ctx, tx, &release.Release{RepositoryID: repository, Book: "a", Number: n, Title: "T\u202eitle", Manifest: manifest,
			State: release.Current, Published: time.Now()})
	})
	write(t, db, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE release SET state = $1, reason = $2`, string(release.Withdrawn), "no\x1b[31m \u202eway")
		return err
	})
	r, err := store.Release(t.Context(), repository, "a", n)
	if err != nil {
		t.Fatal(err)
	}
	if r.Title != "Title" || r.Reason != "no[31m way" {
		t.Errorf("the release is read as %q, %q", r.Title, r.Reason)
	}
}
