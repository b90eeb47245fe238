package contribution_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/contribution"
)

// Reviews are notes on the heads of versions, and their authors stand in the commit
// that accepts.
func TestReviews(t *testing.T) {
	d := newDesk(t)
	d.commit("a.md", "one\n2\nthree\n", "Digit")
	d.mustPush("bob", "HEAD", "refs/for/main")
	for _, r := range []struct {
		actor  string
		review contribution.Review
		fails  string
	}{
		{"eve", contribution.Review{Text: "Why?", Path: "a.md", Line: 2}, ""},
		{"eve", contribution.Review{Verdict: contribution.Request, Text: "No."}, ""},
		{"eve", contribution.Review{Verdict: contribution.Approve}, ""},
		{"ann", contribution.Review{Verdict: contribution.Approve, Text: "Fine \x1b[31m"}, ""},
		{"bob", contribution.Review{Text: "Thanks"}, ""},
		{"bob", contribution.Review{Verdict: contribution.Approve}, "their own"},
		{"eve", contribution.Review{}, "needs a text"},
		{"eve", contribution.Review{Text: "x", Path: "../etc/passwd"}, "no path"},
		{"eve", contribution.Review{Text: "x", Path: "b.md"}, "no file b.md"},
		{"eve", contribution.Review{Text: "x", Path: "a.md", Line: 9}, "no line 9"},
		{"eve", contribution.Review{Text: strings.Repeat("x", 20_000)}, "longer than"},
	} {
		err := d.Review(t.Context(), d.repo, 1, d.by(r.actor), &r.review)
		if r.fails == "" && err != nil || r.fails != "" && (err == nil || !strings.Contains(err.Error(), r.fails)) {
			t.Errorf("review by %s %+v: %v, want %q", r.actor, r.review, err, r.fails)
		}
	}
	of, err := d.Details(t.Context(), d.repo.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(of.Reviews) != 5 || !slices.Equal(of.Approvals, []string{"eve", "ann"}) || len(of.Against) != 0 {
		t.Errorf("%d reviews, approved by %q, against %q", len(of.Reviews), of.Approvals, of.Against)
	}
	if r := of.Reviews[0]; r.Path != "a.md" || r.Line != 2 || r.Quote != "2" || r.Author != "eve" || r.Version != 1 {
		t.Errorf("the first review: %+v", r)
	}

	// Git itself shows them.
	objects, err := d.store.Mirror(t.Context(), d.repo)
	if err != nil {
		t.Fatal(err)
	}
	note := d.git("--git-dir="+objects, "notes", "--ref=refs/notes/reviews", "show", of.Head.String())
	for line := range strings.Lines(note) {
		var a struct{ Type, Motivation, Created string }
		if err := json.Unmarshal([]byte(line), &a); err != nil || a.Type != "Annotation" || a.Created == "" {
			t.Errorf("line %s: %v", line, err)
		}
	}

	push, err := d.accept("ann", 1)
	if err != nil {
		t.Fatal(err)
	}
	if objects, err = d.store.Mirror(t.Context(), d.repo); err != nil {
		t.Fatal(err)
	}
	message := d.git("--git-dir="+objects, "log", "-1", "--format=%an <%ae>%n%B", push.Updates[0].New.String())
	want := `ann <ann@books.example.org>
Merge contribution 1: Digit

Contributed-by: bob <bob@books.example.org>
Reviewed-by: ann <ann@books.example.org>
Reviewed-by: eve <eve@books.example.org>`
	if message != want {
		t.Errorf("message:\n%s\nwant:\n%s", message, want)
	}
	if err := d.Review(t.Context(), d.repo, 1, d.by("eve"), &contribution.Review{Text: "late"}); !errors.Is(err, contribution.ErrState) {
		t.Errorf("review of an accepted contribution: %v", err)
	}
}

// Where approvals are needed, nothing gets in without them.
func TestApprovals(t *testing.T) {
	d := newDesk(t)
	d.approvals = 2
	d.commit("a.md", "one\n2\nthree\n", "Digit")
	d.mustPush("bob", "HEAD", "refs/for/main")
	if report, said, _ := d.push("ann", "HEAD", "refs/heads/main"); !strings.Contains(report, "takes only approved contributions") || !strings.Contains(said, "-o unreviewed") {
		t.Errorf("a push past the approvals: %q %q", report, said)
	}
	review := func(actor string, v contribution.Verdict) {
		t.Helper()
		if err := d.Review(t.Context(), d.repo, 1, d.by(actor), &contribution.Review{Verdict: v, Text: "."}); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(why string) {
		t.Helper()
		_, err := d.accept("ann", 1)
		var no *contribution.RefusedError
		if !errors.As(err, &no) || !strings.Contains(no.Why, why) {
			t.Errorf("accepting: %v, want %q", err, why)
		}
	}
	refused("contribution 1 has 0 of 2 approvals")
	review("ann", contribution.Approve)
	review("ann", contribution.Approve)
	refused("contribution 1 has 1 of 2 approvals")
	review("eve", contribution.Approve)
	review("dan", contribution.Request)
	refused("dan asks for changes")
	review("dan", contribution.Approve)

	// Approvals are of a version.
	d.commit("a.md", "one\nII\nthree\n", "Roman")
	d.mustPush("bob", "HEAD", "refs/for/main")
	refused("contribution 1 has 0 of 2 approvals")
	review("ann", contribution.Approve)
	review("eve", contribution.Approve)
	if _, err := d.accept("ann", 1); err != nil {
		t.Error(err)
	}
	d.git("fetch", "-q", d.mirror(), "main")
	d.git("reset", "-q", "--hard", "FETCH_HEAD")
	d.commit("c.md", "c", "Urgent")
	d.mustPush("ann", "HEAD", "refs/heads/main", "unreviewed")
}

func (d *desk) mirror() string {
	dir, err := d.store.Mirror(d.Context(), d.repo)
	if err != nil {
		d.Fatal(err)
	}
	return dir
}

// Reviews that are written at the same time are all kept.
func TestReviewsAtOnce(t *testing.T) {
	d := newDesk(t)
	d.commit("a.md", "one\n2\nthree\n", "Digit")
	d.mustPush("bob", "HEAD", "refs/for/main")
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		by := d.by(fmt.Sprint("reader", i))
		wg.Go(func() { errs[i] = d.Review(t.Context(), d.repo, 1, by, &contribution.Review{Text: fmt.Sprint(i)}) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	of, err := d.Details(t.Context(), d.repo.ID, 1)
	if err != nil || len(of.Reviews) != len(errs) {
		t.Errorf("%d reviews, want %d (%v)", len(of.Reviews), len(errs), err)
	}
}
