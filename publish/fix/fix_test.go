package fix

import (
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// folder writes files into a new folder.
func folder(t *testing.T, files map[string]string) *os.Root {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

func read(t *testing.T, root *os.Root) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := root.ReadFile(name)
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func suggestion(rule string, line, column, endLine, endColumn int, replacement string) collection.Problem {
	return collection.Problem{Path: "a.cnxml", Line: line, Column: column, EndLine: endLine, EndColumn: endColumn, Rule: rule, Replacement: replacement}
}

func TestProblems(t *testing.T) {
	for name, tt := range map[string]struct {
		before   string
		problems []collection.Problem
		after    string
	}{
		"an id": {"<a>\r\n\t<para>é</para>\r\n</a>", []collection.Problem{suggestion("id-missing", 2, 7, 2, 7, ` id="para-00001"`)},
			"<a>\r\n\t<para id=\"para-00001\">é</para>\r\n</a>"},
		"behind a byte order mark":        {"\ufeff<a/>", []collection.Problem{suggestion("id-missing", 1, 3, 1, 3, ` id="1"`)}, "\ufeff<a id=\"1\"/>"},
		"behind letters of several bytes": {"<a>żółć<b/></a>", []collection.Problem{suggestion("id-missing", 1, 10, 1, 10, ` id="x"`)}, `<a>żółć<b id="x"/></a>`},
		"two in a line, in any order": {"<a><b/><b/></a>", []collection.Problem{
			suggestion("id-missing", 1, 10, 1, 10, ` id="2"`), suggestion("id-missing", 1, 6, 1, 6, ` id="1"`)}, `<a><b id="1"/><b id="2"/></a>`},
		"a type over two lines": {"<a m='x\ny'/>", []collection.Problem{suggestion("mime-type-mismatch", 1, 4, 2, 3, `m="z"`)}, `<a m="z"/>`},
		"the same twice":        {"<a/>", []collection.Problem{suggestion("id-missing", 1, 3, 1, 3, ` id="1"`), suggestion("id-missing", 1, 3, 1, 3, ` id="1"`)}, `<a id="1"/>`},
		"overlapping": {"<a m='x'/>", []collection.Problem{suggestion("mime-type-mismatch", 1, 4, 1, 9, `m="1"`), suggestion("mime-type-mismatch", 1, 6, 1, 9, `"2"`)},
			`<a m="1"/>`},
		"what needs thought":   {"<a m='x'/>", []collection.Problem{suggestion("link-target-missing", 1, 4, 1, 9, `m="1"`)}, "<a m='x'/>"},
		"no suggestion":        {"<a/>", []collection.Problem{suggestion("id-missing", 1, 3, 1, 3, "")}, "<a/>"},
		"a place that is none": {"<a/>", []collection.Problem{suggestion("id-missing", 1, 30, 1, 30, "x"), suggestion("id-missing", 9, 1, 9, 1, "x")}, "<a/>"},
		"the end of the file":  {"<a/>\n", []collection.Problem{suggestion("id-missing", 2, 1, 2, 1, "<!---->")}, "<a/>\n<!---->"},
	} {
		t.Run(name, func(t *testing.T) {
			root := folder(t, map[string]string{"a.cnxml": tt.before, "b.cnxml": "other"})
			changes, err := Problems(root, tt.problems)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"a.cnxml": tt.after, "b.cnxml": "other"}
			if got := read(t, root); !maps.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			if (len(changes) > 0) != (tt.before != tt.after) {
				t.Errorf("changes: %v", changes)
			}
			if info, err := root.Stat("a.cnxml"); err != nil || info.Mode().Perm() != 0o640 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
		})
	}
}

// A file is left alone when a suggestion would break it.
func TestProblemsThatWouldBreak(t *testing.T) {
	root := folder(t, map[string]string{"a.cnxml": "<a/>"})
	changes, err := Problems(root, []collection.Problem{suggestion("id-missing", 1, 1, 1, 1, "x<")})
	if err == nil || len(changes) > 0 || read(t, root)["a.cnxml"] != "<a/>" {
		t.Errorf("%v, %v, %q", changes, err, read(t, root))
	}
}

// A file outside of the folder, or behind a link, is not written.
func TestProblemsStayInside(t *testing.T) {
	root := folder(t, map[string]string{"b.cnxml": "<a/>"})
	if err := root.Symlink("b.cnxml", "a.cnxml"); err != nil {
		t.Fatal(err)
	}
	if _, err := Problems(root, []collection.Problem{suggestion("id-missing", 1, 3, 1, 3, ` id="1"`)}); err == nil {
		t.Error("a link was written through")
	}
	p := suggestion("id-missing", 1, 3, 1, 3, ` id="1"`)
	p.Path = "../x.cnxml"
	if _, err := Problems(root, []collection.Problem{p}); err == nil {
		t.Error("a file outside was written")
	}
}

// Places of the cursor, which problems have, and offsets are inverse.
func TestOffsetsAreThoseOfTheCursor(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	alphabet := []rune("ab\n\r\t<é€𝄞")
	for range 300 {
		var b strings.Builder
		for range random.IntN(60) {
			b.WriteRune(alphabet[random.IntN(len(alphabet))])
		}
		text := []byte(b.String())
		lines := lineStarts(text)
		for at := range string(append(text, 'x')) {
			pos := cnxml.NewCursor(text).At(at)
			if got, ok := offset(text, lines, pos.Line, pos.Column); !ok || got != at {
				t.Fatalf("%q: %+v is byte %d, %v; want %d", text, pos, got, ok, at)
			}
		}
	}
}

func TestNames(t *testing.T) {
	const list = `<container xmlns="https://openstax.org/namespaces/book-container" version="1">
  <book slug="good" href="../collections/good.collection.xml" />
  <book   slug='new'   href='../collections/old.collection.xml'/> <!-- kept -->
  <book slug="two" href="../collections/shared.collection.xml"/><book slug="three" href="../collections/shared.collection.xml"/>
  <book slug="taken" href="../collections/other.collection.xml"/>
  <book slug="gone" href="../collections/none.collection.xml"/>
</container>`
	root := folder(t, map[string]string{
		booksPath: list, "collections/good.collection.xml": "good", "collections/old.collection.xml": "old",
		"collections/shared.collection.xml": "shared", "collections/other.collection.xml": "other", "collections/taken.collection.xml": "taken",
	})
	changes, err := Names(root)
	if err != nil || len(changes) != 2 {
		t.Fatalf("%v, %v", changes, err)
	}
	fixed := strings.Replace(list, `href='../collections/old.collection.xml'`, `href="../collections/new.collection.xml"`, 1)
	want := map[string]string{
		booksPath: fixed, "collections/good.collection.xml": "good", "collections/new.collection.xml": "old",
		"collections/shared.collection.xml": "shared", "collections/other.collection.xml": "other", "collections/taken.collection.xml": "taken",
	}
	if got := read(t, root); !maps.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if changes, err := Names(root); err != nil || len(changes) > 0 {
		t.Errorf("the second time: %v, %v", changes, err)
	}
}
