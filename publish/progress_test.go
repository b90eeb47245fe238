package publish

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/edition"
	"github.com/rhaptos/rhaptos/publish/release"
)

// interrupting is a theme that ends the attempt when some pages are built.
type interrupting struct {
	counting
	after  int64
	built  atomic.Int64
	cancel context.CancelFunc
}

func (i *interrupting) Page(w io.Writer, v *edition.PageView) error {
	if i.built.Add(1) == i.after {
		i.cancel()
	}
	return i.counting.Page(w, v)
}

// TestProgressIsKept: an attempt that is ended in the middle of a large book is not
// in vain: the next one builds only the pages that are left, and reads only the
// media that are left.
func TestProgressIsKept(t *testing.T) {
	b := newBench(t)
	dir, err := blobstore.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b.Blobs, b.Releases = dir, release.NewStore(b.DB, dir)
	tree := chapters()
	modules := []string{"m1", "m2", "m3", "m4", "m5", "m6"}
	for n := range 60 {
		id := fmt.Sprintf("m%d", n+10)
		modules = append(modules, id)
		tree["modules/"+id+"/index.cnxml"] = file(strings.Replace(moduleXML(id, 0, `<para id="p">Text.</para>`), "000000000000</md:uuid>", fmt.Sprintf("%012d</md:uuid>", n+10), 1))
	}
	tree["collections/tides.collection.xml"] = file(tideCollection(modules))
	n := b.request(Release, mainRef, "c1", tree)
	ctx, cancel := context.WithCancel(t.Context())
	first := &interrupting{after: 40, cancel: cancel}
	b.Theme = first
	if err := b.work(ctx, job{repository, n}); err == nil {
		t.Fatalf("the attempt has not been ended: %+v, %d pages", b.status(n), len(first.pages))
	}
	second := &counting{}
	b.Theme = second
	b.do(n)
	if s := b.status(n); s.State != Published {
		t.Fatalf("%+v", s)
	}
	again := 0
	for _, page := range second.pages {
		if slices.Contains(first.pages, page) {
			again++
		}
	}
	if len(first.pages) < 30 || again > 4*parallelPages {
		t.Errorf("of the %d pages of the first attempt, the second has built %d again:\n%s", len(first.pages), again, strings.Join(second.pages, ", "))
	}
}

// parallelPages is about how many pages are under way when an attempt ends.
const parallelPages = 4

// TestNoClock: the time of an attempt bounds waiting, not the work on a large book.
func TestNoClock(t *testing.T) {
	if limit := (&worker{}).Timeout(nil); limit < 12*60*60e9 {
		t.Errorf("an attempt ends after %v", limit)
	}
}
