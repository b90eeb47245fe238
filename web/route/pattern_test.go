package route_test

import (
	"fmt"
	"testing"

	"github.com/rhaptos/rhaptos/web/route"
)

func TestPattern(t *testing.T) {
	none := route.Match{}
	for _, c := range []struct {
		pattern, path string
		want          route.Match
	}{
		{"/{owner}/{repo}[.git]/info/refs", "/a/b.git/info/refs", route.Match{Owner: "a", Repo: "b", Format: "git"}},
		{"/{owner}/{repo}[.git]/info/refs", "/a/b/info/ref%73", none},
		{"/{owner}/{repo}.git", "/a/b.git", route.Match{Owner: "a", Repo: "b"}},
		{"/{owner}/{repo}.git", "/a/b%2Egit", none},
		{"/{owner}/{repo}.git", "/a/b.git.git", none},
		{"/x/{push}[.json|.sarif]", "/x/7.sarif", route.Match{Name: "7", Format: "sarif"}},
		{"/x/{push}[.json|.sarif]", "/x/7.s%61rif", route.Match{Name: "7.sarif"}},
		{"/x/{push}[.json|.sarif]", "/x/.json", none},
		{"/{book}@{at}", "/c%401.4", route.Match{Book: "c", At: "1.4"}},
		{"/{book}@{at}", "/c@", none},
		{"/{book}@{old}...{new}", "/c@1.3...x~y", route.Match{Book: "c", Old: "1.3", New: "x~y"}},
		{"/x/{path...}", "/x/a%20b/c", route.Match{Path: "a b/c"}},
		{"/x/{path...}", "/x", none},
		{"/x/{endpoint...}", "/x/a%20b/c", route.Match{Path: "a%20b/c"}},
		{"/archive[-preview]/{version}/{sha1}", "/archive-preview/v/0123456789012345678901234567890123456789", route.Match{Name: "0123456789012345678901234567890123456789"}},
	} {
		path, ok := route.Split(c.path)
		if !ok {
			t.Errorf("%s cannot be split", c.path)
		}
		got, ok := route.New(c.pattern).Match(path)
		if got != c.want || ok != (c.want != none) {
			t.Errorf("%s, %s: %+v, %t, want %+v", c.pattern, c.path, got, ok, c.want)
		}
	}
}

func TestSplit(t *testing.T) {
	for _, path := range []string{"a", "*", "//", "/a//b", "/a/./b", "/%2E%2e/a", "/a%2Fb", "/%", "/%zz", "/a%00", "/%0d%0a", "/%ff"} {
		if p, ok := route.Split(path); ok {
			t.Errorf("%q is split into %q", path, p.Segments)
		}
	}
}

func ExamplePattern() {
	pattern := route.New("/{owner}/{repo}/{book}@{at}/{path...}")
	path, _ := route.Split("/ada/optics/light@1.4/ch%2001")
	m, ok := pattern.Match(path)
	fmt.Println(m.Book, m.At, m.Path, ok)
	m.At = "1.5"
	fmt.Println(pattern.Path(m))
	// Output:
	// light 1.4 ch 01 true
	// /ada/optics/light@1.5/ch%2001
}
