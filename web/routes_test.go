package web

import (
	"bufio"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
)

// found is what a path leads to: the pattern of a resource, or another address.
type found struct {
	pattern string
	match   route.Match
	moved   string
}

func find(path string) found {
	switch i, m, moved := lookUp(path); {
	case moved != "":
		return found{moved: moved}
	case i < 0 || routes[i].resource == nil:
		return found{}
	default:
		return found{pattern: routes[i].pattern, match: m}
	}
}

func TestRoutes(t *testing.T) {
	repo := func(pattern string) found { return found{pattern: pattern, match: route.Match{Owner: "a", Repo: "b"}} }
	edition := func(pattern, book, at, path string) found {
		return found{pattern: pattern, match: route.Match{Owner: "a", Repo: "b", Book: book, At: at, Path: path}}
	}
	git := func(end, format string) found {
		return found{pattern: "/{owner}/{repo}[.git]/" + end, match: route.Match{Owner: "a", Repo: "b", Format: format}}
	}
	elsewhere := func(path string) found { return found{moved: path} }
	bundle := strings.Repeat("0123456789", 4) + ".bundle"
	const book = "405335a3-7cff-4df2-a9ad-29062a4af261"
	for path, want := range map[string]found{
		"/":                               {pattern: "/"},
		"":                                {pattern: "/"},
		"*":                               {},
		"a/b":                             {},
		"//":                              {},
		"/a":                              {pattern: "/{owner}", match: route.Match{Owner: "a"}},
		"/a/b":                            repo("/{owner}/{repo}"),
		"/a/b/":                           elsewhere("/a/b"),
		"/a/b//":                          {},
		"/a/b.git":                        {pattern: cloneAddress, match: route.Match{Owner: "a", Repo: "b"}},
		"/a/b.git/":                       {pattern: cloneAddress, match: route.Match{Owner: "a", Repo: "b"}},
		"/a/b.git/x":                      {},
		"/a.git/b":                        {},
		"/a/b.lock":                       {},
		"/a/b..c":                         {},
		"/A/b":                            {},
		"/a/.b":                           {},
		"/a/-":                            {},
		"/-":                              {},
		"/-/":                             {},
		"/-/b":                            {},
		"/a%62/b":                         {},
		"/a/" + strings.Repeat("b", 100):  {pattern: "/{owner}/{repo}", match: route.Match{Owner: "a", Repo: strings.Repeat("b", 100)}},
		"/a/" + strings.Repeat("b", 101):  {},
		"/a/b/info/refs":                  git("info/refs", ""),
		"/a/b.git/git-upload-pack":        git("git-upload-pack", "git"),
		"/a/b.git/git-upload-pack/":       {},
		"/a/b/info":                       edition("/{owner}/{repo}/{book}", "info", "", ""),
		"/a/b/-/bundles/1.bundle":         {},
		"/a/b/-/bundles/" + bundle:        {pattern: "/{owner}/{repo}/-/bundles/{bundle}", match: route.Match{Owner: "a", Repo: "b", Name: bundle}},
		"/a/b/-/bundles/" + bundle + "/":  {},
		"/a/b/-/bundles/X" + bundle:       {},
		"/a/b.git/-/bundles/" + bundle:    {},
		"/a/b/info/lfs/locks":             {pattern: "/{owner}/{repo}[.git]/info/lfs/{endpoint...}", match: route.Match{Owner: "a", Repo: "b", Path: "locks"}},
		"/a/b.git/info/lfs/objects/x":     {pattern: "/{owner}/{repo}[.git]/info/lfs/{endpoint...}", match: route.Match{Owner: "a", Repo: "b", Path: "objects/x", Format: "git"}},
		"/a/b/info/lfs/objects%2fx":       {},
		"/a/b/info/lfs/locks/":            {},
		"/a/b/info/lfs":                   {},
		"/a/b/-/bundles/1":                {},
		"/a/b.git/-/bundles/1.bundle":     {},
		"/search":                         {pattern: "/search[.json]"},
		"/search.json":                    {pattern: "/search[.json]", match: route.Match{Format: "json"}},
		"/search/":                        elsewhere("/search"),
		"/a/b/-/search":                   repo("/{owner}/{repo}/-/search[.json]"),
		"/a/b/-/search.json":              {pattern: "/{owner}/{repo}/-/search[.json]", match: route.Match{Owner: "a", Repo: "b", Format: "json"}},
		"/a/b/c@1.2/search":               {pattern: "/{owner}/{repo}/{book}@{at}/search[.json]", match: route.Match{Owner: "a", Repo: "b", Book: "c", At: "1.2"}},
		"/a/b/c@x~y/search.json":          {pattern: "/{owner}/{repo}/{book}@{at}/search[.json]", match: route.Match{Owner: "a", Repo: "b", Book: "c", At: "x~y", Format: "json"}},
		"/a/b/c@1.2/s%65arch":             {pattern: "/{owner}/{repo}/{book}@{at}/{path...}", match: route.Match{Owner: "a", Repo: "b", Book: "c", At: "1.2", Path: "search"}},
		"/-/opensearch.xml":               {pattern: "/-/opensearch.xml"},
		"/a/b/-/releases":                 repo("/{owner}/{repo}/-/releases[.json|.atom]"),
		"/a/b/-/releases.json":            {pattern: "/{owner}/{repo}/-/releases[.json|.atom]", match: route.Match{Owner: "a", Repo: "b", Format: "json"}},
		"/a/b/-/releases.atom":            {pattern: "/{owner}/{repo}/-/releases[.json|.atom]", match: route.Match{Owner: "a", Repo: "b", Format: "atom"}},
		"/-/releases.atom":                {pattern: "/-/releases.atom"},
		"/a/b/-/releases/x":               {},
		"/a/b/c":                          edition("/{owner}/{repo}/{book}", "c", "", ""),
		"/a/b/c/":                         elsewhere("/a/b/c"),
		"/a/b/c/d":                        edition("/{owner}/{repo}/{book}/{path...}", "c", "", "d"),
		"/a/b/c@1.4":                      edition("/{owner}/{repo}/{book}@{at}", "c", "1.4", ""),
		"/a/b/c@1.4/":                     elsewhere("/a/b/c@1.4"),
		"/a/b/c%401.4":                    edition("/{owner}/{repo}/{book}@{at}", "c", "1.4", ""),
		"/a/b/c@x@y":                      edition("/{owner}/{repo}/{book}@{at}", "c", "x@y", ""),
		"/a/b/@1.4":                       {},
		"/a/b/c@":                         {},
		"/a/b/c d@1":                      {},
		"/a/b/c@1.4/p":                    edition("/{owner}/{repo}/{book}@{at}/{path...}", "c", "1.4", "p"),
		"/a/b/c@1.4/p%3Fq":                edition("/{owner}/{repo}/{book}@{at}/{path...}", "c", "1.4", "p?q"),
		"/a/b/c@1.4/-/style.css":          edition("/{owner}/{repo}/{book}@{at}/{path...}", "c", "1.4", "-/style.css"),
		"/a/b/c@1.4/x%2Fy":                {},
		"/a/b/c@1.4/./y":                  {},
		"/a/b/c@1.4/%2E%2e/y":             {},
		"/a/b/c@1.4/%":                    {},
		"/a/b/c@1.4/%zz":                  {},
		"/a/b/c@1.4/%0d%0aX:%20y":         {},
		"/a/b/c@1.4/%ff":                  {},
		"/-/health":                       {pattern: "/-/health"},
		"/-/flow-target":                  {pattern: "/-/flow-target"},
		"/-/flow-target/page":             {pattern: "/-/flow-target/{target}", match: route.Match{Name: "page"}},
		"/-/flow-target/page/x":           {},
		"/-/health/x":                     {},
		"/-/ready":                        {pattern: "/-/ready"},
		"/-/theme":                        {},
		"/-/theme/style.css":              {pattern: "/-/theme/{path...}", match: route.Match{Path: "style.css"}},
		"/-/theme/fonts/x.woff2":          {pattern: "/-/theme/{path...}", match: route.Match{Path: "fonts/x.woff2"}},
		"/-/hooks/n":                      {pattern: "/-/hooks/{trigger}", match: route.Match{Name: "n"}},
		"/robots.txt":                     {pattern: "/robots.txt"},
		"/sitemap.xml":                    {pattern: "/sitemap.xml"},
		"/ann/notes/-/sitemap.xml":        {pattern: "/{owner}/{repo}/-/sitemap.xml", match: route.Match{Owner: "ann", Repo: "notes"}},
		"/favicon.ico":                    {pattern: "/favicon.ico"},
		"/robots.txt/x":                   {pattern: "/{owner}/{repo}", match: route.Match{Owner: "robots.txt", Repo: "x"}},
		"/a/b/-/pushes":                   repo("/{owner}/{repo}/-/pushes[.json]"),
		"/a/b/-/pushes.json":              {pattern: "/{owner}/{repo}/-/pushes[.json]", match: route.Match{Owner: "a", Repo: "b", Format: "json"}},
		"/a/b/-/pushes.sarif":             {},
		"/a/b/-/pushes/7.sarif":           {pattern: "/{owner}/{repo}/-/pushes/{push}[.json|.sarif]", match: route.Match{Owner: "a", Repo: "b", Name: "7", Format: "sarif"}},
		"/a/b/-/pushes/.json":             {},
		"/a/b/-/pushes/...json":           {},
		"/a/b/-/pushes/7/x":               {},
		"/a/b/c@1.2...x~y":                {pattern: "/{owner}/{repo}/{book}@{old}...{new}", match: route.Match{Owner: "a", Repo: "b", Book: "c", Old: "1.2", New: "x~y"}},
		"/a/b/c@...":                      {pattern: "/{owner}/{repo}/{book}@{old}...{new}", match: route.Match{Owner: "a", Repo: "b", Book: "c"}},
		"/a/b/c@1...2/search":             {pattern: "/{owner}/{repo}/{book}@{old}...{new}/{path...}", match: route.Match{Owner: "a", Repo: "b", Book: "c", Old: "1", New: "2", Path: "search"}},
		"/-/flow":                         {pattern: "/-/flow[.svg]"},
		"/-/flow.svg":                     {pattern: "/-/flow[.svg]", match: route.Match{Format: "svg"}},
		"/-/flow.css":                     {pattern: "/-/flow.css"},
		"/-/flow.png":                     {},
		"/-/flow/traffic.svg":             {pattern: "/-/flow/traffic[.svg]", match: route.Match{Format: "svg"}},
		"/-/flow/t1.json":                 {pattern: "/-/flow/{trace}[.svg|.json]", match: route.Match{Name: "t1", Format: "json"}},
		"/-/rules":                        {pattern: "/-/rules"},
		"/-/rules/r":                      {pattern: "/-/rules/{rule}", match: route.Match{Name: "r"}},
		"/-/rules/r/":                     elsewhere("/-/rules/r"),
		"/contents/" + book + "@1.2.json": {pattern: "/contents/{archived}", match: route.Match{Name: book + "@1.2.json"}},
		"/contents/" + book + "@1.2.txt":  {},
		"/apps/archive/x/contents/" + book + "@1.2:" + book + ".xhtml": {pattern: "/apps/archive[-preview]/{version}/contents/{archived}", match: route.Match{Name: book + "@1.2:" + book + ".xhtml"}},
		"/apps/archive-preview/x/resources/" + strings.Repeat("0", 40): {pattern: "/apps/archive[-preview]/{version}/resources/{sha1}", match: route.Match{Name: strings.Repeat("0", 40)}},
		"/resources/" + strings.Repeat("0", 40):                        {pattern: "/resources/{sha1}", match: route.Match{Name: strings.Repeat("0", 40)}},
		"/resources/" + strings.Repeat("0", 39):                        {pattern: "/{owner}/{repo}", match: route.Match{Owner: "resources", Repo: strings.Repeat("0", 39)}},
	} {
		if got := find(path); got != want {
			t.Errorf("%q: %+v, want %+v", path, got, want)
		}
	}
}

// exampleOf has a value for each variable of a pattern.
func exampleOf(pattern string) (m route.Match) {
	for _, v := range []struct {
		name, value string
		field       *string
	}{
		{"owner", "ada", &m.Owner}, {"repo", "optics", &m.Repo}, {"book", "größen", &m.Book}, {"at", "fix~größe#%", &m.At},
		{"old", "1.3", &m.Old}, {"new", "ä~b", &m.New}, {"path...", "ch 01/größe?#%/a+b;c,d&e=f.png", &m.Path}, {"endpoint...", "objects/x", &m.Path},
		{"bundle", strings.Repeat("0", 40) + ".bundle", &m.Name}, {"sha1", strings.Repeat("0", 40), &m.Name},
		{"archived", "405335a3-7cff-4df2-a9ad-29062a4af261@1.2.json", &m.Name},
		{"push", "7", &m.Name}, {"contribution", "7", &m.Name}, {"rule", "a b?", &m.Name}, {"target", "page", &m.Name}, {"trace", "t1", &m.Name}, {"trigger", "n", &m.Name},
	} {
		if strings.Contains(pattern, "{"+v.name+"}") {
			*v.field = v.value
		}
	}
	return m
}

// TestAddressesAreRoutes: every address that is written is read, by the row of
// the table that it is for, and builders of addresses and patterns agree.
func TestAddressesAreRoutes(t *testing.T) {
	for i, r := range routes {
		if r.resource == nil || strings.Contains(r.pattern, "{version}") {
			continue // never written here
		}
		m := exampleOf(r.pattern)
		path := patterns[i].Path(m)
		if got := find(path); got != (found{pattern: r.pattern, match: m}) {
			t.Errorf("%s: %q is read as %+v", r.pattern, path, got)
		}
		if r.address != nil && r.address(m) != path {
			t.Errorf("%s: built as %q, want %q", r.pattern, r.address(m), path)
		}
	}
	in := (&resource.Repository{Owner: "a", Name: "b"}).Address()
	for _, slug := range []string{"c", "größen", "数学", "c.d_e-f"} {
		for _, path := range []string{"p", "ch 01/größe?#%", "-/style.css", "media/a+b;c,d&e=f.png", "100%25"} {
			want := found{pattern: "/{owner}/{repo}/{book}@{at}/{path...}", match: route.Match{Owner: "a", Repo: "b", Book: slug, At: "1.4", Path: path}}
			if got := find(address.Page(in.Release(slug, release.Number{Major: 1, Minor: 4}), path)); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		}
		for _, branch := range []string{"main", "fix/figures", "ä/b#c%d", "1.4"} {
			got := find(in.Draft(slug, branch))
			if got.pattern != "/{owner}/{repo}/{book}@{at}" || got.match.Book != slug || address.Branch(got.match.At) != branch {
				t.Errorf("%s of %s: %+v", branch, slug, got)
			}
		}
		if got := find(in.Book(slug)); got.pattern != "/{owner}/{repo}/{book}" || got.match.Book != slug {
			t.Errorf("%+v", got)
		}
	}
}

// TestPackageComment: the comment lists the patterns of the table, in its order.
func TestPackageComment(t *testing.T) {
	file, err := os.Open("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var listed, want []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if pattern, ok := strings.CutPrefix(lines.Text(), "//\t"); ok {
			listed = append(listed, pattern)
		}
	}
	for _, r := range routes {
		if r.resource != nil {
			want = append(want, r.pattern)
		}
	}
	if !slices.Equal(listed, want) {
		t.Errorf("doc.go does not list the patterns of routes.go; it should have\n//\t%s", strings.Join(want, "\n//\t"))
	}
}

// FuzzRoutes checks the promises of the router by other means: names are of the
// allowed form, no value can climb or hides a separator, an address that is
// redirected to is on this server and final, and writing what was read gives an
// address that means the same.
func FuzzRoutes(f *testing.F) {
	for _, s := range []string{
		"/", "/a/b", "/a/b.git/info/refs", "/a/b/c@1.4/p", "/a/b/%C3%A4@x~y/media/a%20b.png", "/a/b/c@1/%2e%2e", "//evil.example/",
		"/a/b/c@1/..%2f", "/a/b/git-upload-pack", "/a/b/info/lfs/locks", "/a/b/-/pushes/x.sarif.json", "/a/b/c@1...x~y/p", "/-/flow/x.svg",
		"/a/b/-/bundles/0123456789012345678901234567890123456789.bundle", "/-/hooks/x", "/-/theme/a/b", "/a/b/c@1%00/", "/\\evil/", "/a/b/c@1/",
	} {
		f.Add(s)
	}
	name := regexp.MustCompile(`\A[a-z0-9][a-z0-9._-]{0,99}\z`)
	f.Fuzz(func(t *testing.T, path string) {
		at := find(path)
		switch {
		case at.moved != "":
			if len(at.moved) < 2 || at.moved[0] != '/' || strings.Contains(at.moved, "//") || strings.ContainsAny(at.moved, "\\\r\n \"<>") {
				t.Fatalf("%q leads to %q", path, at.moved)
			}
			if again := find(at.moved); again.moved != "" || again.pattern == "" {
				t.Fatalf("%q leads to %q, which leads to %+v", path, at.moved, again)
			}
			return
		case at.pattern == "":
			return
		}
		m := at.match
		for _, s := range []string{m.Owner, m.Repo} {
			if s != "" && (!name.MatchString(s) || strings.Contains(s, "..") || strings.HasSuffix(s, ".git") || strings.HasSuffix(s, ".lock")) {
				t.Fatalf("%q has the name %q", path, s)
			}
		}
		one := m.Book + m.At + m.Old + m.New + m.Name
		if !utf8.ValidString(one+m.Path) || strings.ContainsAny(one+m.Path, "\x00\r\n") || strings.Contains(one, "/") {
			t.Fatalf("%q: %+v", path, m)
		}
		for part := range strings.SplitSeq(m.Path, "/") {
			if part == ".." || part == "." || part == "" && m.Path != "" {
				t.Fatalf("%q has the path %q", path, m.Path)
			}
		}
		i := slices.IndexFunc(routes, func(r row) bool { return r.pattern == at.pattern })
		if again := patterns[i].Path(m); !strings.Contains(at.pattern, "{version}") && find(again) != at {
			t.Fatalf("%q is %+v; written as %q it is %+v", path, at, again, find(again))
		}
		if unescaped, err := url.PathUnescape(path); err != nil || !strings.HasSuffix(unescaped, m.Path) && !strings.Contains(at.pattern, "endpoint") {
			t.Fatalf("%q has the path %q", path, m.Path)
		}
	})
}
