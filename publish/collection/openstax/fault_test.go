package openstax

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// whole is the tree of testdata/whole.txtar.
func whole(t testing.TB) fstest.MapFS {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/whole.txtar")
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for _, f := range archive.Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	delete(fsys, "want")
	return fsys
}

// broken is a tree whose storage fails at one file.
type broken struct {
	fs.FS
	name string
}

var errStorage = errors.New("disk on fire")

func (b broken) Open(name string) (fs.File, error) {
	if name == b.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errStorage}
	}
	return b.FS.Open(name)
}

// TestStorageFault has a fault at each file in turn: it is an error of Read,
// never a problem of the book.
func TestStorageFault(t *testing.T) {
	fsys := whole(t)
	for name := range fsys {
		if _, _, err := (Format{}).Read(t.Context(), broken{fsys, name}, analysis.None{}); !errors.Is(err, errStorage) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := (Format{}).Read(ctx, fsys, analysis.None{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
}

// TestSymlink has links that lead out of the tree, in a real folder.
func TestSymlink(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	fsys := whole(t)
	delete(fsys, "modules/żółw/index.cnxml")
	delete(fsys, "media/run.html")
	if err := os.CopyFS(dir, fsys); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(outside, "index.cnxml"), []byte("<secret/>"), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{
		"modules/żółw":   outside,
		"media/run.html": filepath.Join(outside, "index.cnxml"),
	} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	lib, problems, err := Format{}.Read(t.Context(), os.DirFS(dir), analysis.None{})
	if err != nil {
		t.Fatal(err)
	}
	var rules []string
	for _, p := range problems {
		if p.Severity == collection.Error {
			rules = append(rules, p.Rule)
		}
	}
	if got := strings.Join(rules, " "); got != "module-missing resource-missing" || lib.Modules["żółw"].Key != "" {
		t.Errorf("rules %s", got)
	}
}

func TestLargeFile(t *testing.T) {
	fsys := whole(t)
	fsys["modules/m4/index.cnxml"] = &fstest.MapFile{Data: make([]byte, fileBytes+1)}
	_, problems, err := Format{}.Read(t.Context(), fsys, analysis.None{})
	problems = slices.DeleteFunc(problems, func(p collection.Problem) bool { return p.Severity != collection.Error })
	if err != nil || len(problems) != 1 || problems[0].Rule != "file-too-large" {
		t.Errorf("%v, %v", problems, err)
	}
}

func TestDetect(t *testing.T) {
	if !(Format{}).Detect(whole(t)) || (Format{}).Detect(fstest.MapFS{"book.toml": {}}) {
		t.Error("Detect")
	}
}

// identified is a tree that knows the ids of its files.
type identified struct{ fstest.MapFS }

func (i identified) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(i.MapFS, name)
	for n, e := range list {
		if f := i.MapFS[path.Join(name, e.Name())]; f != nil {
			list[n] = identifiedEntry{e, analysis.ContentID(f.Data)}
		}
	}
	return list, err
}

type identifiedEntry struct {
	fs.DirEntry
	id string
}

func (i identifiedEntry) BlobID() string { return i.id }

// FuzzRead checks what a library must be whatever its files say.
func FuzzRead(f *testing.F) {
	fsys := whole(f)
	f.Add(string(fsys["META-INF/books.xml"].Data), string(fsys["collections/cálculo.collection.xml"].Data), string(fsys["modules/m1/index.cnxml"].Data))
	f.Fuzz(func(t *testing.T, books, book, module string) {
		fsys := fstest.MapFS{
			"META-INF/books.xml":                 {Data: []byte(books)},
			"collections/cálculo.collection.xml": {Data: []byte(book)},
			"collections/second.collection.xml":  {Data: []byte(book)},
			"modules/m1/index.cnxml":             {Data: []byte(module)},
			"modules/m3/index.cnxml":             {Data: []byte(module)},
			"media/unknown":                      {},
		}
		lib, problems, err := Format{}.Read(t.Context(), fsys, analysis.None{})
		if err != nil {
			t.Fatal(err)
		}
		kept := analysis.NewMemory(1 << 20)
		for range 2 { // found, and then recalled
			_, judged, err := Format{}.Read(t.Context(), identified{fsys}, kept)
			if err != nil || !slices.Equal(judged, problems) {
				t.Errorf("judged as %v, read as %v; %v", judged, problems, err)
			}
		}
		for _, p := range problems {
			lines := strings.Split(string(fsys[p.Path].Data), "\n")
			if p.Line > len(lines) || p.Line > 0 && p.Column > len([]rune(lines[p.Line-1]))+1 {
				t.Errorf("%s is outside its file", p)
			}
			if end := p.EndLine; end > len(lines) || end > 0 && (end < p.Line || p.EndColumn > len([]rune(lines[end-1]))+1) || end == 0 && p.Replacement != "" {
				t.Errorf("%s ends outside its file, at %d:%d", p, p.EndLine, p.EndColumn)
			}
		}
		slugs := map[string]bool{}
		for _, b := range lib.Books {
			if slugs[b.Slug] || b.Slug == "" || b.Collection == nil {
				t.Errorf("book %+v", b)
			}
			slugs[b.Slug] = true
		}
		for id, m := range lib.Modules {
			moduleText(t, m).Content.Walk(func(n *cnxml.Node) bool {
				if target := n.Attr("document"); n.Is("link") && lib.Modules[target] != m.Pages[target] {
					t.Errorf("%s: link to %q is not in Pages", id, target)
				}
				return true
			})
			for src, media := range m.Media {
				if fsys[media.Path] == nil {
					t.Errorf("%s: %q leads to %s", id, src, media.Path)
				}
			}
		}
	})
}
