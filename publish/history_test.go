package publish

import (
	"io/fs"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
	"github.com/rhaptos/rhaptos/gitserver/tree"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection/realbook"
	"github.com/rhaptos/rhaptos/publish/release"
)

// TestHistory publishes commits of real books one after the other, each from
// what the one before it has left, and some of them again with nothing known:
// equal sources must give equal files, or there are stale pages.
func TestHistory(t *testing.T) {
	testenv.Slow(t, "real books, commit after commit")
	for _, tt := range []struct {
		name    string
		commits int // how many of the newest that change the text
		least   int // files that must differ from the first commit to the last
	}{
		{"osbooks-physics", 3, 20},
		{"osbooks-introductory-statistics-bundle", 5, 100},
		{"mdbook-rust-book", 3, 30},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all, at := textCommits(t, tt.name, tt.commits)
			b := newBench(t)
			b.Analysis = analysis.NewMemory(64 << 20)
			var first map[string][]release.File
			for i, commit := range all {
				if s := b.publishRef(Draft, main, commit, at(commit)); s.State != Published {
					t.Fatalf("%s: %+v", commit, s)
				}
				if i == 0 {
					first = b.draftFiles()
				}
			}
			last := all[len(all)-1]
			cold := newBench(t)
			cold.publishRef(Draft, main, last, at(last))
			differing(t, last, b.draftFiles(), cold.draftFiles(), 0)
			differing(t, "the history", first, b.draftFiles(), tt.least)
		})
	}
}

// textCommits are the newest commits of a real book that change its text, the
// oldest first, and what gives their trees.
func textCommits(t *testing.T, name string, n int) ([]string, func(commit string) fs.FS) {
	t.Helper()
	dir := realbook.Clone(t, name, "--bare")
	out, err := exec.Command("git", "-C", dir, "rev-list", "--first-parent", "-n", strconv.Itoa(n), "main", "--", "collections", "modules", "src").Output()
	if err != nil {
		t.Fatal(err)
	}
	objects, err := tree.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { objects.Close() })
	commits := strings.Fields(string(out))
	slices.Reverse(commits)
	return commits, func(commit string) fs.FS {
		fsys, err := objects.Commit(plumbing.NewHash(commit))
		if err != nil {
			t.Fatal(err)
		}
		return fsys
	}
}

// draftFiles are the files of all drafts, by book and in the order of their paths.
func (b *bench) draftFiles() map[string][]release.File {
	b.Helper()
	drafts, err := b.Releases.Drafts(b.Context(), repository)
	if err != nil {
		b.Fatal(err)
	}
	files := map[string][]release.File{}
	for _, d := range drafts {
		m, err := b.Releases.Manifest(b.Context(), d.Manifest)
		if err != nil {
			b.Fatal(err)
		}
		files[d.Book] = m.Files
	}
	return files
}

// differing fails unless so many files at least differ, or none if that is 0.
func differing(t *testing.T, what string, a, b map[string][]release.File, least int) {
	t.Helper()
	n, files := 0, 0
	differ := func(book, path string) {
		if n++; least == 0 {
			t.Errorf("%s: %s of %s is not the same", what, path, book)
		}
	}
	if len(a) == 0 || len(a) != len(b) {
		t.Fatalf("%s: %d books, and %d", what, len(a), len(b))
	}
	for book, list := range a {
		other := map[string]release.File{}
		for _, f := range b[book] {
			other[f.Path] = f
		}
		for _, f := range list {
			files++
			if g, ok := other[f.Path]; !ok || !f.Same(&g) || !slices.Equal(f.Variants, g.Variants) {
				differ(book, f.Path)
			}
			delete(other, f.Path)
		}
		for path := range other {
			differ(book, path)
		}
	}
	if n < least {
		t.Errorf("%s: %d of %d files differ, expected %d at least", what, n, files, least)
	}
}
