package compare

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden compares old.html and new.html of each testdata/NAME.txtar, and the
// result with marked.html in it, which ends with the counts as a comment.
func TestGolden(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal(len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil || len(archive.Files) < 2 {
				t.Fatal(err)
			}
			old, new := string(archive.Files[0].Data), string(archive.Files[1].Data)
			d, err := compareArticles([]byte(old), []byte(new), noFiles, noFiles)
			if err != nil {
				t.Fatal(err)
			}
			m := &marker{words: english, old: &url.URL{Path: "/a/b/c@1.1/"}, new: &url.URL{Path: "/a/b/c@1.2/"}}
			got := rendered(t, m.article(d.new, d.edits)) + fmt.Sprintf("\n<!-- %+v -->\n", d.counts)
			if *update {
				archive.Files = append(archive.Files[:2], txtar.File{Name: "marked.html", Data: []byte(got)})
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if len(archive.Files) != 3 || string(archive.Files[2].Data) != got {
				t.Errorf("got\n%s", got)
			}
			checkMarks(t, old, new)
			checkDocument(t, old, new)
		})
	}
}
