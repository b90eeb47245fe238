package main

import (
	"bytes"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/compare"
	"github.com/rhaptos/rhaptos/publish/facts"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/theme"
	"golang.org/x/net/html"
)

// twoEditions makes the statistics book as it is at two commits.
func twoEditions(t testing.TB, from, to string) (blobs *blobstore.Memory, old, new *release.Manifest) {
	t.Helper()
	work := filepath.Join(t.TempDir(), "work")
	git(t, "", "clone", "-q", bundle(t, "osbooks-introductory-statistics-bundle"), work)
	repo, err := openLocal(t.Context(), work)
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	look, err := theme.New()
	if err != nil {
		t.Fatal(err)
	}
	blobs = blobstore.NewMemory()
	p := publish.New(publish.Config{Blobs: blobs, Theme: look, Facts: facts.NewMemory(factsBytes)})
	var made []*release.Manifest
	for _, commit := range []string{from, to} {
		tree, _, err := repo.commit(t.Context(), commit)
		if err != nil {
			t.Fatal(err)
		}
		proof, err := p.Proof(t.Context(), tree, func(string) *release.Manifest { return nil })
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range proof.Manifests {
			if m.Book.Slug == "introductory-statistics-2e" {
				made = append(made, m)
			}
		}
	}
	return blobs, made[0], made[1]
}

// Between two commits of a real book the changes are found, and every page that
// has changed is shown with marks, by a document that is whole.
func TestRealChanges(t *testing.T) {
	blobs, old, new := twoEditions(t, "HEAD~1", "HEAD")
	c := compare.New(blobs, old, new)
	changes, err := c.Changes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(changes.Pages) < 8 || changes.Same < 90 || len(changes.Media) != 1 {
		t.Errorf("%d pages have changed, %d not; media: %v", len(changes.Pages), changes.Same, changes.Media)
	}
	for _, p := range changes.Pages {
		d, err := c.Page(t.Context(), p.Slug(), compare.Options{Words: theme.MarkWords("en"), Old: &url.URL{Path: "/o/"}, New: &url.URL{Path: "/n/"}})
		if err != nil {
			t.Fatal(err)
		}
		if d.Page.Counts != p.Counts || d.Changes == 0 || p.Counts.Added+p.Counts.Removed > 1000 {
			t.Errorf("%s: %d places, %+v in the page and %+v in the list", p.Slug(), d.Changes, d.Page.Counts, p.Counts)
		}
		document, err := html.Parse(strings.NewReader(d.Article))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for n := range document.Descendants() {
			if id := attribute(n, "id"); id != "" {
				if seen[id] {
					t.Errorf("%s: the id %s stands twice", p.Slug(), id)
				}
				seen[id] = true
			}
		}
	}
	same, err := compare.New(blobs, old, old).Changes(t.Context())
	if err != nil || same.Any() {
		t.Errorf("an edition differs from itself: %+v, %v", same, err)
	}
}

func BenchmarkChanges(b *testing.B) {
	blobs, old, new := twoEditions(b, "HEAD~1", "HEAD")
	b.Run("list", func(b *testing.B) {
		for b.Loop() {
			if _, err := compare.New(blobs, old, new).Changes(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	renumbered := renumber(b, blobs, new)
	b.Run("list of a book renumbered", func(b *testing.B) {
		for b.Loop() {
			if _, err := compare.New(blobs, new, renumbered).Changes(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	c := compare.New(blobs, old, new)
	changes, err := c.Changes(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Run("page", func(b *testing.B) {
		for b.Loop() {
			for i := range changes.Pages {
				if _, err := c.Page(b.Context(), changes.Pages[i].Slug(), compare.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N*len(changes.Pages)), "ms/page")
	})
}

// renumber is the edition with another number in every label.
func renumber(b *testing.B, blobs *blobstore.Memory, m *release.Manifest) *release.Manifest {
	b.Helper()
	out := *m
	out.Files = nil
	for _, f := range m.Files {
		if strings.HasPrefix(f.Type, "text/html") && !strings.HasPrefix(f.Path, "media/") {
			var page bytes.Buffer
			r, err := blobs.Open(b.Context(), f.Digest)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := page.ReadFrom(r); err != nil {
				b.Fatal(err)
			}
			info, err := blobs.Put(b.Context(), strings.NewReader(strings.ReplaceAll(page.String(), `class="number">`, `class="number">1`)))
			if err != nil {
				b.Fatal(err)
			}
			f.Digest, f.Size = info.Digest, info.Size
		}
		out.Files = append(out.Files, f)
	}
	return &out
}
