package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rhaptos/rhaptos/web/resource"
)

// renamed finds the first repository at another place, too.
type renamed struct {
	repositoriesInMemory
	owner, name string
}

func (x renamed) Find(ctx context.Context, r *http.Request, owner, name string) (*resource.Repository, error) {
	if owner == x.owner && name == x.name {
		owner, name = x.repositoriesInMemory[0].Owner, x.repositoriesInMemory[0].Name
	}
	return x.repositoriesInMemory.Find(ctx, r, owner, name)
}

// Every address in a repository that was renamed leads to the same one at its
// new place.
func TestRenamedRepository(t *testing.T) {
	b := newBench(t, func(c *Config) {
		c.Repositories = renamed{c.Repositories.(repositoriesInMemory), "ann", "old"}
	})
	for path, want := range map[string]string{
		"/ann/old":                                  "/ann/geometry",
		"/ann/old?x=%20y":                           "/ann/geometry?x=%20y",
		"/ann/old/-/releases":                       "/ann/geometry/-/releases",
		"/ann/old/shapes":                           "/ann/geometry/shapes",
		"/ann/old/shapes@1.10":                      "/ann/geometry/shapes@1.10",
		"/ann/old/nosuch@9.9":                       "/ann/geometry/nosuch@9.9",
		"/ann/old/shapes@1.10/ch01/gr%C3%B6%C3%9Fe": "/ann/geometry/shapes@1.10/ch01/gr%C3%B6%C3%9Fe",
	} {
		w := httptest.NewRecorder()
		b.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusPermanentRedirect || w.Header().Get("Location") != want {
			t.Errorf("%s: %d %s, want 308 %s", path, w.Code, w.Header().Get("Location"), want)
		}
	}
}
