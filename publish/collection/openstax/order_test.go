package openstax

import (
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/collection/collectiontest"
)

// TestOrder checks broken libraries with their books, modules and folders in
// other orders: the files that were not changed for it have the same problems.
func TestOrder(t *testing.T) {
	names, err := filepath.Glob("testdata/rules/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(7, 7))
	for _, name := range append(names, "testdata/broken-pages.txtar", "testdata/whole.txtar") {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		fsys := collectiontest.Variant(t, ruleCases, archive, "bad/")
		if !strings.Contains(name, "/rules/") {
			fsys = collectiontest.Variant(t, ruleCases, archive, "")
		}
		want := judge(t, fsys, analysis.None{})
		for range 20 {
			shuffled, changed := fstest.MapFS{}, map[string]bool{}
			for name, f := range fsys {
				text := string(f.Data)
				if strings.HasSuffix(name, ".xml") {
					text = shuffleLines(random, text)
				}
				shuffled[name] = &fstest.MapFile{Data: []byte(text)}
				changed[name] = text != string(f.Data)
			}
			got := judge(t, unordered{shuffled, random}, analysis.None{})
			same := func(p collection.Problem) bool { return changed[p.Path] }
			if got, want := slices.DeleteFunc(got, same), slices.DeleteFunc(slices.Clone(want), same); !slices.Equal(got, want) {
				t.Errorf("%s:\ngot  %v\nwant %v", name, got, want)
			}
		}
	}
}

// shuffleLines exchanges lines that are one entry each.
func shuffleLines(random *rand.Rand, text string) string {
	lines := strings.SplitAfter(text, "\n")
	var entries []int
	for i, line := range lines {
		line = strings.TrimSpace(line)
		if (strings.HasPrefix(line, "<col:module ") || strings.HasPrefix(line, "<module ") || strings.HasPrefix(line, "<book ")) && strings.HasSuffix(line, "/>") {
			entries = append(entries, i)
		}
	}
	random.Shuffle(len(entries), func(a, b int) {
		lines[entries[a]], lines[entries[b]] = lines[entries[b]], lines[entries[a]]
	})
	return strings.Join(lines, "")
}

// unordered is a tree that lists its folders in no order.
type unordered struct {
	fstest.MapFS
	random *rand.Rand
}

func (u unordered) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := u.MapFS.ReadDir(name)
	u.random.Shuffle(len(list), func(a, b int) { list[a], list[b] = list[b], list[a] })
	return list, err
}
