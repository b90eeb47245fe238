package web

import (
	"slices"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/web/decision"
)

// What is not found names what may have been meant, of what the sender may see.
func TestNearNames(t *testing.T) {
	b := newBench(t, nil)
	const signIn = "?sign-in"
	for _, c := range []struct {
		path, user string
		see        []string // in this order
	}{
		{"/ann/geometri", "", []string{"/ann/geometry", "/ann/geometri" + signIn}},
		{"/bob/geometry", "", []string{"/ann/geometry", "/bob/geometry" + signIn}},
		{"/ann/secrets", "", []string{"/ann/secrets" + signIn}},
		{"/ann/secret", "", []string{"/ann/secret" + signIn}},
		{"/ann/secrets", "ann", []string{"/ann/secret"}},
		{"/ann/secrets", "bob", nil},
		{"/anna", "", []string{"/ann", "/anna" + signIn}},
		{"/anna", "bob", []string{"/ann"}},
		{"/ann/geometri/shapes@1.10/1-angles", "", []string{"/ann/geometry", "/ann/geometri/shapes@1.10/1-angles" + signIn}},
		{"/ann/geometry/shaqes", "", []string{"/ann/geometry/shapes", "/ann/geometry"}},
		{"/ann/geometry/shaqes@1.10", "", []string{"/ann/geometry/shapes", "/ann/geometry"}},
		{"/ann/geometry/shapes@7.7", "", []string{"/ann/geometry/shapes", "/ann/geometry/-/releases"}},
		{"/ann/geometry/shapes@1.10/1-angels", "", []string{"/ann/geometry/shapes@1.10/1-angles", "/ann/geometry/shapes@1.10"}},
		{"/ann/geometry/shapes@1.10/angles", "", []string{"/ann/geometry/shapes@1.10/1-angles", "/ann/geometry/shapes@1.10"}},
	} {
		fields := []string{"Accept", "application/problem+json"}
		if c.user != "" {
			fields = append(fields, "User", c.user)
		}
		r := b.do("GET", c.path, fields...)
		var p decision.Problem
		decode(t, r, &p)
		var see []string
		for _, s := range p.See {
			see = append(see, s.URL)
		}
		if r.StatusCode != 404 || !slices.Equal(see, c.see) {
			t.Errorf("%s as %q: %d %q, want 404 %q", c.path, c.user, r.StatusCode, see, c.see)
		}
		page := body(t, b.do("GET", c.path, append(fields[2:], "Accept", "text/html")...))
		for _, s := range c.see {
			if !strings.Contains(page, `href="`+s+`"`) {
				t.Errorf("%s as %q: the page has no link to %s:\n%s", c.path, c.user, s, page)
			}
		}
	}
}

// A stranger cannot distinguish a hidden repository from a missing one.
func TestHiddenIsMissing(t *testing.T) {
	b := newBench(t, nil)
	for _, end := range []string{"", "/shapes", "/shapes@1.1", "/-/releases", "/-/pushes"} {
		hidden, missing := b.do("GET", "/ann/secret"+end), b.do("GET", "/ann/sexret"+end)
		if x, y := strings.ReplaceAll(body(t, hidden), "secret", "sexret"), body(t, missing); hidden.StatusCode != missing.StatusCode || x != y {
			t.Errorf("%q: %d\n%s\nand %d\n%s", end, hidden.StatusCode, x, missing.StatusCode, y)
		}
	}
}

func TestEmptyRepository(t *testing.T) {
	b := newBench(t, func(c *Config) {
		c.Repositories.(repositoriesInMemory)[1].ID, c.Repositories.(repositoriesInMemory)[1].Version = "empty", 0
	})
	for path, want := range map[string]bool{"/ann/secret": true, "/ann/geometry": false} {
		page := body(t, b.do("GET", path, "User", "ann"))
		for _, command := range []string{"git push https://books.example" + path + ".git HEAD:main", "git push ssh://git@books.example:2222" + path + ".git HEAD:main"} {
			if strings.Contains(page, command) != want {
				t.Errorf("%s: %q: %v, want %v", path, command, !want, want)
			}
		}
		if strings.Contains(page, "git clone") == want {
			t.Errorf("%s: git clone: %v, want %v", path, want, !want)
		}
	}
}
