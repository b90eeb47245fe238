package publish

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/edition"
	"github.com/rhaptos/rhaptos/publish/release"
)

// counting is a theme that notes which pages are made.
type counting struct {
	plainTheme
	mu    sync.Mutex
	pages []string
}

func (c *counting) Page(w io.Writer, v *edition.PageView) error {
	c.mu.Lock()
	c.pages = append(c.pages, v.PlainTitle)
	c.mu.Unlock()
	if v.Next != nil {
		fmt.Fprintf(w, "<!-- then %s -->", v.Next.Slug)
	}
	return c.plainTheme.Page(w, v)
}

// chapters is a book with two chapters of three modules each, a figure in each
// and a link to the module and the figure before it.
func chapters() fstest.MapFS {
	tree := fstest.MapFS{
		"META-INF/books.xml": file(`<container xmlns="https://openstax.org/namespaces/book-container" version="1">
<book slug="tides" style="x" href="../collections/tides.collection.xml"/></container>`),
	}
	for i := range 6 {
		link := ""
		if i > 0 {
			link = fmt.Sprintf(`<link document="m%d"/>, <link document="m%d" target-id="f"/>`, i, i)
		}
		tree[fmt.Sprintf("modules/m%d/index.cnxml", i+1)] = file(tideModule(i+1, fmt.Sprintf("Page m%d", i+1), `<figure id="f"/><para id="p">`+link+`</para>`))
	}
	tree["collections/tides.collection.xml"] = file(tideCollection([]string{"m1", "m2", "m3"}, []string{"m4", "m5", "m6"}))
	return tree
}

func tideModule(n int, title, body string) string {
	return strings.Replace(moduleXML(fmt.Sprintf("m%d", n), n, body), "<title>Page "+fmt.Sprintf("m%d", n), "<title>"+title, 1)
}

func tideCollection(parts ...[]string) string {
	s := strings.TrimSuffix(collectionXML("tides", "4a1b2c3d-0000-4000-8000-000000000001"), "</col:content></col:collection>")
	for i, modules := range parts {
		s += fmt.Sprintf(`<col:subcollection><md:title>Part %d</md:title><col:content>`, i+1)
		for _, m := range modules {
			s += `<col:module document="` + m + `"/>`
		}
		s += `</col:content></col:subcollection>`
	}
	return s + "</col:content></col:collection>"
}

// with is the tree with other files in it.
func with(tree fstest.MapFS, changed fstest.MapFS) fstest.MapFS {
	out := maps.Clone(tree)
	maps.Copy(out, changed)
	return out
}

// remade publishes a tree and returns the pages that had to be made, and the
// modules that had to be read.
func (b *bench) remade(theme *counting, kind Kind, ref, commit string, tree fstest.MapFS) (pages, read string) {
	b.Helper()
	theme.pages, b.source.opened = nil, nil
	if s := b.publishRef(kind, ref, commit, tree); s.State != Published {
		b.Fatalf("%s: %+v", commit, s)
	}
	slices.Sort(theme.pages)
	opened := map[string]bool{}
	for _, name := range b.source.opened {
		if id, ok := strings.CutPrefix(name, "modules/"); ok && strings.HasSuffix(id, "/index.cnxml") {
			opened[strings.TrimSuffix(id, "/index.cnxml")] = true
		}
	}
	return strings.Join(theme.pages, ", "), strings.Join(slices.Sorted(maps.Keys(opened)), " ")
}

// TestRemade counts what a change makes anew: the page of the module, and what
// its title, its numbers and its place show in.
func TestRemade(t *testing.T) {
	const text = `<figure id="f"/><para id="p">Changed.</para>`
	for _, tt := range []struct {
		name        string
		change      fstest.MapFS
		pages, read string
	}{
		{"nothing", nil, "", ""},
		{"a text", fstest.MapFS{"modules/m2/index.cnxml": file(tideModule(2, "Page m2", text))}, "Page m2", "m2"},
		{"a title that neighbours and links show", fstest.MapFS{"modules/m2/index.cnxml": file(tideModule(2, "New", text))},
			"New, Page m1, Page m3", "m1 m2 m3"},
		{"a figure before others of the chapter", fstest.MapFS{"modules/m1/index.cnxml": file(tideModule(1, "Page m1", `<figure id="g"/>`+text))},
			"Page m1, Page m2, Page m3, Page m4", "m1 m2 m3 m4"},
		{"a figure in the last module of a chapter", fstest.MapFS{"modules/m3/index.cnxml": file(tideModule(3, "Page m3", text+`<figure id="g"/>`))},
			"Page m3", "m3"},
		{"a module that comes between", fstest.MapFS{
			"modules/m7/index.cnxml":           file(tideModule(7, "Page m7", `<para id="p">Only text.</para>`)),
			"collections/tides.collection.xml": file(tideCollection([]string{"m1", "m2", "m3"}, []string{"m4", "m7", "m5", "m6"}))},
			"About This Book, Page m4, Page m5, Page m6, Page m7", "m4 m5 m6 m7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, theme := newBench(t), &counting{}
			b.Theme = theme
			pages, read := b.remade(theme, Release, main, "c1", chapters())
			if pages != "About This Book, Page m1, Page m2, Page m3, Page m4, Page m5, Page m6" || read != "m1 m2 m3 m4 m5 m6" {
				t.Errorf("at first: made %q of %q", pages, read)
			}
			changed := with(chapters(), tt.change)
			if pages, read = b.remade(theme, Release, main, "c2", changed); pages != tt.pages || read != tt.read {
				t.Errorf("made %q of %q, want %q of %q", pages, read, tt.pages, tt.read)
			}
			// The same without anything known beforehand: what is made must not
			// depend on what was made before.
			newest := func() blobstore.Digest {
				r, err := b.Releases.Latest(t.Context(), repository, "tides")
				if err != nil {
					t.Fatal(err)
				}
				return r.Manifest
			}
			bit := newest()
			fresh := newBench(t)
			fresh.Theme = &counting{}
			fresh.publishRef(Release, main, "c", changed)
			r, err := fresh.Releases.Latest(t.Context(), repository, "tides")
			if err != nil || r.Manifest != bit {
				t.Errorf("made bit by bit it is %s, made at once %s, %v", bit, r.Manifest, err)
			}
		})
	}
}

// Another branch costs what it changes, and merging it nothing.
func TestBranchAndMerge(t *testing.T) {
	b, theme := newBench(t), &counting{}
	b.Theme = theme
	b.remade(theme, Release, main, "c1", chapters())
	if pages, read := b.remade(theme, Draft, "refs/heads/next", "c1", chapters()); pages != "" || read != "" {
		t.Errorf("a branch that changes nothing: made %q of %q", pages, read)
	}
	changed := with(chapters(), fstest.MapFS{"modules/m2/index.cnxml": file(tideModule(2, "Page m2", `<figure id="f"/><para id="p">Next.</para>`))})
	if pages, _ := b.remade(theme, Draft, "refs/heads/next", "c2", changed); pages != "Page m2" {
		t.Errorf("a branch that changes one page: made %q", pages)
	}
	if pages, read := b.remade(theme, Release, main, "c3", changed); pages != "" || read != "" {
		t.Errorf("merged: made %q of %q", pages, read)
	}
	equal(t, "releases", b.releases(), "tides 1.1 c1", "tides 1.2 c3")
}

// Facts may be forgotten: then the previous manifest says what need not be made.
func TestRemadeFromManifest(t *testing.T) {
	b, theme := newBench(t), &counting{}
	b.Theme = theme
	b.remade(theme, Release, main, "c1", chapters())
	b.Analysis = analysis.NewMemory(1 << 20)
	if pages, _ := b.remade(theme, Release, main, "c2", chapters()); pages != "" {
		t.Errorf("made %q", pages)
	}
	b.Version = "another program"
	b.Analysis = analysis.NewMemory(1 << 20)
	if pages, _ := b.remade(theme, Release, main, "c3", chapters()); strings.Count(pages, "Page") != 6 {
		t.Errorf("another program made %q", pages)
	}
	if pages, _ := b.remade(theme, Release, main, "c4", chapters()); pages != "" {
		t.Errorf("once known to it, another program made %q", pages)
	}
	equal(t, "releases", b.releases(), "tides 1.1 c1")
}

// Blobs that are lost, a variant among them, are made again.
func TestLostVariant(t *testing.T) {
	b, theme := newBench(t), &counting{}
	b.Theme = theme
	tree := with(chapters(), fstest.MapFS{"modules/m1/index.cnxml": file(tideModule(1, "Page m1", `<figure id="f"/><para id="p">`+strings.Repeat("Again. ", 500)+`</para>`))})
	b.remade(theme, Release, main, "c1", tree)
	r, err := b.Releases.Latest(t.Context(), repository, "tides")
	if err != nil {
		t.Fatal(err)
	}
	m, err := b.Releases.Manifest(t.Context(), r.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	f, _ := m.File("1-1-page-m1")
	if len(f.Variants) != 3 {
		t.Fatalf("the page has the variants %+v", f.Variants)
	}
	if err := b.Blobs.Delete(t.Context(), f.Variants[1].Digest); err != nil {
		t.Fatal(err)
	}
	if pages, _ := b.remade(theme, Release, main, "c2", tree); pages != "Page m1" {
		t.Errorf("made %q", pages)
	}
	if _, err := b.Blobs.Stat(t.Context(), f.Variants[1].Digest); err != nil {
		t.Errorf("the variant is not there again: %v", err)
	}
}

// A theme's own file makes no release, a page that looks otherwise does.
func TestThemeChanges(t *testing.T) {
	b := newBench(t)
	b.publishRef(Release, main, "c1", chapters())
	old := &release.Manifest{Files: []release.File{{Path: "-/style.css", Type: "text/css", Digest: "1"}, {Path: "p", Digest: "2", Source: "x"}}}
	same := func(files ...release.File) bool { return old.Equivalent(&release.Manifest{Files: files}) }
	digest := func(d string) blobstore.Digest { return blobstore.Digest(strings.Repeat(d, 64)) }
	old.Files[0].Digest, old.Files[1].Digest = digest("1"), digest("2")
	if !same(release.File{Path: "p", Digest: digest("2"), Source: "y"}, release.File{Path: "-/edition.css", Digest: digest("3")}) {
		t.Error("what readers do not see makes a difference")
	}
	if same(release.File{Path: "p", Digest: digest("3"), Source: "x"}) || same(release.File{Path: "q", Digest: digest("2")}) || same() {
		t.Error("another page makes none")
	}
}
