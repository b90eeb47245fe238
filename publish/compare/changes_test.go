package compare

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/release"
)

// edition is one of a book with the pages, and media, by their paths.
func edition(t *testing.T, blobs *blobstore.Memory, contents []release.Entry, files map[string]string) *release.Manifest {
	t.Helper()
	m := &release.Manifest{Contents: contents}
	for path, text := range files {
		info, err := blobs.Put(t.Context(), strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		kind := "text/html"
		if strings.HasPrefix(path, "media/") {
			kind = "image/png"
		}
		m.Files = append(m.Files, release.File{Path: path, Type: kind, Size: info.Size, Digest: info.Digest})
	}
	slices.SortFunc(m.Files, func(a, b release.File) int { return strings.Compare(a.Path, b.Path) })
	return m
}

// A chapter in front of all others changes numbers, and says of no heading that it
// went.
func TestChangesOfNumbers(t *testing.T) {
	blobs := blobstore.NewMemory()
	page := func(chapter int) string {
		return fmt.Sprintf(`<main><article><h1><span class="number">%d.1</span> Ebb</h1><p>From <a href="%[1]d-1-ebb#f">Figure %[1]d.2</a> to <a href="%[1]d-1-ebb#g">Figure %d.3</a>.</p></article></main>`, chapter, chapter+1)
	}
	chapter := func(n int) release.Entry {
		return release.Entry{Number: fmt.Sprint(n), Title: "Tides", Plain: "Tides", Children: []release.Entry{{Number: fmt.Sprint(n, ".1"), Plain: "Ebb", Module: "m1", Slug: fmt.Sprint(n, "-1-ebb")}}}
	}
	old := edition(t, blobs, []release.Entry{chapter(1)}, map[string]string{"1-1-ebb": page(1)})
	new := edition(t, blobs, []release.Entry{{Number: "1", Plain: "Before"}, chapter(2)}, map[string]string{"2-1-ebb": page(2)})
	c := New(blobs, old, new)
	got, err := c.Changes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := []Heading{{Added: true, Text: "1 Before"}}; !reflect.DeepEqual(got.Headings, want) {
		t.Errorf("headings %+v, want %+v", got.Headings, want)
	}
	if len(got.Pages) != 1 || got.Pages[0].Counts != (Counts{Numbers: 3}) {
		t.Errorf("pages %+v", got.Pages)
	}
	d, err := c.Page(t.Context(), "2-1-ebb", Options{Words: english, Old: &url.URL{Path: "/o/"}, New: &url.URL{Path: "/n/"}})
	if err != nil {
		t.Fatal(err)
	}
	if d.Page.Counts != got.Pages[0].Counts || strings.Contains(d.Article, "to</del>") || strings.Contains(d.Article, "to</ins>") {
		t.Errorf("%+v: %s", d.Page.Counts, d.Article)
	}
}

// A page that shows an image is listed when the image's bytes are others, however
// many images have changed and whatever their names are.
func TestChangesOfMedia(t *testing.T) {
	blobs := blobstore.NewMemory()
	files := func(bytes string) map[string]string {
		all := map[string]string{
			"a": `<article><img src="media/z%20and%20&amp;%20%C3%BC.png" alt=""></article>`,
			"b": `<article><img src="media/other.png" alt=""></article>`, "media/other.png": "the same",
		}
		for i := range 200 {
			all[fmt.Sprintf("media/%03d.png", i)] = bytes
		}
		all["media/z and & ü.png"] = bytes
		return all
	}
	contents := []release.Entry{{Plain: "A", Slug: "a"}, {Plain: "B", Slug: "b"}}
	got, err := New(blobs, edition(t, blobs, contents, files("old")), edition(t, blobs, contents, files("new"))).Changes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Media) != 201 || len(got.Pages) != 1 || got.Pages[0].Slug() != "a" || !slices.Equal(got.Pages[0].Media, []string{"media/z and & ü.png"}) || got.Pages[0].Counts.Images == 0 {
		t.Errorf("%d media, pages %+v", len(got.Media), got.Pages)
	}
}

// Where a bound was reached it is said, and only there.
func TestCoarse(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	word := func() string { return fmt.Sprintf("w%d", random.IntN(20)) }
	words := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(word() + " ")
		}
		return b.String()
	}
	for name, tt := range map[string]struct {
		old, new string
		want     bool
	}{
		"a short line written anew": {"<p>" + words(60) + "</p>", "<p>" + words(60) + "</p>", false},
		"a long line written anew":  {"<p>" + words(2000) + "</p>", "<p>" + words(2000) + "</p>", true},
		"nothing in common":         {"<p>a " + strings.Repeat("x ", 5000) + "</p>", "<p>a " + strings.Repeat("y ", 5000) + "</p>", false},
		"many blocks written anew":  {strings.Repeat("<p>a</p><p>b</p>", 100), "<p>c</p>" + strings.Repeat("<p>d</p><p>e</p>", 100), true},
		"a few blocks":              {strings.Repeat("<p>a</p><p>b</p>", 10), "<p>c</p>" + strings.Repeat("<p>d</p><p>e</p>", 10), false},
	} {
		if d := checkMarks(t, "<article>"+tt.old+"</article>", "<article>"+tt.new+"</article>"); d.coarse != tt.want {
			t.Errorf("%s: coarse %v", name, d.coarse)
		}
	}
	old, new := hostile["a span with a long class is gone"](random, 20_000, true), hostile["a span with a long class is gone"](random, 20_000, false)
	d, err := compareArticles([]byte(old), []byte(new), noFiles, noFiles)
	if err != nil {
		t.Fatal(err)
	}
	m := &marker{copied: maxCopied - 100}
	if m.article(d.new, d.edits); !m.plain {
		t.Error("it is not said that words lost their markup")
	}
}
