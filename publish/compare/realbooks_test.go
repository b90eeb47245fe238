package compare_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/net/html"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/testenv"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection/realbook"
	"github.com/rhaptos/rhaptos/publish/compare"
	"github.com/rhaptos/rhaptos/publish/edition"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/theme"
)

// editions makes the book with the slug of each of the trees.
func editions(t testing.TB, slug string, trees ...fs.FS) (*blobstore.Memory, []*release.Manifest) {
	t.Helper()
	look, err := theme.New()
	if err != nil {
		t.Fatal(err)
	}
	blobs := blobstore.NewMemory()
	p := edition.New(edition.Config{Blobs: blobs, Theme: look, Analysis: analysis.NewMemory(128 << 20)})
	var made []*release.Manifest
	for _, tree := range trees {
		proof, err := p.Proof(t.Context(), tree, func(string) *release.Manifest { return nil })
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range proof.Manifests {
			if m.Book.Slug == slug {
				made = append(made, m)
			}
		}
	}
	if len(made) != len(trees) {
		t.Fatalf("%d editions of %d trees", len(made), len(trees))
	}
	return blobs, made
}

const statistics = "introductory-statistics-2e"

// statisticsTree is the statistics book at a commit.
func statisticsTree(t testing.TB, commit string) fs.FS {
	t.Helper()
	work := realbook.Clone(t, "osbooks-introductory-statistics-bundle")
	if out, err := exec.Command("git", "-C", work, "checkout", "-q", "--detach", commit).CombinedOutput(); err != nil {
		t.Fatalf("git checkout %s: %v\n%s", commit, err, out)
	}
	return os.DirFS(work)
}

// Between two commits of a real book the changes are found, and every page that
// has changed is shown with marks, by a document that is whole.
func TestRealChanges(t *testing.T) {
	blobs, made := editions(t, statistics, statisticsTree(t, "HEAD~1"), statisticsTree(t, "HEAD"))
	old, new := made[0], made[1]
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

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// withFirstChapter is a tree with one more chapter in front of the others, so
// that all of them have another number.
func withFirstChapter(t testing.TB, tree fs.FS, collection string) fs.FS {
	t.Helper()
	all := fstest.MapFS{}
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(tree, name)
		all[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	before := `<col:subcollection><md:title>Before</md:title><col:content><col:module document="m00000"/></col:content></col:subcollection>`
	all[collection].Data = bytes.Replace(all[collection].Data, []byte("<col:subcollection>"), []byte(before+"<col:subcollection>"), 1)
	all["modules/m00000/index.cnxml"] = &fstest.MapFile{Data: []byte(grownModule(0))}
	return all
}

// grownModule is a module with paragraphs, a figure, a table, an exercise and a
// link to the module before.
func grownModule(i int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<document xmlns="http://cnx.rice.edu/cnxml" id="m%05d" module-id="m%05d"><title>Module %[1]d</title>
<metadata xmlns:md="http://cnx.rice.edu/mdml"><md:content-id>m%05[1]d</md:content-id><md:title>Module %[1]d</md:title><md:uuid>00000000-0000-4000-8000-%012[1]d</md:uuid></metadata><content>`, i, i)
	for p := range 12 {
		fmt.Fprintf(&b, `<para id="p%d">A book is bound from leaves that were folded and sewn, and whoever reads it <emphasis>turns</emphasis> them one by one, %d times.</para>`, p, (i+p)%9)
	}
	b.WriteString(`<table id="t" summary=""><tgroup cols="2"><tbody><row><entry>leaf</entry><entry>page</entry></row><row><entry>1</entry><entry>2</entry></row></tbody></tgroup></table>`)
	b.WriteString(`<figure id="f"><caption>A leaf.</caption></figure><exercise id="e"><problem id="q"><para id="qp">How many leaves, as in <link target-id="t"/>?</para></problem><solution id="s"><para id="sp">Some.</para></solution></exercise>`)
	if i > 1 {
		fmt.Fprintf(&b, `<para id="l">More than in <link document="m%05d" target-id="t"/> and <link document="m%05[1]d" target-id="f"/>.</para>`, i-1)
	}
	b.WriteString("</content></document>")
	return b.String()
}

// grown is a book of so many modules, twenty to a chapter.
func grown(modules int) fstest.MapFS {
	var contents strings.Builder
	tree := fstest.MapFS{}
	for i := range modules {
		if i%20 == 0 {
			fmt.Fprintf(&contents, "%s<col:subcollection><md:title>Chapter</md:title><col:content>", strings.Repeat("</col:content></col:subcollection>", min(i, 1)))
		}
		fmt.Fprintf(&contents, `<col:module document="m%05d"/>`, i+1)
		tree[fmt.Sprintf("modules/m%05d/index.cnxml", i+1)] = &fstest.MapFile{Data: []byte(grownModule(i + 1))}
	}
	tree["META-INF/books.xml"] = &fstest.MapFile{Data: []byte(`<container xmlns="https://openstax.org/namespaces/book-container" version="1"><book slug="grown" style="grown" href="../collections/grown.collection.xml"/></container>`)}
	tree["collections/grown.collection.xml"] = &fstest.MapFile{Data: []byte(`<col:collection xmlns:col="http://cnx.rice.edu/collxml" xmlns:md="http://cnx.rice.edu/mdml">
<col:metadata><md:title>Grown</md:title><md:slug>grown</md:slug><md:language>en</md:language>
<md:uuid>00000000-0000-4000-8000-999999999999</md:uuid><md:license url="http://creativecommons.org/licenses/by/4.0/"/></col:metadata>
<col:content>` + contents.String() + "</col:content></col:subcollection></col:content></col:collection>")}
	return tree
}

// BenchmarkRenumbered lists what has changed when a chapter was put in front of
// all others.
func BenchmarkRenumbered(b *testing.B) {
	for _, book := range []struct {
		slug, collection string
		tree             fs.FS
	}{
		{statistics, "collections/introductory-statistics-2e.collection.xml", statisticsTree(b, "HEAD")},
		{"grown", "collections/grown.collection.xml", grown(2000)},
	} {
		blobs, made := editions(b, book.slug, book.tree, withFirstChapter(b, book.tree, book.collection))
		b.Run(book.slug, func(b *testing.B) {
			var changes *compare.Changes
			used, rounds := testenv.ProcessorTime(b), 0
			for b.Loop() {
				rounds++
				var err error
				if changes, err = compare.New(blobs, made[0], made[1]).Changes(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			numbers, large := 0, 0
			for _, p := range changes.Pages {
				if p.Counts.OnlyNumbers() {
					numbers++
				}
				if p.TooLarge {
					large++
				}
			}
			b.ReportMetric((testenv.ProcessorTime(b)-used).Seconds()*1000/float64(rounds), "cpu-ms")
			b.ReportMetric(float64(len(changes.Pages)), "pages")
			b.ReportMetric(float64(numbers), "only-numbers")
			b.ReportMetric(float64(large), "too-large")
		})
	}
}

func BenchmarkChanges(b *testing.B) {
	blobs, made := editions(b, statistics, statisticsTree(b, "HEAD~1"), statisticsTree(b, "HEAD"))
	old, new := made[0], made[1]
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
