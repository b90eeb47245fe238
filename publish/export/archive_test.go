package export

import (
	"encoding/json"
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/publish/export/archive"
	"github.com/rhaptos/rhaptos/publish/export/content"
)

// The fields that the archive's JSON has: all of them, and no other.
var (
	bookFields = []string{"content", "id", "language", "license", "repo_schema_version", "revised", "slug", "style_href", "style_name", "title", "tree", "version"}
	pageFields = []string{"abstract", "content", "id", "noindex", "revised", "slug", "title"}
	nodeID     = regexp.MustCompile(`^[0-9a-f-]{36}@1\.1$`)
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

func checkNode(t *testing.T, n archive.Node, seen map[string]bool) {
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

// shown are the pages that a reader like OpenStax's REX finds in a tree: whatever
// has no contents is one, and the rest is opened at its first page. It keeps
// trees by the id of their root, and finds pages by their ids or by their slugs
// in lower case.
func shown(t *testing.T, node map[string]any, seen map[string]bool) (pages []map[string]any) {
	t.Helper()
	for _, field := range []string{"id", "title", "slug"} {
		if s, ok := node[field].(string); !ok || s == "" {
			t.Errorf("a line of the tree has no %s: %v", field, node)
		}
	}
	id, _, _ := strings.Cut(node["id"].(string), "@")
	contents, isTree := node["contents"].([]any)
	slug := strings.ToLower(node["slug"].(string))
	if seen[id] || !isTree && seen["page "+slug] {
		t.Errorf("%v is there twice", node)
	}
	seen[id] = true
	if !isTree {
		seen["page "+slug] = true
		return []map[string]any{node}
	}
	if len(contents) == 0 {
		t.Errorf("%v has contents without a page", node)
	}
	for _, n := range contents {
		pages = append(pages, shown(t, n.(map[string]any), seen)...)
	}
	return pages
}

// What REX's loader and its pages read of the archive's JSON is there, field by
// field, and leads on: every page of the tree can be fetched, references to
// pages have the form that it looks for, and files are relative to the address
// of the page.
func TestArchiveReader(t *testing.T) {
	nested := fstest.MapFS{
		"book.toml":      file("[book]\ntitle = \"Nested & more\"\nlanguage = \"en\"\n"),
		"src/SUMMARY.md": file("# Summary\n\n[Preface](preface.md)\n\n- [One](one.md)\n    - [Below](below.md)\n        - [Deep](deep.md)\n- [Nothing yet]()\n- [Two](two.md)\n"),
		"src/preface.md": file("# Preface\n\nSee [below](below.md#x).\n"),
		"src/one.md":     file("# One\n"), "src/below.md": file("# Below\n\n## X\n\n![A sum](sum.png)\n"), "src/deep.md": file("# Deep\n"), "src/two.md": file("# Two\n"),
		"src/sum.png": hostile()["media/sum.png"],
	}
	for name, tree := range map[string]fstest.MapFS{"nested": nested, "hostile": hostile()} {
		t.Run(name, func(t *testing.T) { readArchive(t, tree) })
	}
}

var (
	pageReference = regexp.MustCompile(`"\./([a-z0-9-]+)@([\d.]+):([a-z0-9-]+)\.xhtml`)
	shownSource   = regexp.MustCompile(`<(?:img|iframe)[^>]* src="([^"]*)"`)
	titleText     = regexp.MustCompile(`<span class="os-text">(.*)</span>`)
)

func readArchive(t *testing.T, tree fstest.MapFS) {
	s := newShelf(t)
	s.start()
	r := s.publish("c1", tree)[0]
	s.settled()
	if ok, err := s.Planned(t.Context(), r); !ok || err != nil {
		t.Fatalf("not planned: %v", err)
	}
	made, err := s.ArchiveBook(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	book := fields(t, made)
	for _, field := range []string{"id", "title", "version", "language", "revised"} {
		if v, ok := book[field].(string); !ok || v == "" {
			t.Errorf("the book has no %s", field)
		}
	}
	license, ok := book["license"].(map[string]any)
	if _, hasName := license["name"].(string); !ok || !hasName {
		t.Errorf("the licence is %v", book["license"])
	}
	if _, ok := license["url"].(string); !ok {
		t.Errorf("the licence is %v", license)
	}
	if style, _ := book["style_href"].(string); !strings.HasPrefix(style, "../resources/") {
		t.Errorf("the style is at %q", style)
	}
	root := book["tree"].(map[string]any)
	if root["id"] != book["id"].(string)+"@1.1" {
		t.Errorf("the tree is %v: another release's tree has the same id", root["id"])
	}
	pages := shown(t, root, map[string]bool{})
	m, err := s.Releases.Manifest(t.Context(), r.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	if want := len((&content.Edition{Manifest: m}).Pages()); len(pages) != want {
		t.Errorf("the tree shows %d pages of %d", len(pages), want)
	}
	known := map[string]bool{}
	for _, p := range pages {
		id, _, _ := strings.Cut(p["id"].(string), "@")
		known[id] = true
	}
	references, files := 0, 0
	for _, p := range pages {
		id, _, _ := strings.Cut(p["id"].(string), "@")
		made, err := s.ArchivePage(t.Context(), r, id)
		if err != nil || made == nil {
			t.Fatalf("the page %v: %v, %v", p, made, err)
		}
		page := fields(t, made)
		if page["id"] != id || page["slug"] != p["slug"] || page["title"] != p["title"] {
			t.Errorf("the tree has %v, the page is %v %v", p, page["id"], page["title"])
		}
		if m := titleText.FindStringSubmatch(page["title"].(string)); m == nil || html.UnescapeString(m[1]) == "" {
			t.Errorf("the title %v has no text", page["title"])
		}
		if abstract := page["abstract"]; abstract != nil && abstract.(string) == "" {
			t.Errorf("an abstract of nothing")
		}
		if !zoned.MatchString(page["revised"].(string)) {
			t.Errorf("revised at %v", page["revised"])
		}
		content := page["content"].(string)
		if !strings.Contains(content, "<body>") || !strings.Contains(content, "</body>") {
			t.Errorf("the content of %s has no body", id)
		}
		for _, m := range pageReference.FindAllStringSubmatch(content, -1) {
			references++
			if m[1] != book["id"] || m[2] != book["version"] || !known[m[3]] {
				t.Errorf("%s leads to %s, which is no page", id, m[0])
			}
		}
		for _, m := range shownSource.FindAllStringSubmatch(content, -1) {
			files++
			sum, ok := strings.CutPrefix(m[1], "../resources/")
			if found, err := s.Resources(t.Context(), sum); !ok || err != nil || len(found) != 1 {
				t.Errorf("%s shows %s, which is not there", id, m[1])
			}
		}
	}
	if references == 0 || files == 0 {
		t.Errorf("%d references to pages, %d files", references, files)
	}
}
