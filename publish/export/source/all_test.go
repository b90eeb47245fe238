package source

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/publish/collection"
)

func linked(files map[string]string) *collection.Files {
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
		if target, ok := strings.CutPrefix(text, "->"); ok {
			tree[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
		}
	}
	return collection.NewFiles(tree)
}

// The zip holds what symbolic links lead to, under the names of the links.
func TestAllFollowsLinks(t *testing.T) {
	got, err := all(linked(map[string]string{
		"book.toml": "", "shared/a.md": "", "shared/in/b.md": "", "src/more": "->../shared", "src/a.md": "->../shared/a.md",
		"src/up": "->..", "src/here": "->.", "src/gone": "->none", "src/out": "->../../x",
	}))
	if want := "book.toml shared/a.md shared/in/b.md src/a.md src/more/a.md src/more/in/b.md"; strings.Join(got, " ") != want || err != nil {
		t.Errorf("got %v, %v; want %s", got, err, want)
	}
}

// Folders that hold each other many times over end the work.
func TestAllIsBounded(t *testing.T) {
	files := map[string]string{"30/f": "x", "a/l": "->../b", "b/l": "->../a", "a/m": "->../b", "b/m": "->../a"}
	for i := range 30 {
		files[fmt.Sprintf("%d/x", i)] = fmt.Sprintf("->../%d", i+1)
		files[fmt.Sprintf("%d/y", i)] = fmt.Sprintf("->../%d", i+1)
	}
	if got, err := all(linked(files)); err == nil || len(got) > 3*linkedPaths {
		t.Errorf("%d files, %v", len(got), err)
	}
}
