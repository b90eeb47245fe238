package web

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/publish/release"
)

func TestParseRoute(t *testing.T) {
	repo := func(k kind) route { return route{kind: k, owner: "a", name: "b"} }
	edition := func(k kind, book, at, path string) route {
		return route{kind: k, owner: "a", name: "b", book: book, at: at, path: path}
	}
	git := func(end string) route { return route{kind: toGit, owner: "a", name: "b", path: end} }
	bundle := strings.Repeat("0123456789", 4) + ".bundle"
	elsewhere := func(path string) route { return route{kind: toElsewhere, path: path} }
	for path, want := range map[string]route{
		"/":                              {kind: toCatalogue},
		"":                               {kind: toCatalogue},
		"*":                              {},
		"a/b":                            {},
		"//":                             {},
		"/a":                             {},
		"/a/b":                           repo(toRepository),
		"/a/b/":                          elsewhere("/a/b"),
		"/a/b//":                         {},
		"/a/b.git":                       elsewhere("/a/b"),
		"/a/b.git/x":                     {},
		"/a.git/b":                       {},
		"/a/b.lock":                      {},
		"/a/b..c":                        {},
		"/A/b":                           {},
		"/a/.b":                          {},
		"/a/-":                           {},
		"/-":                             {},
		"/-/":                            {},
		"/-/b":                           {},
		"/a%62/b":                        {},
		"/a/" + strings.Repeat("b", 100): {kind: toRepository, owner: "a", name: strings.Repeat("b", 100)},
		"/a/" + strings.Repeat("b", 101): {},
		"/a/b/info/refs":                 git("info/refs"),
		"/a/b.git/git-upload-pack":       git("git-upload-pack"),
		"/a/b.git/git-upload-pack/":      {},
		"/a/b/info":                      edition(toBook, "info", "", ""),
		"/a/b/-/bundles/1.bundle":        {},
		"/a/b/-/bundles/" + bundle:       {kind: toBundle, owner: "a", name: "b", path: bundle},
		"/a/b/-/bundles/" + bundle + "/": {},
		"/a/b/-/bundles/X" + bundle:      {},
		"/a/b.git/-/bundles/" + bundle:   {},
		"/a/b/info/lfs/locks":            {kind: toLFS, owner: "a", name: "b", path: "locks"},
		"/a/b.git/info/lfs/objects/x":    {kind: toLFS, owner: "a", name: "b", path: "objects/x"},
		"/a/b/info/lfs/objects%2fx":      {},
		"/a/b/info/lfs/locks/":           {},
		"/a/b/info/lfs":                  {},
		"/a/b/-/bundles/1":               {},
		"/a/b.git/-/bundles/1.bundle":    {},
		"/search":                        {kind: toSearch},
		"/search.json":                   {kind: toSearch, json: true},
		"/search/":                       {kind: toElsewhere, path: "/search"},
		"/a/b/-/search":                  repo(toSearchRepository),
		"/a/b/-/search.json":             {kind: toSearchRepository, owner: "a", name: "b", json: true},
		"/a/b/c@1.2/search":              {kind: toSearchEdition, owner: "a", name: "b", book: "c", at: "1.2"},
		"/a/b/c@x~y/search.json":         {kind: toSearchEdition, owner: "a", name: "b", book: "c", at: "x~y", json: true},
		"/a/b/c@1.2/s%65arch":            {kind: toFile, owner: "a", name: "b", book: "c", at: "1.2", path: "search"},
		"/-/opensearch.xml":              {kind: toOpenSearch},
		"/a/b/-/releases":                repo(toReleases),
		"/a/b/-/releases.json":           {kind: toReleases, owner: "a", name: "b", json: true},
		"/a/b/-/releases.atom":           {kind: toReleases, owner: "a", name: "b", form: "atom"},
		"/-/releases.atom":               {kind: toFeed},
		"/a/b/-/releases/x":              {},
		"/a/b/c":                         edition(toBook, "c", "", ""),
		"/a/b/c/":                        elsewhere("/a/b/c"),
		"/a/b/c/d":                       edition(toLatest, "c", "", "d"),
		"/a/b/c@1.4":                     edition(toContents, "c", "1.4", ""),
		"/a/b/c@1.4/":                    elsewhere("/a/b/c@1.4"),
		"/a/b/c%401.4":                   edition(toContents, "c", "1.4", ""),
		"/a/b/c@x@y":                     edition(toContents, "c", "x@y", ""),
		"/a/b/@1.4":                      {},
		"/a/b/c@":                        {},
		"/a/b/c d@1":                     {},
		"/a/b/c@1.4/p":                   edition(toFile, "c", "1.4", "p"),
		"/a/b/c@1.4/p%3Fq":               edition(toFile, "c", "1.4", "p?q"),
		"/a/b/c@1.4/-/style.css":         edition(toFile, "c", "1.4", "-/style.css"),
		"/a/b/c@1.4/x%2Fy":               {},
		"/a/b/c@1.4/./y":                 {},
		"/a/b/c@1.4/%2E%2e/y":            {},
		"/a/b/c@1.4/%":                   {},
		"/a/b/c@1.4/%zz":                 {},
		"/a/b/c@1.4/%0d%0aX:%20y":        {},
		"/a/b/c@1.4/%ff":                 {},
		"/-/health":                      {kind: toHealth},
		"/-/flow-target":                 {kind: toFlowTarget},
		"/-/flow-target/page":            {kind: toFlowTarget, path: "page"},
		"/-/flow-target/page/x":          {},
		"/-/health/x":                    {},
		"/-/ready":                       {kind: toReady},
		"/-/theme":                       {},
		"/-/theme/style.css":             {kind: toAsset, path: "style.css"},
		"/-/theme/fonts/x.woff2":         {kind: toAsset, path: "fonts/x.woff2"},
		"/-/hooks/n":                     {kind: toHook, path: "n"},
		"/robots.txt":                    {kind: toRobots},
		"/sitemap.xml":                   {kind: toSitemaps},
		"/ann/notes/-/sitemap.xml":       {kind: toSitemap, owner: "ann", name: "notes"},
		"/favicon.ico":                   {kind: toFavicon},
		"/robots.txt/x":                  {kind: toRepository, owner: "robots.txt", name: "x"},
	} {
		if got := parseRoute(path); got != want {
			t.Errorf("%q: %+v, want %+v", path, got, want)
		}
	}
}

// TestAddressesAreRoutes: what we write, we understand.
func TestAddressesAreRoutes(t *testing.T) {
	r := &Repository{Owner: "a", Name: "b"}
	n := release.Number{Major: 1, Minor: 4}
	for _, slug := range []string{"c", "größen", "数学", "c.d_e-f"} {
		for _, path := range []string{"p", "ch 01/größe?#%", "-/style.css", "media/a+b;c,d&e=f.png", "100%25"} {
			want := route{kind: toFile, owner: "a", name: "b", book: slug, at: "1.4", path: path}
			if got := parseRoute(fileAddress(r.releaseAddress(slug, n), path)); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		}
		for _, branch := range []string{"main", "fix/figures", "ä/b#c%d", "1.4"} {
			got := parseRoute(r.draftAddress(slug, branch))
			if got.kind != toContents || got.book != slug || segmentToBranch(got.at) != branch {
				t.Errorf("%s of %s: %+v", branch, slug, got)
			}
		}
		if got := parseRoute(r.bookAddress(slug)); got.kind != toBook || got.book != slug {
			t.Errorf("%+v", got)
		}
	}
}

// FuzzParseRoute checks the router's promises by other means: names are of the
// allowed form, no part can climb or hide a separator, an address that it sends
// to is on this server and final, and writing a route gives an address that
// means the same.
func FuzzParseRoute(f *testing.F) {
	for _, s := range []string{
		"/", "/a/b", "/a/b.git/info/refs", "/a/b/c@1.4/p", "/a/b/%C3%A4@x~y/media/a%20b.png", "/a/b/c@1/%2e%2e", "//evil.example/",
		"/a/b/c@1/..%2f", "/a/b/git-upload-pack", "/a/b/info/lfs/locks",
		"/a/b/-/bundles/0123456789012345678901234567890123456789.bundle", "/-/hooks/x", "/-/theme/a/b", "/a/b/c@1%00/", "/\\evil/", "/a/b/c@1/",
	} {
		f.Add(s)
	}
	name := regexp.MustCompile(`\A[a-z0-9][a-z0-9._-]{0,99}\z`)
	f.Fuzz(func(t *testing.T, path string) {
		to := parseRoute(path)
		switch to.kind {
		case toNothing:
			return
		case toElsewhere:
			if len(to.path) < 2 || to.path[0] != '/' || strings.Contains(to.path, "//") || strings.ContainsAny(to.path, "\\\r\n \"<>") {
				t.Fatalf("%q leads to %q", path, to.path)
			}
			if again := parseRoute(to.path); again.kind == toElsewhere || again.kind == toNothing {
				t.Fatalf("%q leads to %q, which leads to %+v", path, to.path, again)
			}
			return
		}
		for _, s := range []string{to.owner, to.name} {
			if s != "" && (!name.MatchString(s) || strings.Contains(s, "..") || strings.HasSuffix(s, ".git") || strings.HasSuffix(s, ".lock")) {
				t.Fatalf("%q has the name %q", path, s)
			}
		}
		whole := to.book + to.at + to.path
		if !utf8.ValidString(whole) || strings.ContainsAny(whole, "\x00\r\n") || strings.Contains(to.book+to.at, "/") {
			t.Fatalf("%q: %+v", path, to)
		}
		for part := range strings.SplitSeq(to.path, "/") {
			if part == ".." || part == "." || part == "" && to.path != "" {
				t.Fatalf("%q has the path %q", path, to.path)
			}
		}
		if got, ok := rewrite(to); ok && parseRoute(got) != to {
			t.Fatalf("%q is %+v; written as %q it is %+v", path, to, got, parseRoute(got))
		}
		if unescaped, err := url.PathUnescape(path); err != nil || to.path != "" && !strings.HasSuffix(unescaped, to.path) {
			t.Fatalf("%q has the path %q", path, to.path)
		}
	})
}

// rewrite is an address of the route.
func rewrite(to route) (string, bool) {
	in := join(to.owner, to.name)
	switch to.kind {
	case toRepository:
		return in, true
	case toBook:
		return in + join(to.book), true
	case toContents:
		return in + join(to.book+"@"+to.at), true
	case toFile:
		return fileAddress(in+join(to.book+"@"+to.at), to.path), true
	case toAsset:
		return fileAddress("/-/theme", to.path), true
	case toGit:
		return in + "/" + to.path, true
	case toBundle:
		return in + "/-/bundles/" + to.path, true
	case toLFS:
		return in + ".git/info/lfs/" + to.path, true
	case toHook:
		return "/-/hooks" + join(to.path), true
	}
	return "", false
}
