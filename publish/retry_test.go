package publish

import (
	"context"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

func (b *bench) retry(number int64) (again int64, err error) {
	b.Helper()
	err = b.DB.Write(b.Context(), func(ctx context.Context, tx database.Tx) error {
		again, err = Retry(ctx, tx, repository, number, "ann")
		return err
	})
	return again, err
}

func TestRetry(t *testing.T) {
	b := newBench(t)
	b.source.trees["c1"] = mdBook("a")
	b.requestRelease(mainRef, "c1", named(b, "2.0"))
	failed := b.requestRelease(mainRef, "c1", named(b, "2.0")) // taken
	if failed.State != Failed {
		t.Fatalf("%+v", failed)
	}
	if _, err := b.retry(1); err == nil || !strings.Contains(err.Error(), "has not failed: it is published") {
		t.Errorf("what was published was tried again: %v", err)
	}
	if _, err := b.retry(9); err == nil {
		t.Error("what never was is tried again")
	}
	n, err := b.retry(failed.Number)
	if err != nil {
		t.Fatal(err)
	}
	b.do(n)
	again := b.status(n)
	if again.State != Failed || again.Commit != "c1" || again.Actor != "ann" || again.Request.numbersText() != "2.0" {
		t.Errorf("it was not judged in the same way: %+v", again)
	}
	b.requestRelease(mainRef, "c1", named(b, "3.0"))
	if _, err := b.retry(n); err == nil || !strings.Contains(err.Error(), "is newer than") {
		t.Errorf("older content was tried again: %v", err)
	}
}

func TestRedirects(t *testing.T) {
	b := newBench(t)
	tree := mdBook("a")
	tree["book.toml"] = file("[book]\ntitle = \"Tides\"\n\n[output.html.redirect]\n\"/one.html\" = \"flood.html\"\n\"/two.html\" = \"one.html\"\n")
	tree[".rhaptos.toml"] = file(`[[redirect]]
from = "/old"
to = "ebb"
[[redirect]]
from = "older"
to = "old"
[[redirect]]
book = "others"
from = "x"
to = "ebb"
[[redirect]]
from = "ebb"
to = "flood"
[[redirect]]
from = "a"
to = "b"
[[redirect]]
from = "b"
to = "a"
`)
	s := b.publishRef(Release, mainRef, "c1", tree)
	r, err := b.Releases.Latest(t.Context(), repository, "tides")
	if err != nil {
		t.Fatalf("%v: %s", err, s.Report)
	}
	m, err := b.Releases.Manifest(t.Context(), r.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range m.Redirects {
		got = append(got, r.From+" "+r.To)
	}
	equal(t, "redirects", got, "old ebb", "older ebb", "one flood", "one.html flood", "two flood", "two.html flood")
	if n := strings.Count(s.Report, "comes back to it"); n != 2 {
		t.Errorf("%d loops told of: %s", n, s.Report)
	}
}
