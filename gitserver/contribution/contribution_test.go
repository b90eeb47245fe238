package contribution_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/contribution"
)

// A change is proposed, amended in every way there is, and accepted.
func TestLifeOfAContribution(t *testing.T) {
	d := newDesk(t)
	first := d.commit("a.md", "one\n2\nthree\n", "Write two as a digit\n\nIt is shorter.\n\nChange-Id: I1234")
	report := d.mustPush("bob", "HEAD", "refs/for/main")
	want := fmt.Sprintf("unpack ok\nok refs/for/main\noption refname refs/contributions/1/head\noption old-oid %s\noption new-oid %s\n", zero, first)
	if report != want {
		t.Errorf("report %q, want %q", report, want)
	}
	if got, want := d.refs(), "1/base 1/head 1/merge 1/v1"; got != want {
		t.Errorf("refs %s, want %s", got, want)
	}
	c := d.find(1)
	if c.Title != "Write two as a digit" || c.Description != "It is shorter." || c.ChangeID != "I1234" || c.Author != "bob" || c.State != contribution.Open || c.Version != 1 {
		t.Errorf("contribution %+v", c)
	}

	// The same change id, on a rewritten commit.
	d.git("commit", "-q", "--amend", "-m", "Write 2\n\nChange-Id: I1234")
	second := d.git("rev-parse", "HEAD")
	if report := d.mustPush("bob", "HEAD", "refs/for/main"); !strings.Contains(report, "option forced-update") {
		t.Errorf("report of a rewritten version: %q", report)
	}
	if c := d.find(1); c.Version != 2 || c.Head.String() != second || c.Title != "Write 2" {
		t.Errorf("amended: %+v", c)
	}
	// What follows the head; the option; a title of one's own.
	d.commit("b.md", "b\n", "More")
	d.mustPush("bob", "HEAD", "refs/for/main")
	d.git("commit", "-q", "--amend", "-m", "Much more")
	d.mustPush("bob", "HEAD", "refs/for/main", "contribution=1", "title=Two things", `description=One\nand two`)
	if c := d.find(1); c.Version != 4 || c.Title != "Two things" || c.Description != "One\nand two" {
		t.Errorf("amended by option: %+v", c)
	}
	// The same commit is no new version.
	d.mustPush("bob", "HEAD", "refs/for/main", "contribution=1")
	if c := d.find(1); c.Version != 4 {
		t.Errorf("pushed twice: version %d, want 4", c.Version)
	}

	push, err := d.accept("ann", 1)
	if err != nil {
		t.Fatal(err)
	}
	c = d.find(1)
	if c.State != contribution.Accepted || c.Merged != push.Updates[0].New || c.ChangedBy != "ann" {
		t.Errorf("accepted: %+v", c)
	}
	if _, err := d.accept("ann", 1); !errors.Is(err, contribution.ErrState) {
		t.Errorf("accepted twice: %v", err)
	}
	wantEvents := []string{"1 opened by bob", "1 updated by bob", "1 updated by bob", "1 updated by bob", "1 updated by bob", "1 accepted by ann"}
	if !slices.Equal(d.announced, wantEvents) {
		t.Errorf("events %q", d.announced)
	}
}

// Topics keep the changes of one author apart.
func TestTopics(t *testing.T) {
	d := newDesk(t)
	base := d.git("rev-parse", "HEAD")
	for i, push := range []struct {
		actor, ref string
		options    []string
		number     string // of the contribution
	}{
		{"bob", "refs/for/main/figures", nil, "1"},
		{"bob", "refs/for/main", []string{"topic=figures"}, "1"},
		{"bob", "refs/for/main/words", nil, "2"},
		{"eve", "refs/for/main/figures", nil, "3"},
		{"bob", "refs/for/main", nil, "4"},
		{"bob", "refs/for/refs/heads/main", []string{"topic=words"}, "2"},
	} {
		d.git("reset", "-q", "--hard", base)
		d.commit("c.md", fmt.Sprint(i), fmt.Sprint("Change ", i))
		if report := d.mustPush(push.actor, "HEAD", push.ref, push.options...); !strings.Contains(report, "refs/contributions/"+push.number+"/head") {
			t.Errorf("push %d: %q, want number %s", i, report, push.number)
		}
	}
}

// What must be refused is, and leaves no ref behind.
func TestRefusals(t *testing.T) {
	d := newDesk(t)
	d.commit("a.md", "one\n2\nthree\n", "Change\n\nChange-Id: I1")
	d.mustPush("bob", "HEAD", "refs/for/main")
	before := d.refs()
	head := d.git("rev-parse", "HEAD")
	d.git("commit", "-q", "--amend", "-m", "Other\n\nChange-Id: I2")
	blob := d.git("rev-parse", "HEAD:a.md")
	for _, c := range []struct {
		actor, revision, ref string
		options              []string
		why                  string
	}{
		{"bob", "HEAD", "refs/for/nowhere", nil, "there is no branch"},
		{"bob", "HEAD", "refs/for/main", []string{"contribution=7"}, "there is no contribution 7"},
		{"bob", "HEAD", "refs/for/main", []string{"contribution=x"}, "must be the number of one"},
		{"eve", "HEAD", "refs/for/main", []string{"contribution=1"}, "contribution 1 is not yours to amend"},
		{"bob", "main~0", "refs/contributions/1/head", nil, "only the server moves refs/contributions/"},
		{"bob", "HEAD", "refs/contributions/9/head", nil, "only the server moves refs/contributions/"},
		{"ann", "HEAD", "refs/notes/reviews", nil, "only the server moves refs/notes/reviews"},
		{"ann", "HEAD", "refs/heads/refs/contributions/1/head", nil, "must not be called refs/"},
		{"bob", "HEAD~1", "refs/for/main", nil, "everything in this is in main already"},
		{"bob", "HEAD", "refs/for/main/x", []string{"topic=y"}, "the topic is given twice"},
		{"", "HEAD", "refs/for/main", nil, "not allowed"},
		{"bob", "HEAD", "refs/heads/main", nil, "not allowed"},
	} {
		report, said, _ := d.push(c.actor, c.revision, c.ref, c.options...)
		if !strings.Contains(report, "ng "+c.ref+" ") || !strings.Contains(report, c.why) {
			t.Errorf("%s to %s with %q: %q, want %q", c.actor, c.ref, c.options, report, c.why)
		}
		if c.ref == "refs/heads/main" && !strings.Contains(said, "git push origin HEAD:refs/for/main") {
			t.Errorf("no way is shown to propose: %q", said)
		}
	}
	report, _, _ := d.send("bob", head+"\n"+blob, nil, zero+" "+blob+" refs/for/main")
	if !strings.Contains(report, "only a commit can be proposed") {
		t.Errorf("a blob: %q", report)
	}
	report, _, _ = d.send("bob", head, nil, head+" "+zero+" refs/for/main")
	if !strings.Contains(report, "ng refs/for/main there is no such ref to delete") {
		t.Errorf("a deletion: %q", report)
	}
	d.git("checkout", "-q", "--orphan", "other")
	d.commit("z.md", "z", "Unrelated")
	if report, _, _ := d.push("bob", "HEAD", "refs/for/main"); !strings.Contains(report, "no common history") {
		t.Errorf("an unrelated history: %q", report)
	}
	if got := d.refs(); got != before {
		t.Errorf("refs %s, want %s", got, before)
	}
	// Somebody else's change id makes a contribution of one's own.
	d.git("checkout", "-q", "-f", "main")
	d.git("reset", "-q", "--hard", head)
	d.git("commit", "-q", "--amend", "-m", "Mine\n\nChange-Id: I1")
	d.mustPush("eve", "HEAD", "refs/for/main")
	if c := d.find(1); c.Version != 1 || c.Author != "bob" {
		t.Errorf("a forged change id changed %+v", c)
	}
}

// Ten thousand refs in one push, and one contribution after the other.
func TestBounds(t *testing.T) {
	d := newDesk(t)
	base := d.git("rev-parse", "HEAD")
	id := d.commit("a.md", "x", "x")
	var commands []string
	for i := range 5000 {
		commands = append(commands, fmt.Sprintf("%s %s refs/for/main/%d", zero, id, i))
	}
	report, _, _ := d.send("bob", "HEAD", nil, commands...)
	if n := strings.Count(report, "a push proposes at most 5 changes"); n != len(commands) {
		t.Errorf("%d of %d refused", n, len(commands))
	}
	ids := zero + " " + id + " refs/for/"
	report, _, _ = d.send("eve", "HEAD", nil, ids+"main/t", ids+"refs/heads/main/t")
	if strings.Count(report, "ok refs/for/") != 1 || strings.Count(report, "multiple updates for one ref") != 1 {
		t.Errorf("two updates for one topic: %q", report)
	}
	for i := range 20 {
		d.git("reset", "-q", "--hard", base)
		d.commit("a.md", fmt.Sprint(i), fmt.Sprint("Change ", i))
		d.mustPush("bob", "HEAD", "refs/for/main")
	}
	d.git("reset", "-q", "--hard", base)
	d.commit("a.md", "21", "Change 21")
	if report, _, _ := d.push("bob", "HEAD", "refs/for/main"); !strings.Contains(report, "you have 20 open contributions here") {
		t.Errorf("the 21st: %q", report)
	}
	if _, err := d.Close(t.Context(), d.repo, 3, d.by("bob")); err != nil {
		t.Fatal(err)
	}
	d.mustPush("bob", "HEAD", "refs/for/main")
}

// A conflict is named, there is no merge, and nothing is accepted.
func TestConflict(t *testing.T) {
	d := newDesk(t)
	base := d.git("rev-parse", "HEAD")
	d.commit("a.md", "one\n2\nthree\n", "Digit")
	_, _, push := d.push("bob", "HEAD", "refs/for/main")
	if p := push.Updates[0].Proposal; p == nil || len(p.Conflicts) > 0 || p.Merge.IsZero() {
		t.Fatalf("proposal %+v", p)
	}
	d.git("reset", "-q", "--hard", base)
	d.commit("a.md", "one\nzwei\nthree\n", "German")
	d.mustPush("ann", "main", "refs/heads/main")
	_, err := d.accept("ann", 1)
	var conflict *contribution.ConflictError
	if !errors.As(err, &conflict) || !slices.Equal(conflict.Conflicts, []string{"a.md: both changed the same lines"}) {
		t.Fatalf("accepting what conflicts: %v", err)
	}
	d.git("reset", "-q", "--hard", base)
	d.commit("a.md", "one\nII\nthree\n", "Roman")
	_, _, push = d.push("bob", "HEAD", "refs/for/main", "contribution=1")
	if p := push.Updates[0].Proposal; p == nil || !slices.Equal(p.Conflicts, conflict.Conflicts) || !p.Merge.IsZero() {
		t.Errorf("proposal %+v", p)
	}
	if got, want := d.refs(), "1/base 1/head 1/v1 1/v2"; got != want {
		t.Errorf("refs %s, want %s", got, want)
	}
}

// An ordinary push with the head of a contribution accepts it.
func TestPushedMerge(t *testing.T) {
	d := newDesk(t)
	d.commit("a.md", "one\n2\nthree\n", "Digit")
	d.mustPush("bob", "HEAD", "refs/for/main")
	d.commit("b.md", "b", "And more")
	d.mustPush("ann", "HEAD", "refs/heads/main")
	if c := d.find(1); c.State != contribution.Accepted || c.ChangedBy != "ann" || c.Merged.String() != d.git("rev-parse", "HEAD") {
		t.Errorf("after a push: %+v", c)
	}
}

// A closed contribution can be opened again, and not be amended meanwhile.
func TestCloseReopen(t *testing.T) {
	d := newDesk(t)
	d.commit("a.md", "2\n", "Digit")
	d.mustPush("bob", "HEAD", "refs/for/main/t")
	if _, err := d.Close(t.Context(), d.repo, 1, d.by("bob")); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Close(t.Context(), d.repo, 1, d.by("bob")); !errors.Is(err, contribution.ErrState) {
		t.Errorf("closed twice: %v", err)
	}
	if _, err := d.accept("ann", 1); !errors.Is(err, contribution.ErrState) {
		t.Errorf("a closed one accepted: %v", err)
	}
	d.commit("a.md", "II\n", "Roman")
	if report, _, _ := d.push("bob", "HEAD", "refs/for/main", "contribution=1"); !strings.Contains(report, "contribution 1 is closed") {
		t.Errorf("a closed one amended: %q", report)
	}
	if c, err := d.Reopen(t.Context(), d.repo, 1, d.by("bob")); err != nil || c.State != contribution.Open {
		t.Errorf("reopened: %+v, %v", c, err)
	}
	d.mustPush("bob", "HEAD", "refs/for/main/t")
	if c := d.find(1); c.Version != 2 {
		t.Errorf("version %d, want 2", c.Version)
	}
}
