package check_test

import (
	"io/fs"
	"testing"

	"github.com/rhaptos/rhaptos/publish/check"
)

// thin is a tree that lacks the content of a file.
type thin struct {
	fs.FS
	missing []string
}

func (t thin) Missing() []string { return t.missing }

func TestMissingContent(t *testing.T) {
	found, err := check.Tree(t.Context(), thin{mdBook("Down."), []string{"src/film.mp4"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range found.Problems {
		if p.Rule == "lfs-object-missing" {
			got = append(got, p.String())
		}
	}
	want := `src/film.mp4: this file is in Git LFS, and its content was not pushed: push it with "git lfs push --all" and the name of the remote`
	if len(got) != 1 || got[0] != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
