package theme_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/publish/cite"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/theme/themetest"
	"github.com/rhaptos/rhaptos/web/theme"
)

var update = flag.Bool("update", false, "write the golden files anew")

const evil = `"><script>alert(1)</script>`

var day = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

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
		"catalogue": func(w io.Writer) error {
			return t.Catalogue(w, &theme.CatalogueView{Frame: frame, Total: 31, Older: "/?page=2", Owners: []theme.Link{{Text: "a", URL: "/a"}}, Books: []theme.BookLine{
				{Title: evil, URL: "/a/b/s", Authors: []string{"A"}, License: "CC BY 4.0", Number: "1.4", Published: day, Cover: "/a/b/s@1.4/-/cover.svg", Description: evil, Subject: "Mathematics", Repository: theme.Link{Text: "a/b", URL: "/a/b"}},
				{Title: "Nowa", URL: "javascript:alert(1)", Language: "pl", Private: true}}})
		},
		"owner": func(w io.Writer) error {
			return t.Owner(w, &theme.OwnerView{Frame: frame, Name: "a", Repositories: []theme.OwnerRepository{
				{Name: "a/b", URL: "/a/b", Private: true, Books: books}, {Name: "a/c", URL: "/a/c"}}})
		},
		"repository-new": func(w io.Writer) error {
			return t.Repository(w, &theme.RepositoryView{Name: "a/b", DefaultBranch: "main", Empty: true,
				Clone: []theme.Link{{Text: "HTTPS", URL: "https://books.example/a/b.git"}, {Text: "SSH", URL: "ssh://git@books.example:2222/a/b"}}})
		},
		"pushes": func(w io.Writer) error {
			return t.Pushes(w, &theme.PushesView{Frame: frame, Name: "a/b", Older: "/a/b/-/pushes?before=1",
				Pushes: []theme.PushLine{{URL: "/a/b/-/pushes/2", Actor: evil, At: day, Summary: "main", Verdict: "accepted"}}})
		},
		"contributions": func(w io.Writer) error {
			return t.Contributions(w, &theme.ContributionsView{Frame: frame, Name: "a/b", Older: "/a/b/-/contributions?before=1", Contributions: []theme.ContributionLine{
				{Number: 2, URL: "/a/b/-/contributions/2", Title: evil, Author: "bob", Branch: evil, State: "open", Version: 3, Updated: day},
				{Number: 1, URL: "/a/b/-/contributions/1", Title: "Words", Author: "bob", Branch: "main", State: "accepted", Version: 1, Updated: day}}})
		},
		"contributions-none": func(w io.Writer) error { return t.Contributions(w, &theme.ContributionsView{Name: "a/b"}) },
		"contribution": func(w io.Writer) error {
			return t.Contribution(w, &theme.ContributionView{
				Frame: frame, Name: "a/b", Description: evil + "\n\nMore.", Open: true, Moved: true, Conflicts: []string{evil}, Approvals: []string{"ann", "eve"}, Against: []string{"dan"},
				ContributionLine: theme.ContributionLine{Number: 2, URL: "/a/b/-/contributions/2", Title: evil, Author: "bob", Branch: evil, State: "open", Version: 2, Updated: day},
				Fetch:            "git fetch https://books.example/a/b.git refs/contributions/2/head",
				Books: []theme.ContributionBook{
					{Link: theme.Link{Text: evil, URL: "/a/b/s@refs~contributions~2~v2"}, Changes: theme.Link{Text: "main", URL: "/a/b/s@x...y"}, Since: theme.Link{Text: "1", URL: "/a/b/s@y...z"}},
					{Link: theme.Link{Text: "T", URL: "javascript:alert(1)"}}},
				Versions: []theme.ContributionVersion{{Number: 2, At: day, Head: "0123456789abcdef", Push: "/a/b/-/pushes/2"}, {Number: 1, At: day, Head: "abcdef0123456789", Push: "/a/b/-/pushes/1"}},
				Reviews: []theme.ContributionReview{
					{Author: "eve", At: day, Version: 1, Text: evil, Place: evil + ":12", Quote: evil},
					{Author: "ann", At: day, Version: 2, Verdict: "approve"}, {Author: "dan", At: day, Version: 2, Verdict: "request-changes", Text: "No."}},
			})
		},
		"contribution-accepted": func(w io.Writer) error {
			return t.Contribution(w, &theme.ContributionView{Name: "a/b", ChangedBy: "ann", ContributionLine: theme.ContributionLine{Number: 1, Title: "Words", Author: "bob", Branch: "main", State: "accepted", Version: 1, Updated: day},
				Versions: []theme.ContributionVersion{{Number: 1, At: day, Head: "0123456789abcdef", Push: "/a/b/-/pushes/1"}}})
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
			return t.Contents(w, &theme.ContentsView{Frame: frame, Number: "1.3", Downloads: frame.Alternates[1:], Published: day, Commit: "0123456789abcdef", Contents: contents,
				Citations: []theme.Citation{{Style: "APA", Text: cite.APA(cite.Work{Title: "Statistics " + evil, Year: 2026})}}, Releases: lines(), LatestURL: "/a/b/s@1.4",
				Book:       release.Book{Title: evil, Language: "en", Description: evil, Subject: "Mathematics", Authors: []string{"A", "Group B"}, Cited: []string{"A", "{Group B}"}, License: "CC BY 4.0", LicenseURL: "https://creativecommons.org/licenses/by/4.0/"},
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
			themetest.CheckDocument(t, th.Assets(), b.String())
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
