package search_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/search"
)

// mdBook is a book with a page for each of the texts, in Markdown with a title.
func mdBook(title, language string, pages ...string) fstest.MapFS {
	tree := fstest.MapFS{}
	summary := "# Summary\n\n"
	for i, text := range pages {
		heading, _, _ := strings.Cut(strings.TrimPrefix(text, "# "), "\n")
		summary += fmt.Sprintf("- [%s](p%d.md)\n", heading, i+1)
		tree[fmt.Sprintf("src/p%d.md", i+1)] = &fstest.MapFile{Data: []byte(text)}
	}
	tree["src/SUMMARY.md"] = &fstest.MapFile{Data: []byte(summary)}
	tree[".rhaptos.toml"] = &fstest.MapFile{Data: []byte("[matter]\nabout = false\n")}
	tree["book.toml"] = &fstest.MapFile{Data: []byte(fmt.Sprintf("[book]\ntitle = %q\nlanguage = %q\n", title, language))}
	return tree
}

// slugs are the pages that were found, in order.
func slugs(r *search.Result) string {
	var list []string
	for _, h := range r.Hits {
		list = append(list, h.Slug)
	}
	return strings.Join(list, " ")
}

func count(t *testing.T, s *shelf, table string) int {
	t.Helper()
	var n int
	if err := s.db.QueryRowContext(t.Context(), `SELECT count(*) FROM `+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// A release is found in a moment after it has appeared, without being asked for,
// and a text is indexed once for all editions that have it.
func TestPublishedIsFound(t *testing.T) {
	s := newShelf(t)
	s.publish("r", "", "c1", mdBook("Tides", "en", "# Ebb\n\nThe water falls.", "# Flood\n\nThe water rises."))
	s.await("indexed", func() bool { return count(t, s, "search_edition") == 1 })
	first := s.latest("r")[0]
	if got := slugs(s.find("water", first)); got != "p1 p2" {
		t.Errorf("found %s", got)
	}
	s.publish("r", "", "c2", mdBook("Tides", "en", "# Ebb\n\nThe water falls.", "# Flood\n\nThe water climbs."))
	s.publish("r", "next", "c3", mdBook("Tides", "en", "# Ebb\n\nThe water falls.", "# Flood\n\nThe water climbs."))
	s.await("indexed", func() bool { return count(t, s, "search_edition") == 3 })
	second := s.latest("r")[0]
	draft, err := s.releases.Draft(t.Context(), "r", "next", "tides")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		query string
		in    *search.Result
		want  string
	}{
		{"rises", s.find("rises", first), "p2"},
		{"rises", s.find("rises", second), ""},
		{"climbs", s.find("climbs", second), "p2"},
		{"climbs", s.find("climbs", draft.Manifest), "p2"},
		{"climbs", s.find("climbs", first), ""},
		{"climbs", s.find("climbs"), ""},
	} {
		if got := slugs(tt.in); got != tt.want {
			t.Errorf("%s: found %q, want %q", tt.query, got, tt.want)
		}
	}
	if n := count(t, s, "search_document"); n != 3 {
		t.Errorf("%d documents, want 3: ebb, and flood in two states", n)
	}
}

func TestUpdateTwice(t *testing.T) {
	s := newShelf(t)
	s.publish("r", "", "c1", mdBook("Tides", "en", "# Ebb\n\nDown.", "# Ebb\n\nDown."))
	for range 2 {
		if _, err := s.index.Update(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.index.Update(t.Context()); n != 0 || err != nil {
		t.Errorf("indexed %d again, %v", n, err)
	}
	if got := s.find("down", s.latest("r")...); got.Total != 2 {
		t.Errorf("%+v", got)
	}
}

// What a repository had goes with it, and its texts with the next sweep.
func TestForgetAndSweep(t *testing.T) {
	s := newShelf(t)
	s.publish("r", "", "c1", mdBook("Tides", "en", "# Ebb\n\nDown."))
	s.publish("other", "", "c2", mdBook("Winds", "en", "# Gale\n\nDown too."))
	gone, stays := s.latest("r"), s.latest("other")
	s.find("down", gone...)
	err := s.db.Write(t.Context(), func(ctx context.Context, tx database.Tx) error {
		return errors.Join(s.releases.Purge(ctx, tx, "r"), search.Purge(s.releases)(ctx, tx, "r"))
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.index.Search(t.Context(), search.ParseQuery("down"), gone, 0, 10); !errors.Is(err, search.ErrNotIndexed) {
		t.Errorf("what was forgotten: %v", err)
	}
	if n, err := s.index.Sweep(t.Context()); n != 0 || err != nil {
		t.Errorf("swept %d, %v: a fresh document may be that of an edition to come", n, err)
	}
	if _, err := s.db.ExecContext(t.Context(), `UPDATE search_page SET indexed_at = 0`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.ExecContext(t.Context(), `UPDATE search_document SET indexed_at = 0`); err != nil {
		t.Fatal(err)
	}
	if n, err := s.index.Sweep(t.Context()); n != 1 || err != nil {
		t.Errorf("swept %d, %v; want 1", n, err)
	}
	if got := s.find("down", stays...); slugs(got) != "p1" {
		t.Errorf("the other book: %+v", got)
	}
	// The number of the document that went may be given again.
	s.publish("r", "", "c3", mdBook("Tides", "en", "# Ebb\n\nDown again."))
	if got := s.find("again", s.latest("r")...); slugs(got) != "p1" {
		t.Errorf("the new book: %+v", got)
	}
}

// An index of another version is made anew when it is opened.
func TestOtherVersion(t *testing.T) {
	s := newShelf(t)
	s.publish("r", "", "c1", mdBook("Tides", "en", "# Ebb\n\nDown."))
	s.find("down", s.latest("r")...)
	if _, err := s.db.ExecContext(t.Context(), `UPDATE search_index SET version = version + 1`); err != nil {
		t.Fatal(err)
	}
	index, err := search.Open(t.Context(), s.db, s.releases, s.blobs, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, s, "search_document"); n != 0 {
		t.Errorf("%d documents of another version", n)
	}
	if n, err := index.Update(t.Context()); n != 1 || err != nil {
		t.Errorf("indexed %d, %v", n, err)
	}
	if got := s.find("down", s.latest("r")...); got.Total != 1 {
		t.Errorf("%+v", got)
	}
}

// A manifest that is lost does not keep others from being indexed.
func TestLostManifest(t *testing.T) {
	s := newShelf(t)
	s.publish("r", "", "c1", mdBook("Tides", "en", "# Ebb\n\nDown."))
	s.publish("other", "", "c2", mdBook("Winds", "en", "# Gale\n\nDown too."))
	s.find("down", s.latest("r")...)
	if err := s.index.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	lost := s.latest("r")[0]
	if err := s.blobs.Delete(t.Context(), lost); err != nil {
		t.Fatal(err)
	}
	fresh := release.NewStore(s.db, s.blobs)
	index, err := search.Open(t.Context(), s.db, fresh, s.blobs, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := index.Update(t.Context()); n != 1 || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), string(lost)) {
		t.Errorf("indexed %d, %v", n, err)
	}
}

// Nothing in a query is a word of the engine's language.
func TestHostileQueries(t *testing.T) {
	s := newShelf(t)
	s.publish("r", "", "c1", mdBook("Tides", "en", "# Ebb\n\nDown and out, not near; title or heading."))
	in := s.latest("r")
	s.find("down", in...)
	for _, q := range []string{
		`"`, `""`, `"a`, `a"`, `'`, `*`, `a*`, `^down`, `title:down`, `{title} : down`, `down AND`, `AND down`, `OR`, `NOT`, `NEAR(down out)`, `NEAR(`,
		`down)`, `(down`, `down + out`, `-`, `--`, `-"`, `-down`, `- down`, `\`, `\"`, "down\x00", "\x00", "\xff\xfe", `down; DROP TABLE search_page`, `%`, `_`,
		strings.Repeat(`"`, 5000), strings.Repeat("down ", 5000), strings.Repeat("a*", 3000), strings.Repeat("-x ", 3000), strings.Repeat("ł", 3000),
		strings.Repeat("水", 3000), strings.Repeat("\u0301", 3000), "“down”", "\u202edown\u202c", "down\u200b", "𝐝𝐨𝐰𝐧",
	} {
		if _, err := s.index.Search(t.Context(), search.ParseQuery(q), in, 0, 10); err != nil {
			t.Errorf("%.40q: %v", q, err)
		}
	}
	for q, want := range map[string]int{"NOT": 1, "near": 1, "title OR heading": 1, "-down": 0, "down -out": 0, "𝐝𝐨𝐰𝐧": 1, `"not near"`: 1, `"near not"`: 0, "do*": 1, "hea": 1} {
		if got := s.find(q, in...); got.Total != want {
			t.Errorf("%s: %d, want %d", q, got.Total, want)
		}
	}
	if n := count(t, s, "search_page"); n != 1 {
		t.Errorf("%d pages", n)
	}
}

func TestPaging(t *testing.T) {
	s := newShelf(t)
	var pages []string
	for i := range 45 {
		pages = append(pages, fmt.Sprintf("# Page %d\n\nAlways the same words.", i))
	}
	s.publish("r", "", "c1", mdBook("Same", "en", pages...))
	in := s.latest("r")
	s.find("same", in...)
	var all []string
	for offset := 0; offset < 60; offset += 20 {
		r, err := s.index.Search(t.Context(), search.ParseQuery("same words"), in, offset, 20)
		if err != nil || r.Total != 45 {
			t.Fatalf("at %d: %+v, %v", offset, r, err)
		}
		for _, h := range r.Hits {
			all = append(all, h.Slug)
		}
	}
	slices.Sort(all)
	if all = slices.Compact(all); len(all) != 45 {
		t.Errorf("%d pages over three pages of hits", len(all))
	}
	if r, err := s.index.Search(t.Context(), search.ParseQuery("sam"), in, 20, 20); err != nil || r.Total != 45 || len(r.Hits) != 20 {
		t.Errorf("the second page of a completed query: %+v, %v", r, err)
	}
	if r, err := s.index.Search(t.Context(), search.ParseQuery("same"), in, 1_000_000_000, 20); err != nil || len(r.Hits) != 0 {
		t.Errorf("far behind the end: %+v, %v", r, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.index.Search(ended, search.ParseQuery("same"), in, 0, 20); err == nil {
		t.Error("a search that nobody waits for was carried out")
	}
}

// Searches wait for each other, and not for ever: they leave the database to others.
func TestSearchesTakeTurns(t *testing.T) {
	s := newStack(t)
	s.add(t, "book", [][]byte{[]byte(`<article><p>` + strings.Repeat("word ", 1000) + `</p></article>`)})
	if _, err := s.index.Update(t.Context()); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			r, err := s.index.Search(t.Context(), search.ParseQuery("word"), s.manifests, 0, 20)
			if err != nil || r.Total != 1 {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
	wg.Wait()
	late, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	if r, err := s.index.Search(late, search.ParseQuery("word"), s.manifests, 0, 20); !errors.Is(err, context.DeadlineExceeded) || r != nil && r.Total != 0 {
		t.Errorf("for a client that has gone: %v", err)
	}
}

// A search may be over more editions than one query asks for, some of them more
// than once, and some not indexed.
func TestManyEditions(t *testing.T) {
	s := newStack(t)
	for i := range 150 {
		s.add(t, fmt.Sprintf("book-%d", i), [][]byte{fmt.Appendf(nil, `<article><p>Shelf number n%d.</p></article>`, i)})
	}
	if n, err := s.index.Update(t.Context()); n != 150 || err != nil {
		t.Fatalf("indexed %d, %v", n, err)
	}
	in := append(slices.Clone(s.manifests), s.manifests[3], "not there")
	r, err := s.index.Search(t.Context(), search.ParseQuery("shelf"), in, 140, 20)
	if err != nil || r.Total != 150 || len(r.Hits) != 10 {
		t.Errorf("%d hits of %d, %v", len(r.Hits), r.Total, err)
	}
	if r, err = s.index.Search(t.Context(), search.ParseQuery("n149"), in, 0, 20); err != nil || r.Total != 1 || r.Hits[0].Edition != s.manifests[149] {
		t.Errorf("%+v, %v", r, err)
	}
}
