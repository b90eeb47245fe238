package hooks

import (
	"io"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/publish/check"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// At most one line a second, and none in the first.
func TestProgress(t *testing.T) {
	clock := time.Unix(0, 0)
	var reported []int
	c := &counted{FS: fstest.MapFS{"a": {}}, now: func() time.Time { return clock }, last: clock, report: func(n int) { reported = append(reported, n) }}
	for _, passed := range []time.Duration{0, 600, 600, 0, 300, 900, 100} {
		clock = clock.Add(passed * time.Millisecond)
		if _, err := fs.ReadFile(c, "a"); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(reported, []int{3, 6}) {
		t.Errorf("reported %v", reported)
	}
	// The tree is the same to who reads it.
	if err := fstest.TestFS(c, "a"); err != nil {
		t.Error(err)
	}
}

// thin is a tree that lacks the content of a file.
type thin struct{ fs.FS }

func (thin) Missing() []string { return []string{"film.mp4"} }

// Missing content is reported with progress and without.
func TestMissingContentWithProgress(t *testing.T) {
	for _, quiet := range []bool{true, false} {
		c := &pushCheck{push: &gitserver.Push{Quiet: quiet}, out: io.Discard}
		tree := thin{fstest.MapFS{"book.toml": {Data: []byte("[book]\n")}, "src/SUMMARY.md": {}}}
		found, err := check.Tree(t.Context(), c.progress(&gitserver.RefUpdate{Name: "refs/heads/main"}, tree), nil)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(found.Problems, func(p collection.Problem) bool { return p.Rule == "lfs-object-missing" }) {
			t.Errorf("quiet %t: %v", quiet, found.Problems)
		}
	}
}
