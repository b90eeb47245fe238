package export

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The fields that the archive's JSON has: all of them, and no other.
var (
	bookFields = []string{"content", "id", "language", "license", "repo_schema_version", "revised", "slug", "style_href", "style_name", "title", "tree", "version"}
	pageFields = []string{"abstract", "content", "id", "noindex", "revised", "slug", "title"}
	nodeID     = regexp.MustCompile(`^[0-9a-f-]{36}@$`)
	zoned      = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$`)
)

func fields(t *testing.T, v any) map[string]any {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func checkNode(t *testing.T, n ArchiveNode, seen map[string]bool) {
	t.Helper()
	if !nodeID.MatchString(n.ID) || seen[n.ID] || n.Title == "" || n.Slug == "" {
		t.Errorf("a line of the tree is %+v", n)
	}
	seen[n.ID] = true
	wellFormed(t, n.ID, "<t>"+n.Title+"</t>")
	for _, c := range n.Contents {
		checkNode(t, c, seen)
	}
}

func TestArchive(t *testing.T) {
	s := newShelf(t)
	s.start()
	releases := s.publish("c1", hostile())
	s.settled()
	r := releases[0]
	if ok, err := s.Planned(t.Context(), r); !ok || err != nil {
		t.Fatalf("not planned: %v", err)
	}
	book, err := s.ArchiveBook(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	all := fields(t, book)
	if got := slices.Sorted(maps.Keys(all)); !slices.Equal(got, bookFields) {
		t.Errorf("a book has the fields %q, want %q", got, bookFields)
	}
	if book.ID != "4a1b2c3d-0000-4000-8000-000000000001" || book.Version != "1.1" || !zoned.MatchString(book.Revised) {
		t.Errorf("the book is %s@%s, revised %s", book.ID, book.Version, book.Revised)
	}
	checkNode(t, book.Tree, map[string]bool{})
	wellFormed(t, "the contents", book.Content)
	page, err := s.ArchivePage(t.Context(), r, "5a1b2c3d-0000-4000-8000-000000000001")
	if err != nil || page == nil {
		t.Fatalf("the page: %v", err)
	}
	if got := slices.Sorted(maps.Keys(fields(t, page))); !slices.Equal(got, pageFields) {
		t.Errorf("a page has the fields %q, want %q", got, pageFields)
	}
	wellFormed(t, "the page", page.Content)
	if found := running1.FindString(page.Content); found != "" {
		t.Errorf("the page has %s", found)
	}
	for _, want := range []string{
		`data-page-uuid="5a1b2c3d-0000-4000-8000-000000000002"`, `data-book-uuid="4a1b2c3d-0000-4000-8000-000000000002"`,
		`data-book-slug="cálculo-łódź"`, `data-page-fragment="f"`, `href="./4a1b2c3d-0000-4000-8000-000000000001@1.1:5a1b2c3d-0000-4000-8000-000000000002.xhtml"`,
	} {
		if !strings.Contains(page.Content, want) {
			t.Errorf("the page has no %s:\n%s", want, page.Content)
		}
	}
	sums := regexp.MustCompile(`\.\./resources/([0-9a-f]{40})`).FindAllStringSubmatch(page.Content+book.StyleHref, -1)
	if len(sums) < 4 {
		t.Errorf("the page and the style name %d resources", len(sums))
	}
	for _, m := range sums {
		if found, err := s.Resources(t.Context(), m[1]); err != nil || len(found) != 1 || found[0].Owner != "ann" || found[0].Size == 0 {
			t.Errorf("resource %s: %+v, %v", m[1], found, err)
		}
	}
	if none, err := s.ArchivePage(t.Context(), r, "00000000-0000-4000-8000-000000000000"); none != nil || err != nil {
		t.Errorf("a page that is not there: %v, %v", none, err)
	}
	if places, err := s.Places(t.Context(), book.ID); err != nil || len(places) != 1 || places[0].Book != "con" {
		t.Errorf("the book is at %v, %v", places, err)
	}
}
