package web

import (
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/publish/release"
)

// The catalogue lists each book once, page by page, in both orders.
func TestCataloguePages(t *testing.T) {
	b := newBench(t, nil)
	for i := range 70 {
		b.store.releases = append(b.store.releases, &release.Release{RepositoryID: "1", Book: fmt.Sprint("book-", i), Number: release.Number{Major: 1, Minor: 1},
			Title: fmt.Sprintf("Book %02d", (i*31)%70), Manifest: "m", State: release.Current, Published: published.AddDate(1, 0, (i*17)%70)})
	}
	for first, byTitle := range map[string]bool{"/": true, "/?sort=recent": false} {
		var listed []string
		next, pages := first, 0
		for ; next != "" && pages < 10; pages++ {
			page := body(t, b.do("GET", next))
			next = ""
			if m := regexp.MustCompile(`rel="next" href="([^"]*)"`).FindStringSubmatch(page); m != nil {
				next = strings.ReplaceAll(m[1], "&amp;", "&")
			}
			for _, m := range regexp.MustCompile(`(?s)class="card" href="([^"]*)".*?class="title"[^>]*>([^<]*)<`).FindAllStringSubmatch(page, -1) {
				listed = append(listed, m[2]+" "+m[1])
			}
		}
		if len(listed) != 72 || pages != 3 {
			t.Fatalf("%s: %d books on %d pages: %q", first, len(listed), pages, listed)
		}
		unique := slices.Compact(slices.Sorted(slices.Values(listed)))
		if len(unique) != len(listed) {
			t.Errorf("%s: a book is listed twice", first)
		}
		if slices.IsSorted(listed) != byTitle {
			t.Errorf("%s: %q", first, listed)
		}
		if want := "/ann/geometry/book-"; !byTitle && !strings.Contains(listed[0], want) {
			t.Errorf("%s begins with %s", first, listed[0])
		}
	}
	for _, query := range []string{"/?page=99", "/?page=0", "/?page=-1", "/?page=x&sort=y", "/?page=99999999999999999999", "/?page=9223372036854775807"} {
		if r := b.do("GET", query); r.StatusCode != 200 {
			t.Errorf("%s: %d", query, r.StatusCode)
		}
	}
}

// Books of private repositories are listed for those who may see them.
func TestCatalogueIsOfTheSender(t *testing.T) {
	b := newBench(t, nil)
	for user, want := range map[string]bool{"": false, "bob": false, "ann": true} {
		var fields []string
		if user != "" {
			fields = []string{"User", user}
		}
		if got := strings.Contains(body(t, b.do("GET", "/", fields...)), "/ann/secret/shapes"); got != want {
			t.Errorf("%q sees the private book: %v, want %v", user, got, want)
		}
	}
}

func TestCover(t *testing.T) {
	b := newBench(t, nil)
	r := b.do("GET", "/ann/geometry/shapes@1.10/-/cover.svg")
	drawing := body(t, r)
	if err := xml.Unmarshal([]byte(drawing), new(struct{})); err != nil || !strings.Contains(drawing, "Shapes &amp; Sizes") || !strings.Contains(drawing, "Release 1.10") {
		t.Errorf("%v:\n%s", err, drawing)
	}
	if policy := r.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "sandbox") || r.Header.Get("Content-Type") != "image/svg+xml" {
		t.Errorf("%q, %q", policy, r.Header.Get("Content-Type"))
	}
	for path, want := range map[string]int{"/ann/secret/shapes@1.1/-/cover.svg": 404, "/ann/geometry/shapes@1.12/-/cover.svg": 410, "/ann/geometry/shapes@next/-/cover.svg": 200} {
		if r := b.do("GET", path); r.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, r.StatusCode, want)
		}
	}
}
