package collection

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rhaptos/rhaptos/publish/analysis"
)

// linked is a tree with links of all kinds.
var linked = map[string]string{
	"src/a.md":       "file",
	"shared/o.svg":   "<svg/>",
	"shared/in/x.md": "x",
	"src/img":        "->../shared",
	"src/o.svg":      "->../shared/o.svg",
	"src/plain":      "->o.svg",
	"src/deep":       "->img/in",
	"shared/up":      "->../src",
	"src/here":       "->.",
	"src/dots.md":    "->.././src//a.md",
	"src/gone":       "->none/file",
	"src/toGone":     "->gone",
	"src/out":        "->../../etc/passwd",
	"src/abs":        "->/etc/passwd",
	"src/self":       "->self",
	"src/ping":       "->pong",
	"src/pong":       "->ping",
	"src/git":        "->../.git/config",
	".git/config":    "secret",
	"src/wayOut":     "->img/../../shared/../../x",
}

// inMap is the tree in memory, inFolder in a folder.
func inMap(tree map[string]string) fs.FS {
	fsys := fstest.MapFS{}
	for name, text := range tree {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
		if target, ok := strings.CutPrefix(text, "->"); ok {
			fsys[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
		}
	}
	return fsys
}

func inFolder(t *testing.T, tree map[string]string) fs.FS {
	dir := t.TempDir()
	for name, text := range tree {
		name = filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(name), 0o755)
		if target, ok := strings.CutPrefix(text, "->"); ok {
			err = errors.Join(err, os.Symlink(target, name))
		} else {
			err = errors.Join(err, os.WriteFile(name, []byte(text), 0o644))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return os.DirFS(dir)
}

func TestLinks(t *testing.T) {
	for place, fsys := range map[string]fs.FS{"memory": inMap(linked), "folder": inFolder(t, linked)} {
		files := NewFiles(fsys)
		for name, want := range map[string]string{
			"src/a.md": "src/a.md", "src/o.svg": "shared/o.svg", "src/plain": "shared/o.svg", "src/img/o.svg": "shared/o.svg",
			"src/deep/x.md": "shared/in/x.md", "src/img/up/a.md": "src/a.md", "src/here/here/a.md": "src/a.md", "src/dots.md": "src/a.md",
			"src/img/up/img/up/img/in/x.md": "shared/in/x.md",
			"src/gone":                      "", "src/out": "", "src/abs": "", "src/self": "", "src/ping": "", "src/git": "", ".git/config": "", "src/wayOut": "",
			"src/img": "", "src/a.md/x": "", "src/o.svg/x": "", "src" + strings.Repeat("/here", 41) + "/a.md": "",
		} {
			if got, err := files.Real(name); got != want || err != nil {
				t.Errorf("%s: Real(%s) = %q, %v; want %q", place, name, got, err, want)
			}
			if _, err := files.Read(name, 100); (err == nil) != (want != "") || err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: Read(%s): %v", place, name, err)
			}
		}
		for name, want := range map[string]string{
			"src/gone": `"src/gone" is a symbolic link to "none/file", which does not exist`, "src/toGone": `"src/gone" is`,
			"src/out": `"src/out" is a symbolic link to "../../etc/passwd", which leads out of the repository`, "src/abs": "leads out", "src/wayOut": "leads out",
			"src/self": "leads back to itself", "src/ping": `"src/ping" is a symbolic link to "pong", which leads back`, "src/git": "does not exist",
		} {
			if broken, err := files.Broken(name); broken == nil || !strings.Contains(broken.String(), want) || err != nil {
				t.Errorf("%s: Broken(%s) = %v, %v", place, name, broken, err)
			}
		}
		if broken, err := files.Broken("src/none"); broken != nil || err != nil {
			t.Errorf("%s: a missing file is blamed on %v, %v", place, broken, err)
		}
		checkListing(t, files)
	}
}

// checkListing checks what the folders say of links.
func checkListing(t *testing.T, files *Files) {
	folder, err := files.Folder("src/img/up")
	if err != nil || !slices.Equal(folder.Files, []string{"a.md", "dots.md", "o.svg", "plain"}) || !slices.Equal(folder.Folders, []string{"deep", "here", "img"}) {
		t.Errorf("%+v, %v", folder, err)
	}
	var below, broken []string
	err = errors.Join(files.Below("src", func(name string) { below = append(below, name) }),
		files.Links("src", func(name string, b *BrokenLink) {
			if b != nil {
				broken = append(broken, name)
			}
		}))
	slices.Sort(broken)
	if err != nil || len(below) != 4 || strings.Join(broken, " ") != "src/abs src/git src/gone src/out src/ping src/pong src/self src/toGone src/wayOut" {
		t.Errorf("below %v, broken %v, %v", below, broken, err)
	}
	a, _ := files.Media("src/plain")
	b, _ := files.Media("src/img/o.svg")
	if a == nil || a != b || a.Path != "shared/o.svg" || a.Type != "image/svg+xml" {
		t.Errorf("one file has two media: %v, %v", a, b)
	}
	if problems, err := files.CheckMedia("src/plain", analysis.None{}); len(problems) > 0 || err != nil || a.Size != 6 {
		t.Errorf("%v, %v, %v", problems, err, a)
	}
}

// Links that make the work grow: long chains, targets that repeat a link, and
// folders that hold each other.
func TestHostileLinks(t *testing.T) {
	tree := map[string]string{"d/f": "x", "d/l": "->" + strings.Repeat("../d/", 700) + "l", "d/m": "->" + strings.Repeat("n/", 1000) + "f", "d/n": "->."}
	for i := range 10_000 {
		tree[fmt.Sprintf("c/%d", i)] = fmt.Sprintf("->%d", i+1)
		tree[fmt.Sprintf("e/%d", i)] = "->../d"
	}
	tree["c/10000"] = "end"
	for i := range 60 {
		tree[fmt.Sprintf("t/%d/a", i)] = fmt.Sprintf("->../%d", i+1)
		tree[fmt.Sprintf("t/%d/b", i)] = fmt.Sprintf("->../%d", i+1)
	}
	tree["t/60/f"] = "x"
	files := NewFiles(inMap(tree))
	start := time.Now()
	for name, want := range map[string]bool{"c/9960": true, "c/9959": false, "c/0": false, "d/l": false, "d/m": false, "e/77/f": true,
		"t/20" + strings.Repeat("/a", 40) + "/f": true, "t/19" + strings.Repeat("/b", 41) + "/f": false} {
		for range 2 {
			if ok, err := files.Exists(name); ok != want || err != nil {
				t.Errorf("Exists(%.20s) = %t, %v", name, ok, err)
			}
		}
	}
	n := 0
	err := errors.Join(files.Below(".", func(string) { n++ }), files.Links(".", func(string, *BrokenLink) {}))
	if n != 2+41 || err != nil || time.Since(start) > 20*time.Second {
		t.Errorf("%d files, %v, %v", n, err, time.Since(start))
	}
	for i := range 10_000 { // order does not matter
		if ok, _ := files.Exists(fmt.Sprintf("c/%d", i)); ok != (i >= 9960) {
			t.Fatalf("c/%d: %t", i, ok)
		}
	}
}

// FuzzLinks follows links with any targets: a file that is found is in the tree,
// and the same as the file system finds.
func FuzzLinks(f *testing.F) {
	f.Add("../b/c", "a", "a/l/m")
	f.Add("l", "..", "a/l")
	f.Add("../../x", "/etc", "b/m/l")
	f.Add("m//./", "../a/../b", "a/l/c")
	f.Fuzz(func(t *testing.T, l, m, name string) {
		if l == "" || m == "" || strings.Contains(l+m, "\x00") {
			return
		}
		tree := map[string]string{"a/c": "ac", "b/c": "bc", "a/l": "->" + l, "b/m": "->" + m, "a/b/c": "abc"}
		fsys := inFolder(t, tree)
		files := NewFiles(fsys)
		data, err := files.Read(name, 100)
		if err != nil {
			return
		}
		if got, err := fs.ReadFile(fsys, name); err != nil || string(got) != string(data) || tree[must(files.Real(name))] != string(data) {
			t.Errorf("%q is %q, the file system says %q, %v", name, data, got, err)
		}
	})
}

func must(name string, err error) string {
	if err != nil {
		panic(err)
	}
	return name
}
