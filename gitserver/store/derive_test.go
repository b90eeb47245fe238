package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/store"
)

// A derived repository names the blobs of its source if everybody may read all that is
// in them, and otherwise has what its commit reaches and nothing else.
func TestDerive(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	one := p.commit("one")
	p.push(p.quarantine(p.pack("main")), false, update("refs/heads/main", plumbing.ZeroHash, one))
	two := p.commit("two")
	p.push(p.quarantine(p.pack("main", "^"+one.String())), false, update("refs/heads/main", one, two))
	derive := func(name string, source *gitserver.Repository, private bool) (*gitserver.Repository, error) {
		return p.Derive(t.Context(), store.Derivation{
			Source: source, Commit: one, Release: "book@1.1", Owner: "bob", Name: name, Private: private,
			Path: ".rhaptos.toml", Content: []byte("# derived\n"), By: gitexec.Person{Name: "bob", Address: "bob@example.org", At: time.Now()}, Message: "Derive\n",
		})
	}
	digests := func(id string) (list map[blobstore.Digest]bool) {
		list = map[blobstore.Digest]bool{}
		rows, err := p.DB.QueryContext(t.Context(), "SELECT digest FROM pack WHERE repository_id = $1", id)
		if err != nil {
			t.Fatal(err)
		}
		all, err := database.Collect(rows, func(row database.Row) (d blobstore.Digest, err error) { return d, row.Scan(&d) })
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range all {
			list[d] = true
		}
		return list
	}
	has := func(repo *gitserver.Repository, id plumbing.Hash) bool {
		t.Helper()
		objects, err := p.Objects(t.Context(), repo)
		if err != nil {
			t.Fatal(err)
		}
		defer objects.Close()
		_, _, err = objects.Peel(id)
		if err != nil && !errors.Is(err, plumbing.ErrObjectNotFound) {
			t.Fatal(err)
		}
		return err == nil
	}

	// Everything in the source is reached: the packs are shared, and one small one is new.
	shared, err := derive("shared", p.repo, false)
	if err != nil {
		t.Fatal(err)
	}
	source, packs := digests(p.repo.ID), digests(shared.ID)
	if len(packs) != len(source)+1 {
		t.Errorf("%d packs, the source has %d", len(packs), len(source))
	}
	for d := range source {
		if !packs[d] {
			t.Errorf("pack %s is not shared", d)
		}
	}
	_, refs, err := p.Refs(t.Context(), shared.ID)
	if err != nil || len(refs) != 1 || refs[0].Name != p.repo.Head || !has(shared, refs[0].Target) {
		t.Errorf("refs %+v, %v", refs, err)
	}
	if _, err := derive("shared", p.repo, false); !errors.Is(err, store.ErrExists) {
		t.Errorf("derived twice: %v", err)
	}

	// A private source gives away what the commit reaches alone, and to private ones alone.
	private := *p.repo
	private.Private = true
	if _, err := derive("public", &private, false); err == nil {
		t.Error("a public repository was derived from a private one")
	}
	apart, err := derive("apart", &private, true)
	if err != nil {
		t.Fatal(err)
	}
	if !has(apart, one) || has(apart, two) {
		t.Errorf("the commit is there: %v, a later one of the source: %v", has(apart, one), has(apart, two))
	}

	// So does a source with something that no ref reaches any more.
	p.push(p.quarantine(nil), false, update("refs/heads/main", two, one))
	clean, err := derive("clean", p.repo, false)
	if err != nil {
		t.Fatal(err)
	}
	if !has(clean, one) || has(clean, two) {
		t.Errorf("the commit is there: %v, one that was removed from the source: %v", has(clean, one), has(clean, two))
	}

	from, err := p.DerivedFrom(t.Context(), clean.ID)
	if err != nil || from == nil || from.Repository.ID != p.repo.ID || from.Release != "book@1.1" || from.Commit != one {
		t.Errorf("derived from %+v, %v", from, err)
	}
	if list, err := p.Derivatives(t.Context(), p.repo.ID); err != nil || len(list) != 3 {
		t.Errorf("%d derivatives, %v", len(list), err)
	}
	failed := errors.New("no")
	if _, err := p.Derive(t.Context(), store.Derivation{Source: p.repo, Commit: one, Owner: "bob", Name: "failed"},
		func(context.Context, database.Tx, *gitserver.Repository, plumbing.Hash) error { return failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
	if _, err := p.Lookup(t.Context(), "bob", "failed"); !errors.Is(err, gitserver.ErrNoRepository) {
		t.Errorf("half a repository: %v", err)
	}
}
