package publish

import (
	"fmt"
	"io/fs"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/release"
)

// thin is a tree that lacks the content of a file.
type thin struct {
	fs.FS
	missing []string
}

func (t thin) Missing() []string { return t.missing }

// TestRulesOfPublication has the problems that are found beside those of a
// layout.
func TestRulesOfPublication(t *testing.T) {
	verdict := func(tree fs.FS) []collection.Problem {
		found, err := Examine(t.Context(), tree, nil)
		if err != nil {
			t.Fatal(err)
		}
		return found.Problems
	}
	whole := mdBook("Down.")
	m := maker{book: &collection.Book{Path: "book.toml"}, files: map[string]release.File{}}
	for _, digest := range []blobstore.Digest{"1", "1", "2"} {
		m.add(release.File{Path: "media/a.png", Digest: digest})
	}
	for rule, test := range map[string]struct {
		problems []collection.Problem
		want     string
	}{
		"lfs-object-missing": {verdict(thin{whole, []string{"src/film.mp4"}}),
			`src/film.mp4: this file is in Git LFS, and its content was not pushed: push it with "git lfs push --all" and the name of the remote`},
		"path-doubled": {m.problems,
			`book.toml: two files of the book would be published as "media/a.png"; rename one of them`},
		"internal-fault": {[]collection.Problem{(&panicError{what: "rendering", value: "index out of range"}).problem("src/a.md")},
			"src/a.md: rendering failed because of a fault in the server (index out of range); its log says more"},
	} {
		var got []string
		for _, p := range test.problems {
			if p.Rule == rule {
				got = append(got, p.String())
			}
		}
		if fmt.Sprint(got) != "["+test.want+"]" {
			t.Errorf("%s: got %q", rule, test.problems)
		}
	}
}
