package publish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/render"
)

const main = "refs/heads/main"

// shore is where the image of mdBook is published.
var shore = render.MediaPath(&collection.Media{Path: "src/shore.png"})

func TestPublish(t *testing.T) {
	for _, test := range []struct {
		name          string
		before, after fstest.MapFS
		first, second []string
		page          string
	}{
		{"mdbook", mdBook("Down."), mdBook("Far down."), []string{"tides 1.1 c1"}, []string{"tides 1.2 c3"}, "ebb"},
		{"openstax", openStax(`<para id="p">One.</para>`), openStax(`<para id="p">Two.</para>`),
			[]string{"geometry 1.1 c1", "algebra 1.1 c1"}, []string{"algebra 1.2 c3"}, "1-page-m1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			s := b.publishRef(Release, main, "c1", test.before)
			if s.State != Published || s.Finished.IsZero() || !strings.Contains(s.Report, "1.1: published") {
				t.Errorf("got %+v", s)
			}
			slices.Sort(test.first)
			first := b.releases()
			slices.Sort(first)
			equal(t, "releases", first, test.first...)

			s = b.publishRef(Release, main, "c2", test.before)
			if s.State != Published || strings.Count(s.Report, "nothing changed, no release") != len(test.first) {
				t.Errorf("publishing the same again: got %+v", s)
			}
			s = b.publishRef(Release, main, "c3", test.after)
			if s.State != Published {
				t.Errorf("got %+v", s)
			}
			equal(t, "releases of the change", b.releases()[len(test.first):], test.second...)
			if got, want := b.announced(), len(test.first)+len(test.second); got != want {
				t.Errorf("%d releases were announced, want %d", got, want)
			}
		})
	}
}

func TestManifestOfRelease(t *testing.T) {
	b := newBench(t)
	b.publishRef(Release, main, "c1", mdBook("Down <b>low</b> & on."))
	r, err := b.Releases.Latest(t.Context(), repository, "tides")
	if err != nil {
		t.Fatal(err)
	}
	if r.Title != "Tides" || r.Ref != main || r.Publication != 1 || r.State != release.Current || r.Published.IsZero() {
		t.Errorf("got %+v", r)
	}
	m, err := b.Releases.Manifest(t.Context(), r.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	var slugs, paths []string
	m.Pages(func(e release.Entry) bool { slugs = append(slugs, e.Slug); return true })
	for _, f := range m.Files {
		paths = append(paths, f.Path+" "+f.Type)
	}
	equal(t, "pages", slugs, "ebb", "flood", "about")
	equal(t, "files", paths, "-/edition.css text/css; charset=utf-8", "-/style.css text/css; charset=utf-8", "about text/html; charset=utf-8", "ebb text/html; charset=utf-8", "flood text/html; charset=utf-8", shore+" image/png")
	if page := b.read(r.Manifest, "ebb"); !strings.Contains(page, "Down") || !strings.Contains(page, "<h1>Ebb</h1>") || !strings.Contains(page, `src="`+shore+`"`) {
		t.Errorf("got %s", page)
	}
	if image := b.read(r.Manifest, shore); image != "\x89PNG\r\n\x1a\nshore" {
		t.Errorf("got %q", image)
	}
	var url string
	if err := b.DB.QueryRowContext(t.Context(), `SELECT name FROM setting WHERE value = $1`, ReleasePublished).Scan(&url); err != nil || url != "https://books.example/ann/sea/tides@1.1" {
		t.Errorf("announced %q, %v", url, err)
	}
}

// What is older than the book itself must not come back as a new release.
func TestWithdrawnIsNotPublishedAgain(t *testing.T) {
	b := newBench(t)
	b.publishRef(Release, main, "c1", mdBook("Old."))
	b.publishRef(Release, main, "c2", mdBook("New."))
	if _, err := b.DB.ExecContext(t.Context(), `UPDATE release SET state = 'withdrawn' WHERE minor = 2`); err != nil {
		t.Fatal(err)
	}
	b.publishRef(Release, main, "c3", mdBook("New."))
	b.publishRef(Release, main, "c4", mdBook("Old."))
	b.publishRef(Release, main, "c5", mdBook("Newest."))
	equal(t, "releases", b.releases(), "tides 1.1 c1", "tides 1.2 c2", "tides 1.3 c5")
}

func TestMediaAreNotReadAgain(t *testing.T) {
	b := newBench(t)
	b.publishRef(Release, main, "c1", mdBook("Down."))
	if !b.source.hasOpened("src/shore.png") {
		t.Fatal("the image was not read at all")
	}
	b.source.opened = nil
	b.publishRef(Release, main, "c2", mdBook("Far down."))
	if b.source.hasOpened("src/shore.png") {
		t.Error("an image that had not changed was read again")
	}
	changed := mdBook("Far down.")
	changed["src/shore.png"] = file("\x89PNG\r\n\x1a\nanother")
	b.publishRef(Release, main, "c3", changed)
	r, err := b.Releases.Latest(t.Context(), repository, "tides")
	if err != nil {
		t.Fatal(err)
	}
	if image := b.read(r.Manifest, shore); !strings.HasSuffix(image, "another") {
		t.Errorf("the changed image was not taken: %q", image)
	}
	// A blob that has gone is made anew, not taken on trust.
	m, err := b.Releases.Manifest(t.Context(), r.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range m.Files {
		if err := b.Blobs.Delete(t.Context(), f.Digest); err != nil {
			t.Fatal(err)
		}
	}
	b.publishRef(Release, main, "c4", changed)
	b.read(r.Manifest, shore)
	b.read(r.Manifest, "flood")
	equal(t, "releases", b.releases(), "tides 1.1 c1", "tides 1.2 c2", "tides 1.3 c3")
}

// Two publications, two workers: the first in number is the slower one.
func TestOrder(t *testing.T) {
	b := newBench(t)
	begun, gate := make(chan bool), make(chan bool)
	b.source.asked = func(commit string) {
		if commit == "c1" {
			begun <- true
			<-gate
		}
	}
	one := b.request(Release, main, "c1", mdBook("One."))
	two := b.request(Release, main, "c2", mdBook("Two."))
	b.start(4)
	<-begun
	// The workers of this process try the second, and so does another one, which
	// snoozes if they are just at it.
	if err := New(b.Config).work(t.Context(), job{repository, two}); err != nil && !errors.As(err, new(*river.JobSnoozeError)) {
		t.Error(err)
	}
	if s := b.status(two); s.State != Pending || s.Attempts != 0 {
		t.Errorf("the second was begun before the first had ended: %+v", s)
	}
	close(gate)
	b.await(one)
	b.await(two)
	equal(t, "releases", b.releases(), "tides 1.1 c1", "tides 1.2 c2")
}

func TestManyInOrder(t *testing.T) {
	b := newBench(t)
	b.start(4)
	var last int64
	var want []string
	for i := range 12 {
		commit := fmt.Sprintf("c%d", i)
		b.source.mu.Lock()
		b.source.trees[commit] = mdBook(commit)
		b.source.mu.Unlock()
		want = append(want, fmt.Sprintf("tides 1.%d %s", i+1, commit))
	}
	for i := range 12 {
		last = b.request(Release, main, fmt.Sprintf("c%d", i), nil)
	}
	b.await(last)
	equal(t, "releases", b.releases(), want...)
}

// unclaimed is a database whose claims are worth nothing, as when their connections
// are lost.
type unclaimed struct{ database.DB }

// Claim implements [database.DB].
func (unclaimed) Claim(context.Context, string) (release func(), ok bool, err error) {
	return func() {}, true, nil
}

// A job that is worked twice, one after the other and by two processes at the
// same time, makes one release.
func TestExactlyOnce(t *testing.T) {
	b := newBench(t)
	b.DB = unclaimed{b.DB}
	n := b.request(Release, main, "c1", mdBook("Down."))
	var rendering atomic.Int32
	both, one := make(chan struct{}), make(chan struct{})
	ended := sync.OnceFunc(func() { close(one) })
	b.source.asked = func(string) { // both are at work before either ends
		if rendering.Add(1) == 2 {
			close(both)
		}
		select {
		case <-both:
		case <-one: // has failed without asking
		}
	}
	other := New(b.Config)
	errs := make(chan error, 2)
	for _, p := range []*Publisher{b.Publisher, other} {
		go func() {
			err := p.work(t.Context(), job{repository, n})
			var snooze *river.JobSnoozeError
			for errors.As(err, &snooze) { // as the queue does: the one takes the other for one that crashed
				time.Sleep(snooze.Duration)
				err = p.work(t.Context(), job{repository, n})
			}
			errs <- err
			ended()
		}()
	}
	if err := errors.Join(<-errs, <-errs); err != nil {
		t.Fatal(err)
	}
	b.do(n)
	equal(t, "releases", b.releases(), "tides 1.1 c1")
	if b.announced() != 1 {
		t.Errorf("announced %d times", b.announced())
	}
	if s := b.status(n); s.Attempts != 2 || s.State != Published {
		t.Errorf("got %+v", s)
	}
}

// While one server works on a publication, another one leaves it alone, and takes
// nothing for a crash.
func TestTwoServers(t *testing.T) {
	databasetest.Only(t, database.PostgreSQL, "SQLite has one server")
	b := newBench(t)
	n := b.request(Release, main, "c1", mdBook("Down."))
	other := New(b.Config)
	b.source.asked = func(string) {
		var snooze *river.JobSnoozeError
		if err := other.work(t.Context(), job{repository, n}); !errors.As(err, &snooze) {
			t.Errorf("the other server: %v, want a snooze", err)
		}
	}
	b.do(n)
	if s := b.status(n); s.Attempts != 1 || s.State != Published {
		t.Errorf("got %+v", s)
	}
	if err := other.work(t.Context(), job{repository, n}); err != nil { // the job that was snoozed
		t.Error(err)
	}
	var crashes int
	if err := b.DB.QueryRowContext(t.Context(), `SELECT crashes FROM publication`).Scan(&crashes); err != nil || crashes != 0 {
		t.Errorf("%d crashes, %v", crashes, err)
	}
}

func TestTwoJobsInOneProcess(t *testing.T) {
	b := newBench(t)
	n := b.request(Release, main, "c1", mdBook("Down."))
	b.source.asked = func(string) {
		var snooze *river.JobSnoozeError
		if err := b.work(t.Context(), job{repository, n}); !errors.As(err, &snooze) {
			t.Errorf("the second job: %v, want a snooze", err)
		}
	}
	b.do(n)
	if s := b.status(n); s.Attempts != 1 || s.State != Published {
		t.Errorf("got %+v", s)
	}
}

func TestDrafts(t *testing.T) {
	const branch = "refs/heads/ann/next"
	b := newBench(t)
	b.publishRef(Draft, branch, "c1", openStax(`<para id="p">One.</para>`))
	equal(t, "drafts", b.drafts(), "ann/next algebra c1", "ann/next geometry c1")

	broken := openStax(`<para id="p">Two.</para>`)
	broken["modules/m3/index.cnxml"] = file("<document")
	s := b.publishRef(Draft, branch, "c2", broken)
	if s.State != Published || !strings.Contains(s.Report, "modules/m3/index.cnxml:1:") {
		t.Errorf("a broken draft: got %+v", s)
	}
	equal(t, "drafts", b.drafts(), "ann/next algebra c2", "ann/next geometry c2")
	d, err := b.Releases.Draft(t.Context(), repository, "ann/next", "algebra")
	if err != nil || d.Problems == 0 {
		t.Errorf("got %+v, %v; want problems", d, err)
	}
	if page := b.read(d.Manifest, "1-page-m1"); !strings.Contains(page, "Two.") || strings.Contains(page, "ann/next") {
		t.Errorf("got %s", page)
	}
	if style := b.read(d.Manifest, "-/edition.css"); style != "ann/next" {
		t.Errorf("the style of the draft is %q", style)
	}

	b.publishRef(Draft, branch, "c3", mdBook("Down."))
	equal(t, "drafts after the books changed", b.drafts(), "ann/next tides c3")
	if s := b.publishRef(Draft, branch, "c4", fstest.MapFS{"README": file("nothing")}); s.State != Published {
		t.Errorf("a draft without books: got %+v", s)
	}
	equal(t, "drafts of no books", b.drafts())

	b.publishRef(Draft, branch, "c5", mdBook("Down."))
	b.publishRef(Draft, "refs/heads/other", "c5", mdBook("Down."))
	if s := b.publishRef(Draft, branch, "", nil); s.State != Published {
		t.Errorf("a deleted branch: got %+v", s)
	}
	equal(t, "drafts after a branch was deleted", b.drafts(), "other tides c5")
	equal(t, "releases", b.releases())
	if b.announced() != 0 {
		t.Error("a draft was announced")
	}
}

func TestSuperseded(t *testing.T) {
	b := newBench(t)
	one := b.request(Draft, "refs/heads/x", "c1", mdBook("One."))
	two := b.request(Draft, "refs/heads/y", "c2", mdBook("Two."))
	three := b.request(Draft, "refs/heads/x", "c3", mdBook("Three."))
	b.source.asked = func(commit string) {
		if commit == "c1" {
			t.Error("a superseded draft was rendered")
		}
	}
	for _, n := range []int64{one, two, three} {
		b.do(n)
	}
	if s := b.status(one); s.State != Superseded {
		t.Errorf("got %+v", s)
	}
	equal(t, "drafts", b.drafts(), "x tides c3", "y tides c2")
}

func TestFailedDoesNotBlock(t *testing.T) {
	broken := openStax(`<para id="p">One.</para>`)
	delete(broken, "media/sum.png")
	poisoned := mdBook("Down.")
	poisoned["src/flood.md"] = file("# Poison\n\nx\n")
	for _, test := range []struct {
		name   string
		tree   fstest.MapFS
		report string
	}{
		{"missing image", broken, "modules/m2/index.cnxml:"},
		{"no books", fstest.MapFS{"README": file("nothing")}, "no books found"},
		{"page that makes the renderer panic", poisoned, "src/flood.md: rendering this page failed because of a fault in the server"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			b.Theme = plainTheme{poison: "Poison"}
			bad := b.request(Release, main, "c1", test.tree)
			good := b.request(Release, main, "c2", mdBook("Down."))
			b.start(2)
			if s := b.await(bad); s.State != Failed || s.Attempts != 1 || !strings.Contains(s.Report, test.report) {
				t.Errorf("got %+v, want failed at once, with %q", s, test.report)
			}
			if s := b.await(good); s.State != Published {
				t.Errorf("the one behind it: got %+v", s)
			}
			equal(t, "releases", b.releases(), "tides 1.1 c2")
		})
	}
}

// A page that cannot be rendered does not keep a draft from being read.
func TestPoisonedDraft(t *testing.T) {
	b := newBench(t)
	b.Theme = plainTheme{poison: "Flood"}
	s := b.publishRef(Draft, "refs/heads/x", "c1", mdBook("Down."))
	if s.State != Published || !strings.Contains(s.Report, "error: src/flood.md: rendering this page failed") {
		t.Errorf("got %+v", s)
	}
	d, err := b.Releases.Draft(t.Context(), repository, "x", "tides")
	if err != nil || d.Problems != 2 { // the image is not whole either
		t.Fatalf("got %+v, %v", d, err)
	}
	b.read(d.Manifest, "ebb")
}

// full is a store that has no room for so many more blobs.
type full struct {
	blobstore.Store
	mu   sync.Mutex
	fail int
}

func (f *full) Put(ctx context.Context, r io.Reader) (blobstore.Info, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail > 0 {
		f.fail--
		return blobstore.Info{}, errors.New("no space left on device")
	}
	return f.Store.Put(ctx, r)
}

func TestStorageFault(t *testing.T) {
	b := newBench(t)
	b.Blobs = &full{Store: b.Blobs, fail: 1}
	n := b.request(Release, main, "c1", mdBook("Down."))
	err := b.work(t.Context(), job{repository, n})
	if err == nil || !strings.Contains(err.Error(), "no space left on device") {
		t.Errorf("got %v", err)
	}
	if s := b.status(n); s.State != Pending || !strings.Contains(s.Report, "no space left on device") {
		t.Errorf("got %+v, want pending with the reason", s)
	}
	b.do(n)
	equal(t, "releases", b.releases(), "tides 1.1 c1")
}

// What never succeeds is given up in the end, and so is what takes the process
// with it each time, or what an operator cancels; all let the next one go on.
func TestGivenUp(t *testing.T) {
	for name, tt := range map[string]struct{ harm, report string }{
		"fails":            {`UPDATE publication SET attempts = 99, faults = 39 WHERE number = $1`, "given up after 40 attempts: "},
		"stops the server": {`UPDATE publication SET attempts = 100, crashes = 99, begun = TRUE WHERE number = $1`, "given up after 100 attempts: the server stopped"},
		"cancelled":        {"", "cancelled by ann"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			n := b.request(Release, main, "gone", nil)
			next := b.request(Release, main, "c2", mdBook("Down."))
			if tt.harm == "" {
				b.cancel(n)
			} else if _, err := b.DB.ExecContext(t.Context(), tt.harm, n); err != nil {
				t.Fatal(err)
			}
			b.do(n)
			if s := b.status(n); s.State != Failed || !strings.Contains(s.Report, tt.report) {
				t.Errorf("got %+v", s)
			}
			b.start(2)
			b.await(next)
			equal(t, "releases", b.releases(), "tides 1.1 c2")
		})
	}
}

func TestStoppedServer(t *testing.T) {
	b := newBench(t)
	n := b.request(Release, main, "c1", mdBook("Down."))
	ctx, cancel := context.WithCancel(t.Context())
	b.source.asked = func(string) { cancel() }
	var snooze *river.JobSnoozeError
	if err := b.work(ctx, job{repository, n}); !errors.As(err, &snooze) || snooze.Duration != 0 {
		t.Errorf("got %v, want to be put back", err)
	}
	if s := b.status(n); s.State != Pending {
		t.Errorf("got %+v", s)
	}
	b.source.asked = nil
	b.do(n)
	equal(t, "releases", b.releases(), "tides 1.1 c1")
}

// Without its jobs, as after a kill, a publication is taken up again.
func TestResume(t *testing.T) {
	b := newBench(t)
	one := b.request(Release, main, "c1", mdBook("One."))
	two := b.request(Release, main, "c2", mdBook("Two."))
	if _, err := b.DB.ExecContext(t.Context(), `UPDATE river_job SET state = 'running'`); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := b.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	b.start(2)
	b.await(one)
	b.await(two)
	equal(t, "releases", b.releases(), "tides 1.1 c1", "tides 1.2 c2")
}

func TestRequest(t *testing.T) {
	b := newBench(t)
	for name, p := range map[string]Publication{
		"no kind":              {RepositoryID: repository, Ref: main, Commit: "c"},
		"no commit":            {RepositoryID: repository, Ref: main, Kind: Release},
		"draft of a tag":       {RepositoryID: repository, Ref: "refs/tags/v1", Commit: "c", Kind: Draft},
		"no such a repository": {RepositoryID: "none", Ref: main, Commit: "c", Kind: Release},
	} {
		err := b.DB.Write(t.Context(), func(ctx context.Context, tx database.Tx) error {
			_, err := Request(ctx, tx, p)
			return err
		})
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	refuse := errors.New("the push is refused after all")
	err := b.DB.Write(t.Context(), func(ctx context.Context, tx database.Tx) error {
		if _, err := Request(ctx, tx, Publication{RepositoryID: repository, Ref: main, Commit: "c", Kind: Release}); err != nil {
			return err
		}
		return refuse
	})
	if !errors.Is(err, refuse) {
		t.Fatal(err)
	}
	if n := b.request(Release, main, "c1", nil); n != 1 {
		t.Errorf("the first has number %d", n)
	}
	b.request(Draft, "refs/heads/\xff", "c2", nil)
	all, err := Publications(t.Context(), b.DB, repository, 10)
	if err != nil || len(all) != 2 || all[0].Number != 2 || all[0].Ref != "refs/heads/\xff" || all[0].Branch() != "\xff" || all[1].State != Pending {
		t.Errorf("got %+v, %v", all, err)
	}
	if _, err := Find(t.Context(), b.DB, repository, 3); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

// A repository may hold books of both layouts.
func TestTwoLayouts(t *testing.T) {
	tree := openStax(`<para id="p">One.</para>`)
	maps.Copy(tree, mdBook("Down."))
	b := newBench(t)
	if s := b.publishRef(Release, main, "c1", tree); s.State != Published {
		t.Errorf("got %+v", s)
	}
	equal(t, "releases, the newest first", b.releases(), "tides 1.1 c1", "geometry 1.1 c1", "algebra 1.1 c1")
}
