package edition

import (
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/release"
)

func TestTwoFilesWithOnePath(t *testing.T) {
	b := build{book: &collection.Book{Path: "book.toml"}, files: map[string]release.File{}}
	for _, digest := range []blobstore.Digest{"1", "1", "2"} {
		b.add(release.File{Path: "media/a.png", Digest: digest})
	}
	want := `book.toml: two files of the book would be published as "media/a.png"; rename one of them`
	if len(b.problems) != 1 || b.problems[0].Rule != "path-doubled" || b.problems[0].String() != want {
		t.Errorf("got %v, want %s", b.problems, want)
	}
}
