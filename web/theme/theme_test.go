package theme_test

import (
	"bytes"
	"flag"
	"html/template"
	"io"
	"io/fs"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/rhaptos/rhaptos/publish/cite"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/edition"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/theme"
)

var update = flag.Bool("update", false, "write the golden files anew")

const evil = `"><script>alert(1)</script>`

var day = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func pageView(language string) *edition.PageView {
	return &edition.PageView{
		Book: &collection.Book{Title: "Statistics " + evil, Language: language, Authors: []string{"A. Author", evil},
			License: collection.License{Name: "CC BY 4.0", URL: "https://creativecommons.org/licenses/by/4.0/"}},
		Number: "1.2", Title: "On <em>x</em>", PlainTitle: "On x", Parents: []template.HTML{"Unit", "Chapter <em>One</em>"},
		Body:     `<p id="p">Text.</p>`,
		Previous: &edition.PageLink{Slug: "1-1-łódź", Number: "1.1", Title: "Łódź"},
		Next:     &edition.PageLink{Slug: "1-3-next", Number: "1.3", Title: "Next <em>y</em>"},
	}
}

func lines() []theme.ReleaseLine {
	return []theme.ReleaseLine{
		{Book: "Statistics", Number: "1.4", URL: "/a/b/s@1.4", Published: day, Commit: "0123456789abcdef", CommitURL: "/a/b/-/commit/0123", Ref: "refs/heads/main", Latest: true},
		{Book: evil, Number: "1.3", URL: "/a/b/s@1.3", Published: day, Commit: "abc", State: release.Withdrawn, Reason: "A wrong table."},
		{Book: "Statistics", Number: "1.2", URL: "/a/b/s@1.2", Published: day, State: release.Blocked, Reason: "By order."},
	}
}

// documents are all pages of the theme, by the name of their golden file.
func documents(t *theme.Theme) map[string]func(io.Writer) error {
	frame := theme.Frame{
		Crumbs: []theme.Link{{Text: "a/b", URL: "/a/b"}}, Canonical: "https://books.example/a/b", Search: "/search", Query: evil,
		Alternates: []theme.Alternate{{Name: "JSON", Type: "application/json", URL: "/a/b.json"}, {Name: "EPUB", Type: "application/epub+zip", URL: "/a/b.epub", Size: 12_345_678}},
	}
	books := []theme.BookLine{
		{Title: evil, URL: "/a/b/s", Authors: []string{"A"}, License: "CC BY 4.0", Number: "1.4", Published: day},
		{Title: "Nowa", URL: "javascript:alert(1)", Language: "pl"},
	}
	contents := theme.Entries([]release.Entry{
		{Title: "Preface", Slug: "preface"},
		{Number: "1", Title: "Data", Children: []release.Entry{{Number: "1.1", Title: "On <em>x</em>", Slug: "1-1-on-x"}}},
	}, func(slug string) string { return "/a/b/s@1.4/" + slug })
	return map[string]func(io.Writer) error{
		"page":    func(w io.Writer) error { return t.Page(w, pageView("en")) },
		"page-pl": func(w io.Writer) error { return t.Page(w, pageView("pl")) },
		"page-bare": func(w io.Writer) error {
			return t.Page(w, &edition.PageView{Book: &collection.Book{Title: "B", Language: "ar", License: collection.License{URL: "javascript:alert(1)"}}, Title: "T", PlainTitle: "T"})
		},
		"catalogue": func(w io.Writer) error {
			return t.Catalogue(w, &theme.CatalogueView{Frame: frame, Intro: "All books.", Older: "/?page=2", Repositories: []theme.CatalogueRepository{
				{Name: "a/b", URL: "/a/b", Private: true, Books: books}, {Name: "c/d", URL: "/c/d"}}})
		},
		"pushes": func(w io.Writer) error {
			return t.Pushes(w, &theme.PushesView{Frame: frame, Name: "a/b", Older: "/a/b/-/pushes?before=1",
				Pushes: []theme.PushLine{{URL: "/a/b/-/pushes/2", Actor: evil, At: day, Summary: "main", Verdict: "accepted"}}})
		},
		"pushes-none": func(w io.Writer) error { return t.Pushes(w, &theme.PushesView{Name: "a/b"}) },
		"push": func(w io.Writer) error {
			return t.Push(w, &theme.PushView{Frame: frame, Name: "a/b", Actor: "ann", Transport: "ssh", At: day, Verdict: "refused",
				Updates: []theme.PushUpdate{{Ref: "refs/heads/main", Old: "0123456789abcdef", New: "abcdef0123456789", Refused: evil}, {Ref: "refs/heads/x", New: "0123456789abcdef"}},
				Refs: []theme.PushRef{
					{Name: "main", Refused: "1 error", Counts: "2 errors", Before: 1, Omitted: 3, Books: []theme.PushBook{{Link: theme.Link{Text: evil, URL: "/a/b/s"}}, {Link: theme.Link{Text: "D", URL: "/a/b/d"}, Changes: theme.Link{Text: "1.3", URL: "/a/b/d@1.3...x"}}},
						Files: []theme.PushFile{{Path: evil, Problems: []theme.PushProblem{
							{Line: 1, Column: 2, Severity: "error", Rule: theme.Link{Text: "r", URL: "/-/rules/r"}, Message: evil, Replacement: evil, Source: evil},
							{Severity: "error", Rule: theme.Link{Text: "s"}, Message: "The whole file.", Before: true}}}}},
					{Name: "x"}},
				Said:      []string{"main is published, and this cannot be", evil},
				Signature: &theme.PushSignature{Status: "unknown", Signer: evil, Nonce: "expired"}})
		},
		"document": func(w io.Writer) error {
			return t.Document(w, &theme.DocumentView{Title: "Rules", Body: "<h1>Rules</h1>"})
		},
		"catalogue-empty": func(w io.Writer) error { return t.Catalogue(w, &theme.CatalogueView{}) },
		"repository": func(w io.Writer) error {
			return t.Repository(w, &theme.RepositoryView{Frame: frame, Name: "a/b", Private: true, DefaultBranch: "main", Books: books, Releases: lines(),
				Mirror:      &theme.MirrorView{URL: "https://git.example/" + evil, State: "refused", Pulled: day, Next: day.Add(time.Hour), PushURL: "/a/b/-/pushes/1"},
				Clone:       []theme.Link{{Text: "HTTPS", URL: "https://books.example/a/b.git"}, {Text: "SSH", URL: "ssh://git@books.example:2222/a/b"}},
				AllReleases: "/a/b/-/releases", Links: []theme.Link{{Text: "Files", URL: "/a/b/-/tree/main/"}},
				Drafts: []theme.DraftLine{{Branch: "fix/x", Book: "Statistics", URL: "/a/b/s@fix~x", Updated: day, Commit: "0123456789abcdef", Problems: 2}},
				Pushes: []theme.PushLine{{URL: "/a/b/-/pushes/1", Actor: "ann", At: day, Summary: "main", Verdict: "accepted"}, {Actor: evil, At: day}}})
		},
		"repository-empty": func(w io.Writer) error {
			return t.Repository(w, &theme.RepositoryView{Name: "a/b", Mirror: &theme.MirrorView{URL: "https://git.example/b", State: "new", Asked: true}})
		},
		"contents": func(w io.Writer) error {
			return t.Contents(w, &theme.ContentsView{Frame: frame, Number: "1.3", Published: day, Commit: "0123456789abcdef", Contents: contents,
				Citations: []theme.Citation{{Style: "APA", Text: cite.APA(cite.Work{Title: "Statistics " + evil, Year: 2026})}}, Releases: lines(), LatestURL: "/a/b/s@1.4",
				Book:       release.Book{Title: evil, Language: "en", Authors: []string{"A", "Group B"}, Cited: []string{"A", "{Group B}"}, License: "CC BY 4.0", LicenseURL: "https://creativecommons.org/licenses/by/4.0/"},
				Changes:    theme.Link{Text: "1.2", URL: "/a/b/s@1.2...1.3"},
				Repository: theme.Link{Text: "a/b", URL: "/a/b"}, State: release.Withdrawn, Reason: "A wrong table."})
		},
		"contents-draft": func(w io.Writer) error {
			return t.Contents(w, &theme.ContentsView{Frame: theme.Frame{Language: "es"}, Draft: "fix/x", Problems: 3, Published: day, Contents: contents, Book: release.Book{Title: "B", LicenseURL: "javascript:alert(1)"}})
		},
		"changes": func(w io.Writer) error {
			return t.Changes(w, &theme.ChangesView{Frame: frame, Book: release.Book{Title: evil, Language: "pl"}, Same: 3,
				Old: theme.Link{Text: "1.3", URL: "/a/b/s@1.3"}, New: theme.Link{Text: "fix/x", URL: "/a/b/s@fix~x"},
				Pages: []theme.ChangedPage{
					{Change: "added", URL: "/n", Number: "1.1", Title: "On <em>x</em>", Added: 12},
					{Change: "removed", URL: "/r", Title: "Gone", Removed: 7},
					{Change: "changed", URL: "/c", Number: "1.3", OldNumber: "1.2", Title: "New", OldTitle: "Old", Retitled: true, Moved: true, Added: 1, Removed: 2, Shifted: 1, Images: true},
					{Change: "changed", URL: "/d", Title: "D", OnlyNumbers: true}, {Change: "changed", URL: "/e", Title: "E", TooLarge: true},
					{Change: "changed", URL: "/f", Title: "F", Uncompared: true}},
				Headings: []theme.ChangedHeading{{Added: true, Text: evil}, {Text: "2 Old"}},
				Media:    []theme.ChangedMedium{{Name: evil, Old: "/o.png", New: "/n.png", Image: true}, {Name: "media/x.pdf", New: "/x.pdf"}}})
		},
		"changes-none": func(w io.Writer) error { return t.Changes(w, &theme.ChangesView{}) },
		"change": func(w io.Writer) error {
			page := theme.ChangedPage{URL: "/p", Number: "1.1", Title: "On <em>x</em>", Added: 12}
			return t.Change(w, &theme.ChangeView{Frame: theme.Frame{Language: "es"}, Book: release.Book{Title: evil, Authors: []string{"A"}}, Changes: "/a/b/s@1.3...1.4",
				Old: theme.Link{Text: "1.3", URL: "/o"}, New: theme.Link{Text: "1.4"}, Page: page, Previous: &page, Next: &page,
				Article: "<article><h1>x</h1><p><ins>y</ins></p></article>", Count: 1, First: "change-1", Coarse: true})
		},
		"releases": func(w io.Writer) error {
			return t.Releases(w, &theme.ReleasesView{Frame: frame, Name: "a/b", Releases: lines(), Newer: "?page=1", Older: "?page=3"})
		},
		"search": func(w io.Writer) error {
			return t.Search(w, &theme.SearchView{Frame: frame, Book: "Statistics", Total: 1, Hits: []theme.SearchHit{{Title: evil, Number: "1.2", URL: "/x", Book: "B",
				Excerpt: []theme.Fragment{{Text: "before "}, {Text: evil, Match: true}}}}})
		},
		"search-none": func(w io.Writer) error { return t.Search(w, &theme.SearchView{Frame: frame}) },
		"error": func(w io.Writer) error {
			return t.Error(w, &theme.ErrorView{Status: 404, What: "There is no page " + evil, Do: "Look in the contents.", Links: []theme.Link{{Text: "Contents", URL: "/a"}}, ID: "r1"})
		},
	}
}

func TestDocuments(t *testing.T) {
	th, err := theme.New()
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range documents(th) {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			checkDocument(t, th.Assets(), b.String())
			golden := "testdata/" + name + ".html"
			if *update {
				if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if b.String() != string(want) {
				t.Errorf("%s differs; got\n%s", golden, b.String())
			}
		})
	}
}

// checkDocument checks what holds for every page: nothing that a strict
// content security policy would refuse, one heading of the first level, ids
// that stand once, and assets that exist.
func checkDocument(t *testing.T, assets fs.FS, document string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	headings, ids := 0, map[string]bool{}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "script", "style", "iframe":
			if attribute(n, "type") != "application/ld+json" { // which is data
				t.Errorf("<%s> is in the page", n.Data)
			}
		case "h1":
			headings++
		case "html":
			if attribute(n, "lang") == "" || attribute(n, "dir") == "" {
				t.Error("the page does not say its language and direction")
			}
		case "link":
			for _, prefix := range []string{"-/", theme.AssetsPath} {
				if name, ok := strings.CutPrefix(attribute(n, "href"), prefix); ok {
					if _, err := fs.Stat(assets, name); err != nil && name != "edition.css" { // made for each edition
						t.Errorf("asset: %v", err)
					}
				}
			}
		case "input", "nav":
			if attribute(n, "aria-label") == "" {
				t.Errorf("<%s> has no label", n.Data)
			}
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Val, "javascript:") {
				t.Errorf("<%s %s=%q> is in the page", n.Data, a.Key, a.Val)
			}
			if a.Key == "id" {
				if ids[a.Val] {
					t.Errorf("the id %q stands twice", a.Val)
				}
				ids[a.Val] = true
			}
		}
	}
	if headings != 1 {
		t.Errorf("%d h1 elements, want 1", headings)
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

// TestStyle checks that the style sheet loads nothing, and the contrast of its
// colours in light and dark (WCAG 2.2, success criterion 1.4.3: 4.5 to 1).
func TestStyle(t *testing.T) {
	th, err := theme.New()
	if err != nil {
		t.Fatal(err)
	}
	data, err := fs.ReadFile(th.Assets(), "style.css")
	if err != nil {
		t.Fatal(err)
	}
	css := string(data)
	if strings.Contains(css, "url(") || strings.Contains(css, "@import") {
		t.Error("the style sheet loads something")
	}
	blocks := regexp.MustCompile(`(?s):root \{(.*?)\n?\s*\}`).FindAllStringSubmatch(css, -1)
	if len(blocks) < 2 {
		t.Fatalf("%d blocks of colours, want 2", len(blocks))
	}
	pairs := map[string][]string{
		"paper":   {"ink", "soft", "link", "visited", "accent", "bad"},
		"shade":   {"ink", "soft", "link"},
		"code":    {"ink", "link", "soft", "tok-comment", "tok-keyword", "tok-string", "tok-number", "tok-name", "tok-type", "tok-meta", "tok-bad"},
		"note":    {"ink", "soft", "link", "visited", "accent"},
		"example": {"ink", "soft", "link", "visited", "accent"},
		"alert":   {"alert-ink"},
	}
	for i, mode := range []string{"light", "dark"} {
		colours := map[string]float64{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`).FindAllStringSubmatch(blocks[i][1], -1) {
			colours[m[1]] = luminance(t, m[2])
		}
		for ground, inks := range pairs {
			for _, ink := range inks {
				if c := contrast(colours[ground], colours[ink]); c < 4.5 {
					t.Errorf("%s: %s on %s has a contrast of %.2f", mode, ink, ground, c)
				}
			}
		}
		if c := contrast(colours["paper"], colours["focus"]); c < 3 {
			t.Errorf("%s: the focus ring has a contrast of %.2f", mode, c)
		}
	}
}

// luminance is the relative luminance of a colour as WCAG defines it.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	v, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	channel := func(shift int) float64 {
		c := float64(v>>shift&0xFF) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
}

func contrast(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }
