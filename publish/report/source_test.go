package report

import (
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// blobTree is a tree whose files have ids, as git's have, and that counts the files
// that are opened.
type blobTree struct {
	fstest.MapFS
	opened int
}

func (t *blobTree) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := t.MapFS.ReadDir(name)
	for i, e := range list {
		if !e.IsDir() {
			list[i] = blobEntry{e, "blob-" + string(t.MapFS[e.Name()].Data)}
		}
	}
	return list, err
}

func (t *blobTree) ReadFile(name string) ([]byte, error) {
	t.opened++
	return t.MapFS.ReadFile(name)
}

type blobEntry struct {
	fs.DirEntry
	id string
}

func (e blobEntry) BlobID() string { return e.id }

// A file that is not changed is quoted without being read, and one whose problems
// stand elsewhere is read.
func TestQuoteFromCache(t *testing.T) {
	files := &blobTree{MapFS: fstest.MapFS{"a": {Data: []byte("one\ntwo\n")}, "b": {Data: []byte("three\n")}}}
	cache := analysis.NewMemory(1 << 20)
	quote := func(problems ...collection.Problem) []string {
		ref := Of(problems, nil, 10)
		ref.Quote(files, cache)
		var sources []string
		for _, p := range ref.Problems {
			sources = append(sources, p.Source)
		}
		return sources
	}
	a := []collection.Problem{{Path: "a", Line: 1}, {Path: "a", Line: 2}}
	b := collection.Problem{Path: "b", Line: 1}
	want := []string{"one", "two", "three"}
	if got := quote(append(a, b)...); !slices.Equal(got, want) || files.opened != 2 {
		t.Fatalf("%q after %d files were opened", got, files.opened)
	}
	if got := quote(append(a, b)...); !slices.Equal(got, want) || files.opened != 2 {
		t.Errorf("again: %q after %d files were opened", got, files.opened)
	}
	if got := quote(a[1], b, collection.Problem{Path: "gone", Line: 1}); !slices.Equal(got, []string{"two", "three", ""}) || files.opened > 4 {
		t.Errorf("other places: %q after %d files were opened", got, files.opened)
	}
}
