package web

import (
	"context"
	"encoding/xml"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/search"
	"github.com/rhaptos/rhaptos/web/feed"
	websearch "github.com/rhaptos/rhaptos/web/search"
)

var _ websearch.Index = (*search.Index)(nil)

// shelf finds one page in every edition, and notes where it was asked to look.
type shelf struct {
	asked [][]blobstore.Digest
	total int // pretended; as many as editions if 0
	err   error
}

func (s *shelf) Search(_ context.Context, q search.Query, editions []blobstore.Digest, offset, limit int) (*search.Result, error) {
	s.asked = append(s.asked, editions)
	if s.err != nil || q.Empty() {
		return &search.Result{}, s.err
	}
	r := &search.Result{Total: max(s.total, len(editions))}
	for _, d := range editions {
		r.Hits = append(r.Hits, search.Hit{
			Edition: d, Slug: "ch01/größe", Number: "1.2", Title: "A <b> title", Language: "de", Anchor: "größe 1", Heading: "Section",
			Excerpt: search.Excerpt{Cut: true, Fragments: []search.Fragment{{Text: "was "}, {Text: "<gesucht>", Match: true}, {Text: " wird"}}, More: true},
		})
	}
	return r, nil
}

// searchBench is a bench in which each release has a manifest of its own.
func searchBench(t *testing.T) (*bench, *shelf) {
	found := &shelf{}
	b := newBench(t, func(c *Config) { c.Search = found })
	for _, r := range b.store.releases {
		r.Manifest = blobstore.Digest(r.RepositoryID + " " + r.Book + " " + r.Number.String())
		b.store.manifests[r.Manifest] = b.store.manifests["m"]
	}
	return b, found
}

// Who searches looks into the latest releases that can be read, of those
// repositories only that the searcher may see.
func TestSearchScope(t *testing.T) {
	b, found := searchBench(t)
	for _, tt := range []struct {
		user, target string
		status       int
		want         []blobstore.Digest
	}{
		{"", "/search?q=x", 200, []blobstore.Digest{"1 größen 1.1", "1 shapes 1.10"}},
		{"bob", "/search?q=x", 200, []blobstore.Digest{"1 größen 1.1", "1 shapes 1.10"}},
		{"ann", "/search.json?q=x", 200, []blobstore.Digest{"1 größen 1.1", "1 shapes 1.10", "2 shapes 1.1"}},
		{"", "/ann/geometry/-/search?q=x", 200, []blobstore.Digest{"1 größen 1.1", "1 shapes 1.10"}},
		{"", "/ann/geometry/shapes@1.9/search?q=x", 200, []blobstore.Digest{"1 shapes 1.9"}},
		{"", "/ann/geometry/shapes@next/search?q=x", 200, []blobstore.Digest{"m"}},
		{"", "/ann/geometry/shapes@fix~figures/search.json?q=x", 200, []blobstore.Digest{"m"}},
		{"ann", "/ann/secret/shapes@1.1/search?q=x", 200, []blobstore.Digest{"2 shapes 1.1"}},
		{"ann", "/ann/secret/-/search?q=x", 200, []blobstore.Digest{"2 shapes 1.1"}},
		{"", "/ann/secret/-/search?q=x", 404, nil},
		{"bob", "/ann/secret/-/search?q=x", 404, nil},
		{"bob", "/ann/secret/shapes@1.1/search?q=x", 404, nil},
		{"eve", "/ann/geometry/-/search?q=x", 403, nil},
		{"", "/ann/geometry/shapes@1.12/search?q=x", 410, nil},
		{"", "/ann/geometry/shapes@1.2/search?q=x", 451, nil},
		{"", "/ann/geometry/shapes@9.9/search?q=x", 404, nil},
		{"", "/ann/geometry/shapes/search?q=x", 307, nil}, // to that of the latest release
	} {
		found.asked = nil
		var fields []string
		if tt.user != "" {
			fields = []string{"User", tt.user}
		}
		r := b.do("GET", tt.target, fields...)
		var asked []blobstore.Digest
		if len(found.asked) > 0 {
			asked = slices.Sorted(slices.Values(found.asked[0]))
		}
		if r.StatusCode != tt.status || !slices.Equal(asked, tt.want) {
			t.Errorf("%s %s: %d, asked for %q; want %d, %q", tt.user, tt.target, r.StatusCode, asked, tt.status, tt.want)
		}
		if r.StatusCode == 200 && r.Header.Get("X-Robots-Tag") != "noindex" {
			t.Errorf("%s: may be indexed", tt.target)
		}
		checkSecurity(t, tt.target, r)
		checkCaching(t, r)
	}
}

func TestSearchAnswers(t *testing.T) {
	b, found := searchBench(t)
	found.total = 45
	var got websearch.JSON
	r := b.do("GET", "/ann/geometry/shapes@1.10/search?q=gesucht+%26&page=2", "Accept", "application/json")
	decode(t, r, &got)
	if len(got.Hits) != 1 || got.Total != 45 || got.Query != "gesucht &" || got.Next != "/ann/geometry/shapes@1.10/search.json?page=3&q=gesucht+%26" {
		t.Errorf("got %+v", got)
	}
	h := got.Hits[0]
	if h.URL != "/ann/geometry/shapes@1.10/ch01/gr%C3%B6%C3%9Fe#gr%C3%B6%C3%9Fe%201" || h.Book != "Shapes & Sizes" ||
		len(h.Excerpt) != 5 || h.Excerpt[0].Text != "…" || !h.Excerpt[2].Match || h.Excerpt[4].Text != "…" {
		t.Errorf("hit %+v", h)
	}
	if location := r.Header.Get("Content-Location"); location != "/ann/geometry/shapes@1.10/search.json?page=2&q=gesucht+%26" {
		t.Errorf("Content-Location %s", location)
	}
	page := body(t, b.do("GET", "/ann/geometry/shapes@1.10/search?q=gesucht+%26&page=2"))
	for _, want := range []string{
		`<mark>&lt;gesucht&gt;</mark> wird…`, `A &lt;b&gt; title`, `lang="de" dir="auto"`, `value="gesucht &amp;"`, `action="/ann/geometry/shapes@1.10/search"`,
		`rel="prev" href="/ann/geometry/shapes@1.10/search?q=gesucht&#43;%26"`, `rel="next" href="/ann/geometry/shapes@1.10/search?page=3&amp;q=gesucht&#43;%26"`,
		`<meta name="robots" content="noindex">`, `href="/-/opensearch.xml"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for _, target := range []string{"/search", "/search?q=", "/search?page=-1&q=x", "/search?page=99999999999999999999&q=x", "/search?q=%ff%00&page=x"} {
		if r := b.do("GET", target); r.StatusCode != 200 {
			t.Errorf("%s: %d", target, r.StatusCode)
		}
	}
}

// A search that cannot be made now is a 503 that says when to try again, never a
// result without hits; nobody keeps it.
func TestSearchUnavailable(t *testing.T) {
	b, found := searchBench(t)
	for err, want := range map[error]string{search.ErrNotIndexed: "still being indexed", search.ErrTooSlow: "took too long", search.ErrBusy: "Too many searches"} {
		found.err = err
		for _, target := range []string{"/search?q=x", "/search.json?q=x", "/ann/geometry/-/search?q=x", "/ann/geometry/shapes@1.10/search?q=x", "/ann/geometry/shapes@1.10/search.json?q=x"} {
			for _, accept := range []string{"text/html", "application/json"} {
				r := b.do("GET", target, "Accept", accept)
				if text := body(t, r); r.StatusCode != 503 || !strings.Contains(text, want) || r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("Retry-After") == "" {
					t.Errorf("%s, %s, %v: %d, %v, %s", target, accept, err, r.StatusCode, r.Header, text)
				}
			}
			if r := b.do("OPTIONS", target); r.StatusCode != 204 {
				t.Errorf("OPTIONS %s: %d", target, r.StatusCode)
			}
		}
		asked := len(found.asked)
		for target, status := range map[string]int{"/ann/secret/-/search?q=x": 404, "/ann/geometry/shapes@1.12/search?q=x": 410, "/ann/geometry/nobook@1.1/search?q=x": 404} {
			if r := b.do("GET", target); r.StatusCode != status {
				t.Errorf("%s: %d, want %d", target, r.StatusCode, status)
			}
		}
		if b.do("POST", "/search?q=x"); len(found.asked) != asked {
			t.Error("what nobody may read has been searched")
		}
	}
}

// Pages have a form, and a description for browsers, only where there is a search.
func TestSearchForms(t *testing.T) {
	b, _ := searchBench(t)
	without := newBench(t, nil)
	for target, action := range map[string]string{
		"/": "/search", "/ann/geometry": "/ann/geometry/-/search", "/ann/geometry/shapes@1.10": "/ann/geometry/shapes@1.10/search",
	} {
		if text := body(t, b.do("GET", target)); !strings.Contains(text, `action="`+action+`"`) {
			t.Errorf("%s has no form for %s", target, action)
		}
		if text := body(t, without.do("GET", target)); strings.Contains(text, "search") {
			t.Errorf("%s offers a search that is not there", target)
		}
	}
	for _, target := range []string{"/search", "/ann/geometry/-/search", "/ann/geometry/shapes@1.10/search", "/-/opensearch.xml"} {
		if r := without.do("GET", target+"?q=x"); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s without a search: %d", target, r.StatusCode)
		}
	}
}

func TestOpenSearch(t *testing.T) {
	b, _ := searchBench(t)
	r := b.do("GET", "/-/opensearch.xml")
	var d feed.Description
	if err := xml.Unmarshal([]byte(body(t, r)), &d); err != nil {
		t.Fatal(err)
	}
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != feed.TypeOpenSearch || len([]rune(d.ShortName)) > 16 ||
		d.URLs[0].Template != "https://books.example/search?q={searchTerms}&page={startPage?}" {
		t.Errorf("%d %v %+v", r.StatusCode, r.Header, d)
	}
	nameless, _ := searchBench(t)
	nameless.config.URL = ""
	view, err := New(nameless.config)
	if err != nil {
		t.Fatal(err)
	}
	nameless.Handler = view
	if r := nameless.do("GET", "/-/opensearch.xml"); r.StatusCode != 404 {
		t.Errorf("without an address of its own: %d", r.StatusCode)
	}
}

// A book that two repositories have alike is listed once.
func TestSearchSameBookTwice(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Search = &shelf{} })
	b.store.releases = nil
	for _, id := range []string{"1", "2"} {
		b.store.releases = append(b.store.releases, &release.Release{RepositoryID: id, Book: "shapes", Number: release.Number{Major: 1, Minor: 1},
			Title: "Shapes", Manifest: "m", State: release.Current, Published: published})
	}
	var got websearch.JSON
	decode(t, b.do("GET", "/search.json?q=x", "User", "ann"), &got)
	for _, h := range got.Hits {
		if !strings.HasPrefix(h.URL, "/ann/geometry/") {
			t.Errorf("led to %s", h.URL)
		}
	}
}
