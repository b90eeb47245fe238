package check

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rhaptos/rhaptos/publish/budget"
)

// A tree that exceeds its budget has no books and one problem, which names the file;
// the next tree is checked as if nothing had been.
func TestCheckLimit(t *testing.T) {
	tree := func(text string) fstest.MapFS {
		return fstest.MapFS{
			"book.toml":      {Data: []byte("[book]\ntitle = 'Tides'\n")},
			"src/SUMMARY.md": {Data: []byte("- [Ebb](ebb.md)\n")},
			"src/ebb.md":     {Data: []byte(text)},
			".rhaptos.toml":  {Data: []byte("[severity]\ncheck-limit = 'note'\n")},
		}
	}
	g := budget.New(budget.Limits{FileTime: 20 * time.Millisecond})
	r, err := treeWithin(t.Context(), g, tree("# Ebb\n\n"+strings.Repeat("Some words of *prose*.\n\n", 40_000)), nil)
	if err != nil {
		t.Fatal(err)
	}
	const want = "src/ebb.md: checking src/ebb.md took more than 20ms of processor time; make it smaller or simpler"
	if len(r.Books) != 0 || len(r.Library.Books) != 0 || len(r.Problems) != 1 || r.Problems[0].String() != want || r.Problems[0].Severity.String() != "error" {
		t.Errorf("got %+v, want %q as an error", r.Problems, want)
	}
	if r, err = treeWithin(t.Context(), g, tree("# Ebb\n"), nil); err != nil || len(r.Books) != 1 {
		t.Errorf("another tree: %+v, %v", r, err)
	}
	analysis := budget.New(budget.Limits{Analysis: 10})
	if r, err = treeWithin(t.Context(), analysis, fstest.MapFS{
		"META-INF/books.xml": {Data: []byte(`<container xmlns="https://openstax.org/namespaces/book-container" version="1"><book slug="a" href="../collections/a.xml"/></container>`)},
	}, nil); err != nil || len(r.Problems) != 1 || r.Problems[0].Path != "." || r.Problems[0].Rule != "check-limit" {
		t.Errorf("analysis: %+v, %v", r, err)
	}
}
