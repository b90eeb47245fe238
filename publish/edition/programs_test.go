package edition

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// interactive is a tree with a document that loads files in several ways.
func interactive() fstest.MapFS {
	tree := fstest.MapFS{}
	for name, text := range map[string]string{
		"media/run/ch1/a.html": `<link rel="stylesheet" href="../lib/style.css"><script src="../lib/run.js"></script>
			<style>body { background: url(paper.png) }</style><a href="other.html">no part</a>
			<img src="https://example.org/x.png"><img src="/etc/passwd"><img src="../../../../outside.png"><script src="gone.js"></script>`,
		"media/run/ch1/other.html":  "",
		"media/run/ch1/paper.png":   "",
		"media/run/lib/style.css":   `@import "more.css"; @font-face { src: url("fonts/a.ttf") }`,
		"media/run/lib/more.css":    "",
		"media/run/lib/run.js":      "load(['a', 'b'])",
		"media/run/lib/sub/b.js":    "",
		"media/run/lib/fonts/a.ttf": "",
		"media/elsewhere.png":       "",
	} {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return tree
}

func programs(t *testing.T, tree fstest.MapFS, documents ...string) (files []string, problems []collection.Problem) {
	t.Helper()
	b := &build{Config: Config{Analysis: analysis.None{}}, tree: tree, media: newMedia(tree), book: &collection.Book{Path: "b.xml"}}
	shown := map[string]*collection.Media{}
	for _, name := range documents {
		shown[name] = &collection.Media{Path: name, Type: "text/html"}
	}
	if err := b.addPrograms(shown); err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(shown)), b.problems
}

func TestPrograms(t *testing.T) {
	files, problems := programs(t, interactive(), "media/run/ch1/a.html")
	want := strings.Fields(`media/run/ch1/a.html media/run/ch1/paper.png media/run/lib/fonts/a.ttf media/run/lib/more.css
		media/run/lib/run.js media/run/lib/style.css media/run/lib/sub/b.js`)
	if !slices.Equal(files, want) || len(problems) > 0 {
		t.Errorf("got %q, want %q; %v", files, want, problems)
	}
	tree := interactive()
	tree["media/b.html"] = &fstest.MapFile{Data: []byte(`<script src="b.js"></script>`)}
	tree["media/b.js"] = &fstest.MapFile{}
	if files, _ = programs(t, tree, "media/b.html"); !slices.Equal(files, []string{"media/b.html", "media/b.js"}) {
		t.Errorf("a script among all media brings %q", files)
	}
}

func TestProgramsTooLarge(t *testing.T) {
	tree := interactive()
	for i := range collection.ProgramFiles {
		tree[fmt.Sprintf("media/run/lib/part/%d.bin", i)] = &fstest.MapFile{Data: []byte("x")}
	}
	files, problems := programs(t, tree, "media/run/ch1/a.html")
	if len(files) != collection.ProgramFiles+1 || len(problems) != 1 || problems[0].Rule != "interactive-too-large" {
		t.Errorf("%d files, %v", len(files), problems)
	}
}
