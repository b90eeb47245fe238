package outline

import (
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/collection/openstax"
	"github.com/rhaptos/rhaptos/publish/collection/realbook"
)

// realOutline is that of a book of a bundle.
func realOutline(t *testing.T, bundle, slug string) *Outline {
	t.Helper()
	ctx := context.Background()
	lib, _, err := collection.Read(ctx, os.DirFS(realbook.Clone(t, bundle)), analysis.None{}, openstax.Format{})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(lib.Books, func(b *collection.Book) bool { return b.Slug == slug })
	if i < 0 {
		t.Fatalf("there is no book %s", slug)
	}
	o, err := newOutline(ctx, lib.Books[i], analysis.None{}, Standard())
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// exercises are the numbers of the exercises in a module's sections of a class,
// as "from-to".
func (o *Outline) exercises(module, class string) string {
	p := o.ByModule[module]
	first, last := "", ""
	names := o.NamesOf(p)
	labels := o.nameTargets(p, names.Targets)
	for i, t := range names.Targets {
		if t.name != "exercise" || t.section < 0 || !HasClass(p.scan.sections[t.section].class, class) || !t.counted || t.box != "" {
			continue
		}
		n := labels[i].Number[strings.LastIndex(labels[i].Number, ".")+1:]
		if first == "" {
			first = n
		} else if before, _ := strconv.Atoi(last); strconv.Itoa(before+1) != n {
			return "no sequence: " + n + " after " + last
		}
		last = n
	}
	return first + "-" + last
}

// TestPrintedNumbers compares with numbers in the printed books.
func TestPrintedNumbers(t *testing.T) {
	called := func(o *Outline, module, id string) string {
		l := o.NamesOf(o.ByModule[module]).Labels[id]
		if l == nil {
			return "no such id"
		}
		return strings.TrimSpace(l.Custom + " " + l.Number)
	}
	is := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	one := realOutline(t, "osbooks-calculus-bundle", "calculus-volume-1")
	is(called(one, "m53491", "fs-id1170571654206"), "Theorem 2.3")
	is(called(one, "m53491", "fs-id1170572212020"), "Checkpoint 2.4")
	is(one.exercises("m53491", "section-exercises"), "30-82")
	review := one.BySlug["2-review-exercises"]
	if from, _, _ := strings.Cut(one.exercises(review.Excerpts[0].Of.Module.ID, "review-exercises"), "-"); from != "208" {
		t.Errorf("the review of chapter 2 begins with %s", from)
	}
	two := realOutline(t, "osbooks-calculus-bundle", "calculus-volume-2")
	is(called(two, "m53681", "fs-id1165042002695"), "3.8")

	stars := realOutline(t, "osbooks-astronomy", "astronomy-2e")
	is(called(stars, "m59765", "fs-id1170326285909"), "2.41")
	is(stars.exercises("m59765", "review-questions"), "1-21")
	is(stars.exercises("m59765", "thought-questions"), "22-40")
	is(stars.exercises("m59765", "figuring-for-yourself"), "41-43")

	physics := realOutline(t, "osbooks-physics", "physics")
	is(physics.ByModule["m54083"].Number, "1.2")
}
